/** One page of a list of runs, and the cursor to the next. */
import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { LonghaulError } from '../pipeline/errors.js';
import type { RunSummary } from '../pipeline/steps.js';
import { digestOf } from './door.js';
import { type RunFilter, summaryOf, visibilityQuery } from './list.js';

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Given back as it is, with the same filter. Left out on the last page. */
  readonly next?: string;
}

/** @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list */
export async function pageOf(
  client: Client,
  filter: RunFilter,
  { size, cursor }: { readonly size: number; readonly cursor?: string | undefined },
): Promise<RunPage> {
  const query = visibilityQuery(filter);
  const answer = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize: size,
    ...(cursor !== undefined && { nextPageToken: tokenOf(cursor, query) }),
  });
  const runs = await Promise.all(
    answer.executions.map(async (raw) =>
      summaryOf(
        await executionInfoFromRaw(raw, client.options.loadedDataConverter, raw, client.options.namespace),
      ),
    ),
  );
  const token = answer.nextPageToken;
  return token.length === 0 ? { runs } : { runs, next: cursorOf(token, query) };
}

/** Temporal takes its token with any query, and would then skip runs: the cursor says which query it is for. */
export const cursorOf = (token: Uint8Array, query: string): string =>
  `${digestOf(query).slice(0, 8)}${Buffer.from(token).toString('base64url')}`;

/** @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list */
export function tokenOf(cursor: string, query: string): Buffer {
  const token = Buffer.from(cursor.slice(8), 'base64url');
  if (cursor.startsWith(digestOf(query).slice(0, 8)) && token.length > 0) return token;
  throw new LonghaulError(
    'REQUEST_MALFORMED',
    'the cursor is not one of this list; start from the first page',
  );
}
