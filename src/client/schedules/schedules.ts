/** Schedules: they start runs by the clock. Temporal keeps them, and ticks whether or not a process of ours is up. */
import type { Client } from '@temporalio/client';
import { parseDuration } from '../../run/schedules/durations.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { type Overlap, usualBackfillMax } from '../../run/schedules/overlaps.js';
import type { RunStart } from '../../run/steps.js';
import { type Receivers, notifyOf } from '../deliveries.js';
import type { KnownNames } from '../door.js';
import { identity, localIds } from '../identity.js';
import { replaceSchedule } from './change-schedule.js';
import { noteAsker } from './askers.js';
import { type ScheduleComparison, fieldChangesOf } from './diff.js';
import { type CheckedSchedule, checkSchedule, checkScheduleName } from './door.js';
import { ofSchedule } from './failures.js';
import { type ScheduleFilter, type SchedulePage, schedulePageOf, schedulesOf } from './list.js';
import { overlapOf, temporalOf } from './spec.js';
import {
  type BackfillPlan,
  type ScheduleTime,
  nextTimesOf,
  planBackfillOf,
  backfillRangesOf,
} from './times.js';
import { type Triggered, triggered } from './trigger.js';
import {
  type OwnSchedule,
  type ScheduleDescription,
  type ScheduleSummary,
  ownOf,
  scheduleViewOf,
} from './view.js';

export interface WriteOptions {
  /** `apply`: the definition is a file, and whoever applies the files looks after the schedule. */
  readonly madeBy?: 'apply';
  /** Every id by which the writer is known: names, key ids, groups. */
  readonly ids?: readonly string[];
  /** The pipelines whose runs on the connection its runs may replace in that name; left out, all. */
  readonly mayCancel?: readonly string[];
}

/** In whose name a schedule is made to tick. */
interface AskOptions {
  readonly overlap?: Overlap | undefined;
  /** Every id by which the caller is known: names, key ids, groups. */
  readonly ids?: readonly string[];
}

export interface Schedules {
  /**
   * Creates a schedule once its definition and the input of its runs are checked.
   * @throws LonghaulError `SCHEDULE_INVALID`, `SCHEDULE_EXISTS`, and what `start` throws of its input
   */
  create(document: unknown, options?: WriteOptions): Promise<CheckedSchedule>;
  /**
   * Replaces the whole definition. One that leaves `paused` out leaves the schedule paused or running as it is.
   * @throws LonghaulError `SCHEDULE_INVALID`, `SCHEDULE_UNKNOWN`, `SCHEDULE_BUSY`, and what `start` throws of its input
   */
  update(document: unknown, options?: WriteOptions): Promise<CheckedSchedule>;
  /** @throws LonghaulError `SCHEDULE_UNKNOWN` */
  describe(name: string): Promise<ScheduleDescription>;
  /**
   * What an update would change; nothing is changed.
   * @throws LonghaulError `SCHEDULE_INVALID`, and what `start` throws of its input
   */
  compare(document: unknown, options?: WriteOptions): Promise<ScheduleComparison>;
  list(filter?: ScheduleFilter): AsyncIterable<ScheduleSummary>;
  /**
   * One page of `list`.
   * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
   */
  page(filter: ScheduleFilter, options: { size: number; cursor?: string | undefined }): Promise<SchedulePage>;
  /** @throws LonghaulError `SCHEDULE_UNKNOWN` */
  pause(name: string, options: { reason: string; by?: string }): Promise<void>;
  /** @throws LonghaulError `SCHEDULE_UNKNOWN` */
  unpause(name: string, options?: { reason?: string | undefined; by?: string }): Promise<void>;
  /**
   * Lets it tick now, also while it is paused; the overlap policy is the schedule's unless stated.
   * @throws LonghaulError `SCHEDULE_UNKNOWN`
   */
  trigger(name: string, options?: AskOptions): Promise<Triggered>;
  /** @throws LonghaulError `SCHEDULE_UNKNOWN`, `SCHEDULE_INVALID`, `SCHEDULE_BUSY`, `BACKFILL_TOO_LARGE` */
  planBackfill(name: string, range: { start: Date; end: Date }): Promise<BackfillPlan>;
  /**
   * Starts the runs of a past time that there are none of yet.
   * @throws LonghaulError `SCHEDULE_UNKNOWN`, `SCHEDULE_INVALID`, `SCHEDULE_BUSY`, `BACKFILL_TOO_LARGE` beyond `max`
   */
  backfill(
    name: string,
    options: AskOptions & { start: Date; end: Date; max?: number },
  ): Promise<BackfillPlan>;
  /** @throws LonghaulError `SCHEDULE_UNKNOWN` */
  next(name: string, options?: { count?: number; after?: Date }): Promise<readonly ScheduleTime[]>;
  /**
   * Runs that it has started go on.
   * @throws LonghaulError `SCHEDULE_UNKNOWN`
   */
  delete(name: string): Promise<void>;
}

/** What schedules are made from. */
export interface SchedulesOptions {
  readonly client: Client;
  readonly known: KnownNames;
  readonly receivers: Receivers;
  /** Makes failures of Temporal ours, and keeps to the time of a call. */
  guard<T>(perform: () => Promise<T>): Promise<T>;
  guarded<T>(items: AsyncIterable<T>): AsyncIterable<T>;
}

export function createSchedules({ client, known, receivers, guard, guarded }: SchedulesOptions): Schedules {
  /** With the schedule, if it is one of ours. */
  const withOwn = <T>(name: string, use: (own: OwnSchedule) => Promise<T>): Promise<T> =>
    guard(() => ofSchedule(name, async () => use(await describeOwn(client, name))));
  const handleOf = (name: string) => client.schedule.getHandle(name);
  const toldOf = ({ pipeline }: CheckedSchedule): Pick<RunStart<unknown>, 'notify'> => {
    const notify = notifyOf(receivers, pipeline);
    return notify === undefined ? {} : { notify };
  };

  return {
    create: async (document, { madeBy, ids = localIds(), mayCancel = ['*'] } = {}) => {
      const checked = checkSchedule(document, known);
      const options = temporalOf(checked, { ...toldOf(checked), ids, mayCancel, madeBy });
      await guard(() =>
        ofSchedule(checked.name, () => client.schedule.create({ scheduleId: checked.name, ...options })),
      );
      return checked;
    },
    update: async (document, { madeBy, ids = localIds(), mayCancel = ['*'] } = {}) => {
      const checked = checkSchedule(document, known);
      return withOwn(checked.name, async () => {
        await replaceSchedule(client, checked.name, (previous) =>
          temporalOf(checked, {
            ...toldOf(checked),
            ids,
            mayCancel,
            askers: ownOf(previous).askers,
            madeBy: madeBy ?? ownOf(previous).stored.madeBy,
            before: previous.state,
          }),
        );
        return checked;
      });
    },
    describe: (name) => withOwn(name, (own) => scheduleViewOf(client, own)),
    compare: async (document, { madeBy } = {}) => {
      const checked = checkSchedule(document, known);
      const told = toldOf(checked);
      return withOwn(checked.name, (own) =>
        Promise.resolve({ changes: fieldChangesOf(own, checked, { ...told, madeBy }) }),
      ).catch((error: unknown) => {
        if (error instanceof LonghaulError && error.code === 'SCHEDULE_UNKNOWN') return { changes: null };
        throw error;
      });
    },
    list: (filter = {}) => guarded(schedulesOf(client, filter)),
    page: (filter, page) => guard(() => schedulePageOf(client, filter, page)),
    pause: (name, { reason, by = identity() }) =>
      withOwn(name, () => handleOf(name).pause(`paused by ${by}: ${reason}`)),
    unpause: (name, { reason, by = identity() } = {}) =>
      withOwn(name, () =>
        handleOf(name).unpause(`unpaused by ${by}${reason === undefined ? '' : `: ${reason}`}`),
      ),
    trigger: (name, { overlap, ids = localIds() } = {}) =>
      withOwn(name, (own) => triggered(client, own, { overlap, ids })),
    planBackfill: (name, range) => withOwn(name, (own) => planBackfillOf(client, own, range)),
    backfill: (name, { overlap, max = usualBackfillMax, ids = localIds(), ...range }) =>
      withOwn(name, async (own) => {
        const plan = await planBackfillOf(client, own, range);
        await backfilled(client, own, { plan, overlap, max, ids });
        return plan;
      }),
    next: (name, { count = 10, after = new Date() } = {}) =>
      withOwn(name, (own) => nextTimesOf(client, own, { count, after })),
    delete: (name) => withOwn(name, () => handleOf(name).delete()),
  };
}

const describeOwn = async (client: Client, name: string): Promise<OwnSchedule> =>
  ownOf(await client.schedule.getHandle(checkScheduleName(name)).describe());

async function backfilled(
  client: Client,
  { description, definition }: OwnSchedule,
  {
    plan,
    overlap,
    max,
    ids,
  }: { plan: BackfillPlan; overlap: Overlap | undefined; max: number; ids: readonly string[] },
): Promise<void> {
  const { length } = plan.times;
  if (length > max)
    throw new LonghaulError(
      'BACKFILL_TOO_LARGE',
      `the backfill would start ${length} runs, more than ${max}; nothing was started`,
    );
  if (length === 0) return;
  // With jitter, a tick lies before the time at which it comes.
  const jitterMs = parseDuration(definition.jitter ?? '') ?? 0;
  const from = new Date(Date.parse(plan.start) - jitterMs).toISOString();
  await noteAsker(client, description.scheduleId, { ids, from, to: plan.end });
  // With a policy that skips, nearly all of a backfill would be skipped: it happens all at once.
  const usual = definition.overlap === 'allow-all' ? 'allow-all' : 'buffer-all';
  await client.schedule
    .getHandle(description.scheduleId)
    .backfill(backfillRangesOf(plan).map((range) => ({ ...range, overlap: overlapOf(overlap ?? usual) })));
}
