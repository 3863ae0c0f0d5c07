/** How the next leg of an attempt is begun. */
import { makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { Leg, LegMemo } from '../../run/legs.js';
import type { RunStart } from '../../run/steps.js';

/** Temporal takes no argument of 2 MiB. */
const mostBytes = 1_800_000;

/**
 * Begins it when that is called, by what it throws then; `null` where what it would have to know is too large, so that this leg
 * goes on as long as its history may grow.
 */
export function continueWith(start: RunStart<unknown>, leg: Leg): (() => Promise<never>) | null {
  const next: RunStart<unknown> = { ...start, leg };
  if (bytesOf(JSON.stringify(next)) > mostBytes) return null;
  const { attemptId, startedAt } = leg;
  const memo = { ...workflowInfo().memo, leg: { attemptId, startedAt } satisfies LegMemo };
  return () => makeContinueAsNewFunc<(start: RunStart<unknown>) => Promise<never>>({ memo })(next);
}

/** No fewer than there are: no character takes more than three for each of its units. */
export const bytesOf = (text: string): number =>
  text.length + 2 * (text.match(/[^\p{ASCII}]/gu)?.join('').length ?? 0);
