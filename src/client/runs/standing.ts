/** Since when runs stand as they do, and which attempt is the latest: what Temporal’s visibility cannot be asked for. */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { quote } from '../../run/search-attributes.js';
import { partlyParked } from '../../run/standing.js';
import type { RunSummary } from '../../run/steps.js';
import { attemptIdOf, describeAttempt, isNoLeg } from '../executions.js';
import type { RunFilter } from './list.js';

/** Ids in one query: well within what Temporal takes. */
const idsPerQuery = 50;
const eventsPerPage = 20;

/** Keeps the attempts that are the latest of their runs. */
export async function latestOf(client: Client, runs: readonly RunSummary[]): Promise<RunSummary[]> {
  const ids = [...new Set(runs.map(({ runId }) => runId))];
  const batches = Array.from({ length: Math.ceil(ids.length / idsPerQuery) }, (_, at) =>
    ids.slice(at * idsPerQuery, (at + 1) * idsPerQuery),
  );
  const newest = new Map<string, { readonly attemptId: string; readonly startMs: number }>();
  const look = async (batch: readonly string[]): Promise<void> => {
    const query = `WorkflowId IN (${batch.map(quote).join(', ')}) AND ${isNoLeg}`;
    for await (const execution of client.workflow.list({ query })) {
      const { workflowId, startTime } = execution;
      const startMs = startTime.getTime();
      // Of attempts that began at one time the one that goes on, or ended last, is listed first.
      if (startMs > (newest.get(workflowId)?.startMs ?? -1))
        newest.set(workflowId, { attemptId: attemptIdOf(execution), startMs });
    }
  };
  await Promise.all(batches.map(look));
  return runs.filter(({ runId, attemptId }) => (newest.get(runId)?.attemptId ?? attemptId) === attemptId);
}

/** Of these, the runs that stand as they do since a time within the filter’s; visibility has narrowed the others. */
export async function standingWithin(
  client: Client,
  runs: readonly RunSummary[],
  { since, until }: Pick<RunFilter, 'since' | 'until'>,
): Promise<RunSummary[]> {
  if (since === undefined && until === undefined) return [...runs];
  const kept = await Promise.all(
    runs.map(async (run) => {
      if (run.status !== 'parked' && !mayBePartlyParked(run)) return true;
      const at = await standsSince(client, run);
      return at !== null && !(since && at < since) && !(until && at >= until);
    }),
  );
  return runs.filter((_, at) => kept[at]);
}

/**
 * When the run came to stand as it does: it ended, a step of it was parked, or, running, it was started. `null`: it was
 * parked when it was listed, and is not any more.
 */
export async function standsSince(client: Client, run: RunSummary): Promise<Date | null> {
  if (run.status === 'parked') return parkedAt(client, run);
  const at = mayBePartlyParked(run) ? await parkedAt(client, run) : null;
  return at ?? new Date(run.endedAt ?? run.startedAt);
}

/** Whether a step of it is parked while others go on; else it is about to fail. */
const mayBePartlyParked = ({ status, failure }: RunSummary): boolean =>
  status === 'running' && failure !== undefined;

/** By the newest announcement in its history, which needs no worker. */
async function parkedAt(client: Client, { runId, attemptId }: RunSummary): Promise<Date | null> {
  let { runId: executionId } = await describeAttempt(client, runId, attemptId);
  let nextPageToken: Uint8Array | undefined;
  for (;;) {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId: runId, runId: executionId },
      maximumPageSize: eventsPerPage,
      ...(nextPageToken && { nextPageToken }),
    });
    for (const event of page.history?.events ?? []) {
      const said = standingSaidBy(event);
      if (said !== undefined) return said;
    }
    // It was said in the leg before.
    const before =
      page.history?.events?.at(-1)?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (before) [executionId, nextPageToken] = [before, undefined];
    else if (page.nextPageToken.length === 0) return null;
    else ({ nextPageToken } = page);
  }
}

type Event = NonNullable<History['events']>[number];

/** When it was parked by this event; `null` where it was not, `undefined` where the event does not tell. */
function standingSaidBy(event: Event): Date | null | undefined {
  if (event.workflowExecutionCompletedEventAttributes ?? event.workflowExecutionFailedEventAttributes)
    return null;
  const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  const status = fields?.['LonghaulStatus'];
  if (!status || !event.eventTime) return undefined;
  const isParked = ['parked', partlyParked].includes(defaultPayloadConverter.fromPayload(status));
  return isParked ? new Date(tsToMs(event.eventTime)) : null;
}
