/** JSON as callers must send it: UTF-8, no key twice in one object, no deeper and of no more values than anything we take. */
import { LonghaulError } from '../run/failures/errors.js';

const maxDepth = 20;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What is made of a body costs time for each value in it, of which small ones are many. */
export const mostValues = 10_000;

/**
 * `most`: how many values it may hold, whatever they are.
 *
 * @throws LonghaulError `REQUEST_MALFORMED`, saying what is wrong and where
 */
export function parseJson(body: Buffer, { most = Infinity }: { readonly most?: number } = {}): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (cause) {
    throw new LonghaulError('REQUEST_MALFORMED', 'the body is not UTF-8', { cause });
  }
  if (text.trim() === '') throw new LonghaulError('REQUEST_MALFORMED', 'the body is empty; send JSON');
  checkStructure(text, most);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    const where = /at position \d+( \(line \d+ column \d+\))?/.exec(reason)?.[0] ?? 'at its end';
    throw new LonghaulError('REQUEST_MALFORMED', `the body is not JSON: it breaks ${where}`, { cause });
  }
  if (/\\ud[89a-f]/i.test(text)) checkHalves(value);
  return value;
}

/** Half of a surrogate pair (`\ud800`) is JSON and no text: neither UTF-8 nor Temporal can hold it. */
function checkHalves(value: unknown): void {
  if (typeof value === 'string') checkHalvesOf(value);
  else if (Array.isArray(value)) for (const inner of value) checkHalves(inner);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      checkHalvesOf(key);
      checkHalves(inner);
    }
}

function checkHalvesOf(text: string): void {
  if (!/\p{Surrogate}/u.test(text)) return;
  throw new LonghaulError('REQUEST_MALFORMED', 'the body has half of a surrogate pair in a text');
}

/**
 * `JSON.parse` keeps the last of two equal keys, where a proxy or an audit may have read the first, and it takes
 * any depth. Text that is no JSON passes here, and is refused by it. Each character is passed once, whatever it is: an
 * expression that finds strings begins anew at each quotation mark of one that never ends.
 */
function checkStructure(text: string, most: number): void {
  const open: (Set<string> | null)[] = []; // the keys of each object that is open; null for an array
  let values = 1; // one more behind each comma, and the first of what is opened
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === ',' || character === '{' || character === '[') {
      values += 1;
      if (values > most)
        throw new LonghaulError('REQUEST_MALFORMED', `the body has more than ${most} values`);
    }
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null);
      if (open.length > maxDepth)
        throw new LonghaulError('REQUEST_MALFORMED', `the body is nested deeper than ${maxDepth} levels`);
    } else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      if (end === -1) return;
      if (isKey(text, end)) checkKey(text.slice(at, end), open.at(-1));
      at = end - 1;
    }
  }
}

/** Behind the closing quotation mark of the string that begins here; -1 where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at += 1;
  }
  return -1;
}

function isKey(text: string, after: number): boolean {
  let at = after;
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

function checkKey(literal: string, keys: Set<string> | null | undefined): void {
  const key = unescaped(literal);
  const shown = JSON.stringify(key.slice(0, 100));
  if (key === '__proto__') throw new LonghaulError('REQUEST_MALFORMED', `the body has the key ${shown}`);
  if (keys?.has(key) === true)
    throw new LonghaulError('REQUEST_MALFORMED', `the body has the key ${shown} twice in one object`);
  keys?.add(key);
}

function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal; // no JSON: refused as that
  }
}
