/** The end of a log: of a build, of a package, or of a request. */
import { type Since, logsSince } from '../../platform/ubiops/log-times.js';
import type { UbiOpsDependencies } from './dependencies.js';

const longestLine = 300;
/** Longer ones are cut before they are masked. */
const mostOfLine = 10_000;
/** More than are wanted: a private key may have begun some lines before them. */
const readAtMost = 1_000;

interface Wanted extends Since {
  readonly project: string;
  /** Selects the lines, in the language of the platform. */
  readonly query: string;
  /** How many of the last ones. */
  readonly lines: number;
}

/** Reads it: the last lines, oldest first, without secrets. */
export async function readLogTail(
  { ubiops, redactLines }: UbiOpsDependencies,
  { project: projectName, query, lines, begunAt }: Wanted,
): Promise<readonly string[]> {
  if (lines === 0) return [];
  const read = await ubiops.logs.list({
    path: { projectName },
    query: { query, limit: readAtMost, ...logsSince({ begunAt }) },
  });
  // The newest first, also of those whose times are the same number.
  const sorted = read.toReversed().toSorted((a, b) => a.timestamp - b.timestamp);
  const redacted = redactLines(
    sorted.flatMap(({ log }) => log.slice(0, mostOfLine).split('\n')),
    0,
  );
  return redacted.lines.slice(-lines).map((line) => line.slice(0, longestLine));
}
