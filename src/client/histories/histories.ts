/** Histories as Temporal recorded them: of one attempt, or of all runs that a query finds. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type History, historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describeAttempt } from '../executions.js';

export interface RecordedHistory {
  readonly runId: string;
  readonly attemptId: string;
  readonly history: History;
}

export interface Histories {
  /**
   * The history of an attempt, by default the present one, as JSON that every Temporal tool can replay. Where an attempt has
   * several legs, `events` are those of the last, and `earlierLegs` holds the histories of those before it, in order.
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
      return writeLegs(await legsOf(client, runId, executionId));
    }),
  list: (options) => guarded(listed(client, options)),
});

/** The histories of the legs of an attempt, up to this execution; those that Temporal has forgotten are left out. */
async function legsOf(client: Client, runId: string, lastId: string): Promise<History[]> {
  const legs = [await client.workflow.getHandle(runId, lastId).fetchHistory()];
  for (let before = legBefore(legs[0]); before !== null; before = legBefore(legs[0]))
    try {
      legs.unshift(await client.workflow.getHandle(runId, before).fetchHistory());
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      break;
    }
  return legs;
}

const legBefore = (history: History | undefined): string | null =>
  history?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;

function writeLegs(legs: readonly History[]): string {
  const last = historyToJSON(legs.at(-1) ?? {});
  if (legs.length < 2) return last;
  const earlier = legs.slice(0, -1).map(historyToJSON).join(',');
  return `${last.trimEnd().slice(0, -1)},"earlierLegs":[${earlier}]}`;
}

/**
 * The histories in a file that `export` has written, or that another tool of Temporal has: of each leg of an attempt, in order.
 * @throws Error where it holds none
 */
export function readLegs(text: string): History[] {
  const { earlierLegs = [], ...last } = JSON.parse(text) as { readonly earlierLegs?: readonly object[] }; // checked below
  return [...earlierLegs, last].map((leg) => {
    const history = historyFromJSON(leg);
    if (!history.events?.[0]?.workflowExecutionStartedEventAttributes)
      throw new Error('it does not begin with the start of a workflow');
    return history;
  });
}

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
