/** JSON as callers must send it: UTF-8, no key twice in one object, nested no deeper than anything we take. */
import { LonghaulError } from '../pipeline/errors.js';

const maxDepth = 20;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws LonghaulError `REQUEST_MALFORMED`, saying what is wrong and where */
export function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (cause) {
    throw new LonghaulError('REQUEST_MALFORMED', 'the body is not UTF-8', { cause });
  }
  if (text.trim() === '') throw new LonghaulError('REQUEST_MALFORMED', 'the body is empty; send JSON');
  checkStructure(text);
  try {
    return JSON.parse(text, /\\ud[89a-f]/i.test(text) ? refuseHalves : undefined);
  } catch (cause) {
    if (cause instanceof LonghaulError) throw cause;
    const reason = cause instanceof Error ? cause.message : '';
    const where = /at position \d+( \(line \d+ column \d+\))?/.exec(reason)?.[0] ?? 'at its end';
    throw new LonghaulError('REQUEST_MALFORMED', `the body is not JSON: it breaks ${where}`, { cause });
  }
}

/** Half of a surrogate pair (`\\ud800`) is JSON and no text: neither UTF-8 nor Temporal can hold it. */
function refuseHalves(key: string, value: unknown): unknown {
  if ([key, value].some((text) => typeof text === 'string' && /\p{Surrogate}/u.test(text)))
    throw new LonghaulError('REQUEST_MALFORMED', 'the body has half of a surrogate pair in a text');
  return value;
}

/**
 * `JSON.parse` keeps the last of two equal keys, where a proxy or an audit may have read the first, and it takes
 * any depth. Text that is no JSON passes here, and is refused by it.
 */
function checkStructure(text: string): void {
  const open: (Set<string> | null)[] = []; // the keys of each object that is open; null for an array
  const tokens = /"(?:[^"\\]|\\.)*"(?<colon>\s*:)?|[[\]{}]/gs;
  for (const match of text.matchAll(tokens)) {
    const [token] = match;
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > maxDepth)
        throw new LonghaulError('REQUEST_MALFORMED', `the body is nested deeper than ${maxDepth} levels`);
    } else if (token === '}' || token === ']') open.pop();
    else if (match.groups?.['colon'] !== undefined) checkKey(token, open.at(-1));
  }
}

function checkKey(token: string, keys: Set<string> | null | undefined): void {
  const key = unescaped(token.slice(0, token.lastIndexOf('"') + 1));
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
