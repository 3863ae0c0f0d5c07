/** What lookouts say of the awaits of a run that were handed over: read where they leave it, and no run does anything for it. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { type HandedOver, type LookoutWord, lookoutWordOf } from '../../run/lookouts.js';
import type { Progress } from '../../run/steps.js';
import { type Told, timeOf, untakenOf } from './progress.js';
import type { Pending } from './unserved.js';

/** What each lookout that looks for the run says of its activities. One that cannot be asked says nothing. */
export async function toldByLookouts(
  client: Client,
  { raw }: Pick<WorkflowExecutionDescription, 'raw'>,
): Promise<Told> {
  const resting = (raw.pendingActivities ?? []).flatMap((pending) => {
    const handedOver = handedOverIn(pending);
    return handedOver === null ? [] : [{ pending, handedOver }];
  });
  const ids = [...new Set(resting.map(({ handedOver }) => handedOver.lookout))];
  const described = await Promise.all(
    ids.map(
      async (id) =>
        [
          id,
          await client.workflow
            .getHandle(id)
            .describe()
            .catch(() => null),
        ] as const,
    ),
  );
  const keeping = new Map(described.map(([id, lookout]) => [id, lookout?.raw.pendingActivities?.[0]]));
  return new Map(
    resting.map(({ pending, handedOver }) => [
      pending.activityId ?? '',
      toldOf(pending, handedOver, keeping.get(handedOver.lookout)),
    ]),
  );
}

/** `null` for an activity that does not rest. */
function handedOverIn({ lastFailure }: Pending): HandedOver | null {
  const [payload] = lastFailure?.applicationFailureInfo?.details?.payloads ?? [];
  const detail: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null;
  if (typeof detail !== 'object' || detail === null || !('lookout' in detail)) return null;
  return detail as HandedOver; // `awaiting` has written it
}

/** Of one activity, by the activity of its lookout. */
export function toldOf(
  pending: Pending,
  { key, what }: HandedOver,
  keeping: Pending | undefined,
  nowMs = Date.now(),
): Partial<Progress> {
  const handedOverMs = optionalTsToMs(pending.lastAttemptCompleteTime) ?? 0;
  const lastAttemptAt = timeOf(handedOverMs);
  if (keeping === undefined) return {};
  const { untakenSince } = untakenOf(keeping, nowMs);
  const word = wordOf(keeping);
  // What it said before it was handed over is not of it.
  const isOld = word === null || word.lookedAtMs < handedOverMs;
  const status = isOld ? undefined : statusIn(word, key);
  const own = isOld ? undefined : word.unanswered?.[key];
  const lookedAt = isOld ? lastAttemptAt : timeOf(own?.lookedAtMs ?? word.lookedAtMs);
  const nextAttemptAt = isOld ? undefined : timeOf(word.nextLookMs);
  const isTold = !isOld || (word?.failing?.sinceMs ?? 0) >= handedOverMs;
  const ofAll = isTold ? word?.failing : undefined;
  const failing = ofAll ?? own;
  const [failingSince, heldUntil] = [timeOf(failing?.sinceMs), timeOf(ofAll?.heldUntilMs)];
  return {
    ...(lookedAt && { lastAttemptAt: lookedAt }),
    ...(untakenSince ? { untakenSince } : nextAttemptAt && { nextAttemptAt }),
    ...(status !== undefined && { message: `${what} is ${status}` }),
    ...(failing && failingSince && { failingSince, message: failing.message }),
    ...(heldUntil && { heldUntil }),
  };
}

/** What a lookout says, by its activity; `null` where it has said nothing yet. */
export function wordOf({ heartbeatDetails }: Pending): LookoutWord | null {
  const [payload] = heartbeatDetails?.payloads ?? [];
  return lookoutWordOf(payload ? defaultPayloadConverter.fromPayload(payload) : null);
}

function statusIn({ usual, others }: LookoutWord, key: string): string | undefined {
  const other = Object.entries(others).find(([, keys]) => keys.includes(key));
  return other === undefined ? usual : other[0] || undefined;
}
