/** A definition as Temporal takes it: when it ticks, what a tick starts, what it does beside others. */
import {
  type CalendarSpec,
  DAYS_OF_WEEK,
  MONTHS,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  type ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  type Calendar,
  type CalendarFieldName,
  calendarFields,
  rangesOf,
} from '../../run/schedules/calendars.js';
import { parseDuration } from '../../run/schedules/durations.js';
import { ownKeyOf, runIdOf } from '../../run/ids.js';
import type { Overlap } from '../../run/schedules/overlaps.js';
import type { Asker, RunStart, Trigger } from '../../run/steps.js';
import type { CheckedSchedule } from './door.js';
import { replacesAny, startOf } from '../starting.js';

/** What is kept of a definition with the schedule; its input and its document are kept as what the runs are given. */
export interface StoredSchedule {
  readonly definition: Omit<CheckedSchedule, 'input' | 'document'>;
  /** Who looks after it. `apply` deletes only what it has made. */
  readonly madeBy?: 'apply';
}

/** Key of `StoredSchedule` in the memo of the action: unlike that of the schedule itself, an update can change it. */
export const storedKey = 'schedule';

const overlaps: Readonly<Record<Overlap, NonNullable<ScheduleOverlapPolicy>>> = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
  'buffer-all': 'BUFFER_ALL',
  'cancel-other': 'CANCEL_OTHER',
  'terminate-other': 'TERMINATE_OTHER',
  'allow-all': 'ALLOW_ALL',
};

/** An overlap policy as Temporal names it. */
export const overlapOf = (overlap: Overlap): NonNullable<ScheduleOverlapPolicy> => overlaps[overlap];

/** Whether a schedule is paused, and the reason given for that. */
export interface ScheduleState {
  readonly paused: boolean;
  readonly note?: string | undefined;
}

/** How the ids of a schedule's runs begin; Temporal adds the tick. */
export const scheduledIdOf = ({ pipeline, name }: Pick<CheckedSchedule, 'pipeline' | 'name'>): string =>
  runIdOf(pipeline, ownKeyOf(name));

/** What Temporal is given for a schedule besides its name: calendar, action, policies and state. */
export function temporalOf(
  checked: CheckedSchedule,
  {
    notify,
    ids,
    mayCancel,
    askers,
    madeBy,
    before,
  }: Pick<RunStart<unknown>, 'notify'> & {
    /** Every id by which the writer is known: names, key ids, groups. */
    readonly ids: readonly string[];
    /** As `RunStart` has it. */
    readonly mayCancel: readonly string[];
    /** Of the schedule that is replaced. */
    readonly askers?: readonly Asker[] | undefined;
    readonly madeBy?: 'apply' | undefined;
    readonly before?: ScheduleState;
  },
) {
  const { input, document, ...definition } = checked;
  const trigger: Trigger = { kind: 'schedule', by: checked.name, ids, ...(askers && { askers }) };
  const replaces = document === undefined ? isReplacing(input) : replacesAny(document);
  const start = startOf(checked.pipeline, {
    input,
    trigger,
    ...(document && { document }),
    ...(notify && { notify }),
    ...(replaces && { mayCancel }),
  });
  const stored: StoredSchedule = { definition, ...(madeBy && { madeBy }) };
  const action: ScheduleOptionsStartWorkflowAction<Workflow> = {
    ...start,
    type: 'startWorkflow',
    workflowId: scheduledIdOf(checked),
    memo: { ...start.memo, [storedKey]: stored },
  };
  return {
    spec: specOf(checked),
    action,
    policies: {
      overlap: overlapOf(checked.overlap),
      catchupWindow: parseDuration(checked.catchUpWindow) ?? 0,
      pauseOnFailure: checked.pauseOnFailure,
    },
    state: stateOf(checked, before),
    // Of the schedule itself, so that lists can be narrowed to what a caller may see.
    typedSearchAttributes: start.typedSearchAttributes.filter(({ key }) => listed.includes(key.name)),
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
}

const isReplacing = (input: CheckedSchedule['input']): boolean =>
  typeof input === 'object' && input !== null && 'whenBusy' in input && input['whenBusy'] === 'replace';

const listed = ['LonghaulPipeline', 'LonghaulConnection'];

/** A definition that does not say `paused` leaves a schedule as it stands: somebody may have paused it for a reason. */
function stateOf(
  { paused, note = '' }: CheckedSchedule,
  before?: ScheduleState,
): { paused: boolean; note: string } {
  if (paused === undefined && before?.paused === true) return { paused: true, note: before.note ?? '' };
  return { paused: paused ?? false, note };
}

function specOf({
  cron,
  every,
  offset,
  calendar,
  timeZone,
  startAt,
  endAt,
  jitter,
}: CheckedSchedule): ScheduleSpec {
  return {
    // Temporal keeps a line of cron as a calendar, and of its text only what follows a “#”: lists show it.
    ...(cron && { cronExpressions: cron.map((line) => `${line} #${line}`) }),
    ...(calendar && { calendars: calendar.map(calendarOf) }),
    ...(every !== undefined && {
      intervals: [{ every: ms(every), ...(offset !== undefined && { offset: ms(offset) }) }],
    }),
    timezone: timeZone,
    ...(startAt !== undefined && { startAt: new Date(startAt) }),
    ...(endAt !== undefined && { endAt: new Date(endAt) }),
    ...(jitter !== undefined && { jitter: ms(jitter) }),
  };
}

const ms = (duration: string): number => parseDuration(duration) ?? 0;

function calendarOf(calendar: Calendar): CalendarSpec {
  const ranges = (field: CalendarFieldName) => {
    const value = calendar[field];
    return value === undefined || value === '*' ? value : [...(rangesOf(field, value) ?? [])];
  };
  const named = <Name>(field: CalendarFieldName, nameOf: (number: number) => Name) => {
    const found = ranges(field);
    return typeof found === 'object'
      ? found.map(({ start, end, step }) => ({ start: nameOf(start), end: nameOf(end), step }))
      : found;
  };
  return {
    second: ranges('second') ?? 0,
    minute: ranges('minute') ?? 0,
    hour: ranges('hour') ?? 0,
    dayOfMonth: ranges('dayOfMonth') ?? '*',
    month: named('month', (month) => MONTHS[month - 1] ?? 'JANUARY') ?? '*',
    year: ranges('year') ?? '*',
    dayOfWeek: named('dayOfWeek', (day) => DAYS_OF_WEEK[day] ?? 'SUNDAY') ?? '*',
    comment: calendar.comment ?? inWords(calendar),
  };
}

/** What lists show of a calendar: Temporal keeps it as a comment. */
const inWords = (calendar: Calendar): string =>
  calendarFields
    .filter((field) => calendar[field] !== undefined)
    .map((field) => `${field} ${[calendar[field]].flat().join(',')}`)
    .join(', ');
