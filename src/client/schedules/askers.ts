/**
 * Who let a schedule tick. Temporal starts the run of such a tick with what the schedule holds, so it is written there first:
 * an approval asks it who may not decide.
 */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { LonghaulError } from '../../run/failures/errors.js';
import type { Asker, RunStart } from '../../run/steps.js';
import { changeAlone } from './change-schedule.js';

/** What is written down goes to each run. */
const mostAskers = 50;
/** Far longer than from asking for a tick until Temporal has it, or has it wait. */
const comesWithinMs = 3_600_000;

/**
 * Writes down who asks, before it is asked.
 * @throws LonghaulError `SCHEDULE_BUSY` when others keep changing the schedule, or too many wait for it
 */
export const noteAsker = (client: Client, scheduleId: string, asked: Omit<Asker, 'at'>): Promise<void> =>
  changeAlone(scheduleId, async () => {
    const { namespace, identity } = client.options;
    const { schedule, action, start, info, conflictToken } = await described(client, scheduleId);
    const asker = { ...asked, at: new Date().toISOString() };
    const isWaiting = Number(info?.bufferSize ?? 0) > 0;
    const askers = withAsker(start.trigger.askers ?? [], asker, { isWaiting });
    if (askers === null)
      throw new LonghaulError(
        'SCHEDULE_BUSY',
        `${mostAskers} others have asked ${scheduleId} for ticks that may still wait for a run to end; nothing was started`,
      );
    const noted = { ...start, trigger: { ...start.trigger, askers } };
    const input = { payloads: [defaultPayloadConverter.toPayload(noted)] };
    const changed = { ...schedule, action: { ...schedule.action, startWorkflow: { ...action, input } } };
    await client.workflowService.updateSchedule({
      ...{ namespace, identity, scheduleId, conflictToken },
      schedule: changed,
    });
    const { trigger } = (await described(client, scheduleId)).start;
    return isNoted(trigger.askers ?? [], asked);
  });

async function described(client: Client, scheduleId: string) {
  const { namespace } = client.options;
  const { schedule, info, conflictToken } = await client.workflowService.describeSchedule({
    namespace,
    scheduleId,
  });
  const action = schedule?.action?.startWorkflow;
  const [payload] = action?.input?.payloads ?? [];
  if (!schedule || !action || !payload)
    throw new LonghaulError('SCHEDULE_UNKNOWN', `the schedule ${scheduleId} starts no run`);
  const start = defaultPayloadConverter.fromPayload<RunStart<unknown>>(payload); // every pipeline takes one
  return { schedule, action, start, info, conflictToken };
}

/** Perhaps as a part of what the same asker has asked for since. */
const isNoted = (askers: readonly Asker[], { ids, from, to }: Omit<Asker, 'at'>): boolean =>
  askers.some((one) => isOf(one, ids) && one.from <= from && one.to >= to);

const isOf = (asker: Asker, ids: readonly string[]): boolean => asker.ids.join('\n') === ids.join('\n');

/**
 * One entry each, so that nobody pushes out another, or an own tick that still waits, by asking often. One that has asked
 * for several ticks is taken to have asked for all between. `null` refuses one too many while a tick waits. Else the
 * oldest makes room, for its tick has come.
 */
export function withAsker(
  askers: readonly Asker[],
  asker: Asker & { readonly at: string },
  { isWaiting }: { readonly isWaiting: boolean },
): readonly Asker[] | null {
  const since = Date.parse(asker.at) - comesWithinMs;
  const kept = askers.filter(({ at, to }) => isWaiting || Date.parse(at ?? to) >= since);
  const isOwn = (one: Asker) => isOf(one, asker.ids);
  const others = kept.filter((one) => !isOwn(one));
  if (isWaiting && others.length >= mostAskers) return null;
  const own = kept.filter(isOwn).reduce(
    (all, { from, to }) => ({
      ...all,
      from: from < all.from ? from : all.from,
      to: to > all.to ? to : all.to,
    }),
    asker,
  );
  return [...others.slice(1 - mostAskers), own];
}
