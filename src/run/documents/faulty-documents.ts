/** Configured documents that cannot be run. They stand in the way of nothing but runs of themselves. */
import { LonghaulError } from '../failures/errors.js';

/** A configured file, or a folder, from which nothing can be run. */
export interface FaultyDocument {
  /** `null` if the file names none, or cannot be read. */
  readonly pipeline: string | null;
  /** One line each, with file, line and column. */
  readonly faults: readonly string[];
}

/** The lines that say what is wrong with these. */
export const faultLinesOf = (faulty: readonly FaultyDocument[]): string[] =>
  faulty.flatMap(({ faults }) => faults);

/**
 * Refuses a pipeline whose document is configured and has faults.
 * @throws LonghaulError `CONFIG_INVALID` with every fault of it
 */
export function refuseFaulty(pipeline: string, faulty: readonly FaultyDocument[]): void {
  const faults = faultLinesOf(faulty.filter((one) => one.pipeline === pipeline));
  if (faults.length === 0) return;
  const lines = faults.map((line) => `  ${line}`).join('\n');
  throw new LonghaulError(
    'CONFIG_INVALID',
    `the document of the pipeline "${pipeline}" has faults:\n${lines}`,
  );
}

/** What to add where there is no pipeline of a name: the file that should have it may be one of those. */
export function sayUnread(faulty: readonly FaultyDocument[]): string {
  const faults = faultLinesOf(faulty.filter(({ pipeline }) => pipeline === null));
  return faults.length === 0
    ? ''
    : `. What the configuration also names:\n${faults.map((line) => `  ${line}`).join('\n')}`;
}
