/** Private keys in PEM, over as many lines as they have, or in one line with `\n` written out. */
import { masked } from './masked.js';

/** A key of 16,384 bits has fewer lines; what begins and never ends hides no more than this. */
const mostLines = 250;

const begin = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;
const end = /-----END [A-Z0-9 ]{1,60}-----/g;
/** A line of the body, or the blank line after its headers. */
const bodyLine = /^[A-Za-z0-9+/=\s]*$/;
/** Of a body that a logger puts a time before. */
const bodyPart = /[A-Za-z0-9+/=]{16,}/g;

/** The end of a key that began before the first line. */
const lonelyEnd = /-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/;
/** The last line of a body, which is shorter than the others, behind what a logger puts before it. */
const lastPart = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]+\s*$/;

/**
 * Lines without what they hold of keys; `open` is how many lines more may belong to a key that began before. Where a key ends
 * that did not begin in them, the lines before its end are taken for its body, as far as they look like one.
 */
export function maskKeyLines(
  lines: readonly string[],
  open: number,
): { readonly lines: string[]; readonly open: number } {
  const kept: string[] = [];
  let left = open;
  for (const line of lines) {
    const ends = left === 0 ? lonelyEnd.exec(line) : null;
    const begins = line.indexOf('-----BEGIN ');
    if (ends === null || (begins !== -1 && begins < ends.index)) {
      const key = maskKeyLine(line, left);
      left = key.open;
      kept.push(key.text);
      continue;
    }
    maskBodyAbove(kept);
    const behind = maskKeyLine(line.slice(ends.index + ends[0].length), 0);
    left = behind.open;
    kept.push(`${line.slice(0, ends.index).replace(bodyPart, masked)}${masked}${behind.text}`);
  }
  return { lines: kept, open: left };
}

function maskBodyAbove(lines: string[]): void {
  const last = lines.length - 1;
  for (let at = last; at >= 0 && last - at < mostLines; at -= 1) {
    const line = lines[at] ?? '';
    const text = at === last ? line.replace(lastPart, masked) : line;
    const without = maskBody(text);
    if (without === line) return;
    lines[at] = without;
  }
}

/** Of one line. */
function maskKeyLine(line: string, open: number): { readonly text: string; readonly open: number } {
  if (open === 0 && !line.includes('-----BEGIN ')) return { text: line, open };
  const ended = open > 0 ? find(end, line, 0) : null;
  if (open > 0 && ended === null) return { text: maskBody(line), open: open - 1 };
  let text = ended === null ? '' : masked;
  for (let at = ended?.after ?? 0; ;) {
    const key = find(begin, line, at);
    if (key === null) return { text: text + line.slice(at), open: 0 };
    text += line.slice(at, key.start) + masked;
    const closing = find(end, line, key.after);
    if (closing === null) return { text, open: mostLines };
    at = closing.after;
  }
}

const maskBody = (line: string): string =>
  bodyLine.test(line) ? line.trim() && masked : line.replace(bodyPart, masked);

function find(
  pattern: RegExp,
  line: string,
  from: number,
): { readonly start: number; readonly after: number } | null {
  pattern.lastIndex = from;
  const found = pattern.exec(line);
  return found === null ? null : { start: found.index, after: pattern.lastIndex };
}
