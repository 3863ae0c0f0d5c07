/** The end of a log: of a build, or of a request. */
import type { UbiOpsDependencies } from './dependencies.js';

const longestLine = 300;
/** As many lines as one answer may have. */
const mostRead = 5_000;

interface Wanted {
  readonly project: string;
  /** Selects the lines, in the language of the platform. */
  readonly query: string;
  /** How many of the last ones. */
  readonly lines: number;
}

/** Reads the last lines, the oldest first, without secrets. */
export async function readLogTail(
  { ubiops, redactLines }: UbiOpsDependencies,
  { project: projectName, query, lines }: Wanted,
): Promise<readonly string[]> {
  if (lines === 0) return [];
  const read = await ubiops.logs.list({ path: { projectName }, query: { query, limit: mostRead } });
  const sorted = read.toSorted((a, b) => a.timestamp - b.timestamp).map(({ log }) => log);
  return redactLines(sorted, 0)
    .lines.slice(-lines)
    .map((line) => line.slice(0, longestLine));
}
