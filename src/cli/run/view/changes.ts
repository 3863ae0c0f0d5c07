/** What changed between two looks at a run, one line each: progress for CI logs. */
import type { Run, Step } from '../../../run/steps.js';
import { showDuration } from '../../terminal/duration.js';
import { elapsedMs, itemText, remarkOf, showReference } from './step-line.js';
import { runElapsedMs } from './tree.js';

/** Lines for what `after` has and `before` had not. Pending steps are no news. */
export function changeLines(before: Run | null, after: Run, nowMs: number): string[] {
  const at = `+${showDuration(runElapsedMs(after, nowMs))}`.padEnd(8);
  const known = new Map(before?.steps.map((step) => [step.name, newsOf(step, nowMs)]));
  return after.steps
    .filter(({ state }) => state.status !== 'pending')
    .map((step) => ({ step, news: newsOf(step, nowMs) }))
    .filter(({ step, news }) => known.get(step.name)?.key !== news.key)
    .map(({ news }) => `${at} ${news.line}`);
}

/** `key` leaves out what differs at each look, such as the time to the next one. */
function newsOf(step: Step, nowMs: number): { key: string; line: string } {
  const { progress: { message = '', untakenSince } = {}, references, state } = step;
  const ended = 'endedAt' in state ? elapsedMs(step, nowMs) : null;
  const ids = references.map(showReference);
  const remark = remarkOf(step, nowMs);
  const line = [
    `${step.name} ${state.status}${ended === null ? '' : ` in ${showDuration(ended)}`}`,
    itemText(step),
    ...ids.filter((_, index) => !remark.includes(references[index]?.id ?? '')),
    remark,
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return { key: JSON.stringify([step.tries, state, ids, message, untakenSince]), line };
}
