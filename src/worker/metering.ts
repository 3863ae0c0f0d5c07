/** Where a worker is metered: around each of its activities, and where workflows report what has become of runs. */
import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type {
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  InjectedSinks,
} from '@temporalio/worker';
import { isStillWaiting } from '../activities/effect/failures.js';
import type { createLookoutActivities } from '../activities/effect/lookout/keep-lookout.js';
import { type LookoutEffects, lookoutIdOf } from '../run/lookouts.js';
import type { Meters } from '../observability/meters.js';
import type { RunSinks } from '../workflows/kernel/metering.js';

/** The sinks into which workflows report. What is replayed was reported before. */
export const runSinks = (meters: Meters): InjectedSinks<RunSinks> => ({
  meters: {
    runEnded: { fn: (_, run) => meters.runEnded(run), callDuringReplay: false },
    stepEnded: { fn: (_, step) => meters.stepEnded(step), callDuringReplay: false },
    stepParked: { fn: (_, step) => meters.stepParked(step), callDuringReplay: false },
    ticked: { fn: (_, tick) => meters.ticked(tick), callDuringReplay: false },
  },
});

const intercept =
  (
    execute: (effect: string) => NonNullable<ActivityInboundCallsInterceptor['execute']>,
  ): ActivityInterceptorsFactory =>
  ({ info }) => ({ inbound: { execute: execute(info.activityType) } });

/** Whether what an activity sends is a look: of a wait, or of a lookout for all who wait. */
export const isLook = (effect: string): boolean =>
  isWait(effect) || effect === ('keepLookout' satisfies keyof LookoutEffects);

/** Whether an activity waits for something on a platform. */
const isWait = (effect: string): boolean => effect.startsWith('await');

/** Meters the looks of waits among the activities of one connection. */
export const meterEffects = (connection: string, meters: Meters): ActivityInterceptorsFactory =>
  intercept((effect) => async (input, next) => {
    if (!isWait(effect)) return next(input);
    try {
      const output: unknown = await next(input);
      meters.looked({ connection, effect, outcome: 'ended' });
      const endedAtMs = endOf(output);
      if (endedAtMs !== null)
        meters.endSeen({ connection, object: objectOf(effect), afterMs: Date.now() - endedAtMs });
      return output;
    } catch (error) {
      meters.looked({ connection, effect, outcome: lookOf(error) });
      throw error;
    }
  });

/** Meters what lookouts see for those who wait. */
export const meterLookouts = (
  connection: string,
  meters: Meters,
): Pick<Parameters<typeof createLookoutActivities>[0], 'report' | 'completed'> => ({
  report: (of, standing) => {
    meters.watching({ connection, name: lookoutIdOf(of) }, standing);
  },
  completed: ({ effect }, output) => {
    meters.looked({ connection, effect, outcome: 'ended' });
    const endedAtMs = endOf(output);
    if (endedAtMs !== null)
      meters.endSeen({ connection, object: objectOf(effect), afterMs: Date.now() - endedAtMs });
  },
});

/** `job` of `awaitJob`. */
const objectOf = (effect: string): string => effect.slice('await'.length).toLowerCase();

/** When the object ended by the platform's word, in milliseconds since the epoch; `null` where it does not say. */
function endOf(output: unknown): number | null {
  if (typeof output !== 'object' || output === null || !('completedAt' in output)) return null;
  const endedAtMs = Date.parse(String(output.completedAt));
  return Number.isNaN(endedAtMs) ? null : endedAtMs;
}

function lookOf(error: unknown): 'waiting' | 'ended' | 'failed' {
  if (error instanceof CompleteAsyncError || isStillWaiting(error)) return 'waiting';
  return error instanceof ApplicationFailure && error.nonRetryable === true ? 'ended' : 'failed';
}

/** Meters deliveries of events. */
export const meterDeliveries = (meters: Meters): ActivityInterceptorsFactory =>
  intercept(() => async (input, next) => {
    const receiver = receiverOf(input.args[0]);
    try {
      const output: unknown = await next(input);
      meters.delivered({ receiver, outcome: 'delivered' });
      return output;
    } catch (error) {
      const isGivenUp = error instanceof ApplicationFailure && error.nonRetryable === true;
      meters.delivered({ receiver, outcome: isGivenUp ? 'given-up' : 'failed' });
      throw error;
    }
  });

const receiverOf = (delivery: unknown): string =>
  typeof delivery === 'object' && delivery !== null && 'target' in delivery
    ? String(delivery.target)
    : 'unknown';
