/** Where two logs part. */
import type { LogFacts } from '../../run/run-facts.js';

/** A line, numbered from 1 in its own log. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

const wordedDate =
  /\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: {1,2}\d{1,2})?(?:,? \d{4})?(?: \d\d:\d\d(?::\d\d)?)?(?: \d{4})?\b/g;
/** What differs between any two runs: times, ids and numbers of attempts. */
const varying: readonly (readonly [pattern: RegExp, stand: string])[] = [
  [wordedDate, '<time>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<time>'],
  [/\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b/g, '<time>'],
  [/\b1\d{9}(?:\d{3}|\.\d+)?\b/g, '<time>'],
  [/\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|secs?|seconds?|min|minutes?|h|hours?)\b/g, '<time>'],
  [/\[lh:[a-z2-7]{12}\]/g, '<id>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, '<id>'],
  [/\b((?:attempt|try|retry|retries|pid|job|revision)[ #:=]*)\d+/gi, '$1<n>'],
];

/** A line without what differs between any two runs; `names` are those of its run. */
export function comparable(line: string, names: readonly string[]): string {
  const own = names.reduce((text, name) => text.replaceAll(name, '<id>'), line);
  return varying.reduce((text, [pattern, stand]) => text.replace(pattern, stand), own).trimEnd();
}

/** One log, and the names that only its run has: of the run, of its job. */
export interface NamedLog extends LogFacts {
  readonly names: readonly string[];
}

/**
 * The first lines that differ, blank ones left out; `null` for the log that ends before. `null` when none differs, as
 * far as both were read.
 */
export function firstDifference(
  a: NamedLog,
  b: NamedLog,
): { readonly a: NumberedLine | null; readonly b: NumberedLine | null } | null {
  const [linesA, linesB] = [linesOf(a), linesOf(b)];
  for (let at = 0; at < Math.max(linesA.length, linesB.length); at += 1) {
    const [one, other] = [linesA[at], linesB[at]];
    if (one && other && comparable(one.text, a.names) === comparable(other.text, b.names)) continue;
    if (isBeyond(one, a) || isBeyond(other, b)) return null;
    return { a: one ?? null, b: other ?? null };
  }
  return null;
}

/** Whether a log may have this line, but was not read as far. */
const isBeyond = (line: NumberedLine | undefined, { whole }: NamedLog): boolean =>
  line === undefined && !whole;

const linesOf = ({ lines }: NamedLog): NumberedLine[] =>
  lines.flatMap((text, at) => (text.trim() === '' ? [] : [{ number: at + 1, text }]));
