/** Lists of schedules, whole and page by page. */
import {
  type Client,
  ScheduleNotFoundError,
  type ScheduleSummary as TemporalSummary,
} from '@temporalio/client';
import { decodeScheduleRecentActions, decodeScheduleSpec } from '@temporalio/client/lib/schedule-helpers.js';
import { decodeTypedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { tsToDate } from '@temporalio/common/lib/time.js';
import { isPipeline } from '../../pipelines/built-in.js';
import { type RunScope, clausesOf, isWithin } from '../runs/list.js';
import { cursorOf, pageTokenOf } from '../runs/page.js';
import { connectionsMore } from '../starting.js';
import { type ScheduleSummary, ownOf, rowOf } from './view.js';

/** Which schedules to list. Every field narrows. */
export interface ScheduleFilter {
  readonly pipeline?: string | undefined;
  readonly connection?: string | undefined;
  readonly paused?: boolean | undefined;
  /** Of schedules, those that one of these covers; `*` covers all. Left out, every schedule. */
  readonly within?: readonly RunScope[] | undefined;
  readonly limit?: number | undefined;
}

export interface SchedulePage {
  readonly schedules: readonly ScheduleSummary[];
  /** Given back as it is, with the same filter. Left out on the last page. */
  readonly next?: string;
}

/** Schedules of others have none of our search attributes. */
const queryOf = ({ paused, ...filter }: ScheduleFilter): string =>
  [...clausesOf(filter), ...(paused === undefined ? [] : [`TemporalSchedulePaused = ${paused}`])].join(
    ' AND ',
  );

/** By name, as Temporal orders them. */
export async function* schedulesOf(client: Client, filter: ScheduleFilter): AsyncGenerator<ScheduleSummary> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  for await (const summary of client.schedule.list({ query: queryOf(filter) })) {
    if (left <= 0) return;
    left -= 1;
    yield rowOf(summary);
  }
}

/**
 * Reads one page of schedules.
 * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
 */
export async function schedulePageOf(
  client: Client,
  filter: ScheduleFilter,
  { size, cursor }: { readonly size: number; readonly cursor?: string | undefined },
): Promise<SchedulePage> {
  const query = queryOf(filter);
  const answer = await client.workflowService.listSchedules({
    namespace: client.options.namespace,
    query,
    maximumPageSize: size,
    ...(cursor !== undefined && { nextPageToken: pageTokenOf(cursor, query) }),
  });
  const rows = answer.schedules.map((raw) => rowOf(summaryOf(raw)));
  const schedules = await coveredRows(client, rows, filter.within);
  const token = answer.nextPageToken;
  return token.length === 0 ? { schedules } : { schedules, next: cursorOf(token, query) };
}

/** A list tells the first connection of a schedule alone: where its runs use several, each must be covered. */
async function coveredRows(
  client: Client,
  rows: readonly ScheduleSummary[],
  within: readonly RunScope[] | undefined,
): Promise<readonly ScheduleSummary[]> {
  const isAll = within?.some(
    ({ connections, pipelines }) => connections.includes('*') && pipelines.includes('*'),
  );
  if (within === undefined || isAll === true) return rows;
  const kept = await Promise.all(
    rows.map(
      async (row) =>
        isPipeline(row.pipeline) || isWithin({ ...row, ...(await connectionsNow(client, row)) }, within),
    ),
  );
  return rows.filter((_, at) => kept[at]);
}

/** Of one that is deleted meanwhile, what the list told. */
const connectionsNow = (client: Client, { name }: ScheduleSummary) =>
  client.schedule
    .getHandle(name)
    .describe()
    .then((description) => connectionsMore(ownOf(description).definition))
    .catch((error: unknown) => {
      if (error instanceof ScheduleNotFoundError) return {};
      throw error;
    });

type RawSchedule = Awaited<ReturnType<Client['workflowService']['listSchedules']>>['schedules'][number];

/** The SDK decodes only whole lists. */
const summaryOf = ({ scheduleId, searchAttributes, info }: RawSchedule): TemporalSummary => ({
  scheduleId: scheduleId ?? '',
  spec: decodeScheduleSpec(info?.spec ?? {}),
  typedSearchAttributes: decodeTypedSearchAttributes(searchAttributes?.indexedFields),
  state: { paused: info?.paused === true, ...(info?.notes && { note: info.notes }) },
  info: {
    recentActions: decodeScheduleRecentActions(info?.recentActions ?? undefined),
    nextActionTimes: (info?.futureActionTimes ?? []).map(tsToDate),
  },
});
