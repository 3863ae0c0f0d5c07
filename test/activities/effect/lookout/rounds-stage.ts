/** A platform on which a lookout looks, and the clock of its rounds. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Attempt } from '../../../../src/activities/effect/attempt.js';
import { atWork } from '../../../../src/activities/effect/failures.js';
import { createAllowances } from '../../../../src/activities/effect/lookout/pace.js';
import { type Ended, Rounds } from '../../../../src/activities/effect/lookout/rounds.js';
import type { Listed, Watching } from '../../../../src/activities/effect/lookout/watching.js';
import { PlatformError } from '../../../../src/platform/errors.js';
import type { Json } from '../../../../src/run/json.js';
import type { LookoutStandpoint, Wait } from '../../../../src/run/lookouts.js';

export const day = 86_400_000;
export const startMs = 1_000_000;
export const waitFor = (id: string, more: Partial<Wait> = {}): Wait => ({
  run: { workflowId: `run.${id}`, runId: `0000-${id}`, activityId: 'train.1' },
  ...{ attempt: 1, id, list: 'project', input: { id }, sinceMs: startMs, atMs: startMs },
  ...more,
});
export const outage = (retryAfterMs?: number) =>
  new PlatformError('PLATFORM_UNAVAILABLE', 'GET /jobs answered 503', { retryAfterMs });

/** A platform on which everything is at work, unless told otherwise. */
export function stageOf({
  perSecond = 1_000,
  before = {},
}: { readonly perSecond?: number; readonly before?: LookoutStandpoint } = {}) {
  let clockMs = startMs;
  const seen = {
    ...{ lists: 0, looks: [] as string[], attempts: [] as Attempt[] },
    ...{ ended: [] as Ended[], completed: [] as unknown[] },
  };
  const platform = {
    list: (): Iterable<Listed> | AsyncIterable<Listed> => [],
    look: (id: string): Json => {
      throw atWork({ what: `job ${id}`, status: 'Running' }, 1);
    },
    completing: 'completed' as 'completed' | 'gone' | 'refused',
    isAtRest: true,
  };
  const watching: Watching<Json, unknown> = {
    effect: 'awaitJob',
    look: (input, attempt) => {
      const { id } = input as { id: string };
      seen.looks.push(id);
      seen.attempts.push(attempt);
      return new Promise((resolve) => {
        resolve(platform.look(id));
      });
    },
    ...{ idOf: () => '', scopeOf: () => '' },
    list: {
      of: () => '',
      read: async function* (_, goesOn) {
        seen.lists += 1;
        for await (const item of platform.list()) {
          yield item;
          if (!goesOn()) return;
        }
      },
    },
  };
  const rounds = new Rounds({
    ...{ watching, bounds: { firstLookMs: 2_000, lastLookMs: 60_000 } },
    allowance: createAllowances(perSecond, () => clockMs).join(),
    ...{ nowMs: () => clockMs, lasted: () => [], changed: () => undefined, before },
    complete: (_, output) => {
      seen.completed.push(output);
      return Promise.resolve(platform.completing);
    },
    wake: () => Promise.resolve(platform.isAtRest),
    ended: (ended) => seen.ended.push(ended),
  });
  return {
    ...{ rounds, platform, seen },
    /** Lets time pass, and looks at what is due. */
    after: async (ms: number): Promise<void> => {
      clockMs += ms;
      await rounds.lookAtDue();
      while (rounds.isBusy) await turn();
    },
    endings: () => seen.ended.map(({ wait, how }) => [wait.id, how]),
  };
}
export const running = (id: string): Listed => ({ id, status: 'Running', isAtWork: true });
