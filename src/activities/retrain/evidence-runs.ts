/** Conditions on earlier retrainings of the model. */
import { parseDuration } from '../../run/schedules/durations.js';
import type { Reading } from './decision.js';
import type { Attempt } from '../effect/attempt.js';
import type { Asked, RunHistory } from './run-history.js';

const dayMs = 86_400_000;
const source = 'the runs of this model';

interface RunSources {
  readonly history: RunHistory;
  /** The model, and the run that decides on it. */
  readonly about: Omit<Asked, 'since'>;
  readonly attempt: Pick<Attempt, 'nowMs'>;
}

/** Holds when the last one began longer ago than this. */
export async function readSpacing(
  { history, about, attempt }: RunSources,
  duration: string,
): Promise<Reading> {
  const spanMs = parseDuration(duration) ?? 0; // the door has checked it
  const [last] = await history.began(askedFor(about, attempt.nowMs() - spanMs), 1);
  if (last !== undefined)
    return {
      verdict: 'fails',
      value: last.toISOString(),
      bound: duration,
      source,
      reason: 'the last one began then',
    };
  return (await tooShort(history, spanMs)) ?? { verdict: 'holds', bound: duration, source };
}

/** Holds when fewer than this began in 30 days. */
export async function readMonthly({ history, about, attempt }: RunSources, atMost: number): Promise<Reading> {
  const spanMs = 30 * dayMs;
  const { length: value } = await history.began(askedFor(about, attempt.nowMs() - spanMs), atMost);
  if (value >= atMost) return { verdict: 'fails', value, bound: atMost, source };
  return (await tooShort(history, spanMs)) ?? { verdict: 'holds', value, bound: atMost, source };
}

const askedFor = ({ model, runId }: RunSources['about'], sinceMs: number) => ({
  model,
  runId,
  since: new Date(sinceMs),
});

/** What is not there may have been forgotten. */
async function tooShort(history: RunSources['history'], spanMs: number): Promise<Reading | null> {
  const keptMs = await history.retentionMs();
  if (keptMs >= spanMs) return null;
  const reason = `Temporal keeps runs for ${inDays(keptMs)} only; raise the namespace’s retention to ${inDays(spanMs)}`;
  return { verdict: 'unknown', reason };
}

const inDays = (ms: number): string => {
  const days = Math.ceil(ms / dayMs);
  return days === 1 ? '1 day' : `${days} days`;
};
