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

/** A line without what it holds of keys; `open` is how many lines more may belong to a key that began before. */
export function maskKeyLine(line: string, open: number): { readonly text: string; readonly open: number } {
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
