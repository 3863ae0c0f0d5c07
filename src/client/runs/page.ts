/** One page of a list from Temporal’s visibility, and the cursor to the next. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { LonghaulError } from '../../run/failures/errors.js';
import type { RunSummary } from '../../run/steps.js';
import { digestOf } from '../door.js';
import { type RunFilter, isWithin, summaryOf, visibilityQuery } from './list.js';
import { latestOf, standingWithin } from './standing.js';

/** Which page of how many rows. */
export interface PageOptions {
  readonly size: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Given back as it is, with the same filter. Left out on the last page. */
  readonly next?: string;
}

/** So many calls fill one page; where more would be needed, it holds fewer than asked. */
const mostCalls = 10;

/**
 * One page of runs. Temporal alone cannot narrow to all that a filter says, so what is missing after a call is asked for by
 * another one, which begins where that has ended.
 * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
 */
export async function runPageOf(
  client: Client,
  filter: RunFilter,
  { size, cursor }: PageOptions,
): Promise<RunPage> {
  let page: RunPage = { runs: [], ...(cursor !== undefined && { next: cursor }) };
  for (let call = 1; call <= mostCalls; call += 1) {
    const { runs, ...more } = await partOf(client, filter, {
      size: size - page.runs.length,
      cursor: page.next,
    });
    const known = new Set(page.runs.map(({ attemptId }) => attemptId));
    page = { runs: [...page.runs, ...runs.filter(({ attemptId }) => !known.has(attemptId))], ...more };
    if (page.next === undefined || page.runs.length >= size) break;
  }
  return page;
}

/** What one call finds. */
async function partOf(client: Client, filter: RunFilter, options: PageOptions): Promise<RunPage> {
  const listing = { query: visibilityQuery(filter), rowOf: summaryOf };
  const { rows, ...next } = await rowsOf(client, listing, options);
  const { within } = filter;
  const covered = within === undefined ? rows : rows.filter((run) => isWithin(run, within));
  const latest = filter.latest ? await latestOf(client, covered) : covered;
  return { runs: await standingWithin(client, latest, filter), ...next };
}

const largestPage = 200;

/** Every run that fits, newest first; costs one call to Temporal per page. */
export async function* runsOf(client: Client, filter: RunFilter): AsyncGenerator<RunSummary> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  let cursor: string | undefined;
  const told = new Set<string>(); // one that ends meanwhile comes again, among those that have ended
  do {
    const page = await runPageOf(client, filter, { size: Math.min(left, largestPage), cursor });
    const news = page.runs.filter(({ attemptId }) => !told.has(attemptId));
    for (const { attemptId } of news) told.add(attemptId);
    yield* news;
    left -= news.length;
    cursor = page.next;
  } while (cursor !== undefined && left > 0);
}

/** What a list asks for, and what it makes of each execution. */
interface Listing<Row> {
  readonly query: string;
  readonly rowOf: (execution: WorkflowExecutionInfo) => Row;
}

/**
 * One page of any list, by one call.
 * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
 */
export async function rowsOf<Row>(
  client: Client,
  { query, rowOf }: Listing<Row>,
  { size, cursor }: PageOptions,
): Promise<{ readonly rows: readonly Row[]; readonly next?: string }> {
  const answer = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize: size,
    ...(cursor !== undefined && { nextPageToken: pageTokenOf(cursor, query) }),
  });
  const rows = await Promise.all(
    answer.executions.map(async (raw) =>
      rowOf(
        await executionInfoFromRaw(raw, client.options.loadedDataConverter, raw, client.options.namespace),
      ),
    ),
  );
  const token = answer.nextPageToken;
  return token.length === 0 ? { rows } : { rows, next: cursorOf(token, query) };
}

/** Temporal takes its token with any query, and would then skip runs: the cursor says which query it is for. */
export const cursorOf = (token: Uint8Array, query: string): string =>
  `${digestOf(query).slice(0, 8)}${Buffer.from(token).toString('base64url')}`;

/**
 * Temporal’s page token in a cursor.
 * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
 */
export function pageTokenOf(cursor: string, query: string): Buffer {
  const token = Buffer.from(cursor.slice(8), 'base64url');
  if (cursor.startsWith(digestOf(query).slice(0, 8)) && token.length > 0) return token;
  throw new LonghaulError(
    'REQUEST_MALFORMED',
    'the cursor is not one of this list; start from the first page',
  );
}
