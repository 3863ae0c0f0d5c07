/** Markers: the short stamps by which what a run made on a platform is known as its own. */
import { hash } from 'node:crypto';
import type { Origin, RunOrigin } from '../run/ids.js';

/** The short stamp of an effect, such as `[lh:k3f9x2m7qa4t]`: sixty bits of its origin’s hash. */
export const markerOf = (origin: Origin): string => `[lh:${shortHash(partsOf(origin))}]`;

/** Any marker: what carries one was made by a run, and not by a person. */
export const anyMarker = /\[lh:[a-z2-7]{12}\]/;

/** What tells an effect from every other. */
export const partsOf = ({ runId, firstAttemptId, attemptId, step, generation }: Origin): string[] => [
  ...[runId, firstAttemptId, step, String(generation)],
  ...(attemptId === undefined ? [] : [attemptId]),
];

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Twelve characters of base32 that stand for a list of strings. */
export function shortHash(parts: readonly string[]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'buffer');
  return Array.from(digest.subarray(0, 12), (byte) => alphabet[byte % 32]).join('');
}

/** A step of a run: all that it may have made, in each generation so far, by the run or one that it was forked from. */
export interface MadeBy {
  readonly origins: readonly RunOrigin[];
  readonly step: string;
  /** The last generation. */
  readonly generation: number;
}

/** Every marker that an effect of the step may carry. */
export const markersOf = ({ origins, step, generation: last }: MadeBy): string[] =>
  origins.flatMap((origin) =>
    Array.from({ length: last }, (_, before) => markerOf({ ...origin, step, generation: before + 1 })),
  );

/** Whether it carries a marker of this effect, or of an earlier generation of it. */
export const isOwnOf = ({ step, generation, ...origin }: Origin, text: string | null | undefined): boolean =>
  isMadeBy(text, { origins: [origin], step, generation });

/** Whether a text that the platform keeps, such as a job’s title, carries a marker of the step. */
export const isMadeBy = (text: string | null | undefined, by: MadeBy): boolean =>
  markersOf(by).some((marker) => text?.includes(marker) === true);
