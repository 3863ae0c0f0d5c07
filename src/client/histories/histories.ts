/** Histories as Temporal recorded them: of one attempt, or of all runs that a query finds. */
import type { Client } from '@temporalio/client';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describeAttempt } from '../executions.js';

export interface RecordedHistory {
  readonly runId: string;
  readonly attemptId: string;
  readonly history: History;
}

export interface Histories {
  /**
   * The history of an attempt, by default the present one, as JSON that every Temporal tool can replay; of one that has several
   * legs, that of the last, which begins with what those before it knew.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  export(runId: string, options?: { readonly attemptId?: string | undefined }): Promise<string>;
  /** Those of all attempts that a visibility query finds, fetched as they are asked for. */
  list(options: {
    readonly query: string;
    readonly limit?: number | undefined;
  }): AsyncIterable<RecordedHistory>;
}

interface Means {
  readonly client: Client;
  readonly guard: <T>(runId: string, perform: () => Promise<T>) => Promise<T>;
  readonly guarded: <T>(items: AsyncIterable<T>) => AsyncIterable<T>;
}

/** Histories by way of a client. */
export const createHistories = ({ client, guard, guarded }: Means): Histories => ({
  export: (runId, { attemptId } = {}) =>
    guard(runId, async () => {
      const { runId: executionId } = await describeAttempt(client, runId, attemptId);
      return historyToJSON(await client.workflow.getHandle(runId, executionId).fetchHistory());
    }),
  list: (options) => guarded(listed(client, options)),
});

async function* listed(
  client: Client,
  { query, limit = Number.POSITIVE_INFINITY }: Parameters<Histories['list']>[0],
): AsyncGenerator<RecordedHistory> {
  let left = limit;
  for await (const { workflowId: runId, runId: attemptId } of client.workflow.list({ query })) {
    if (left <= 0) return;
    left -= 1;
    yield { runId, attemptId, history: await client.workflow.getHandle(runId, attemptId).fetchHistory() };
  }
}
