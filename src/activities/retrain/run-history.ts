/** Earlier retrainings of a model, as Temporal lists them. */
import type { Client } from '@temporalio/client';
import { trainedOutcomes } from '../../run/retraining/retraining.js';
import { quote } from '../../run/search-attributes.js';
import { askTemporal, grpcErrorIn } from '../asking-temporal.js';

/** Which retrainings are asked for. */
export interface Asked {
  /** As `modelOf` names it. */
  readonly model: string;
  readonly since: Date;
  /** The run that asks. */
  readonly runId: string;
}

/** What is known of earlier retrainings. */
export interface RunHistory {
  /** How long runs stay visible after they have ended. */
  retentionMs(): Promise<number>;
  /** When each began that trained a model, newest first; no more than `limit`. */
  began(asked: Asked, limit: number): Promise<readonly Date[]>;
}

/** Thrown when Temporal refuses to say: it would refuse again. The message is for the evidence. */
export class HistoryUnreadable extends Error {}

/** Reads from Temporal’s visibility, which follows what happens with a delay of a second or so. */
export const createRunHistory = (client: Client): RunHistory => ({
  retentionMs: () =>
    askForRuns(async () => {
      const { namespace } = client.options;
      const { config } = await client.workflowService.describeNamespace({ namespace });
      return (config?.workflowExecutionRetentionTtl?.seconds?.toNumber() ?? 0) * 1_000;
    }),
  began: (asked, limit) =>
    askForRuns(async () => {
      const times = new Map<string, Date>();
      // An attempt of a replay is listed by itself, and is the same retraining.
      for await (const { workflowId, startTime } of client.workflow.list({ query: queryOf(asked) })) {
        if (workflowId !== asked.runId) times.set(workflowId, startTime);
        if (times.size >= limit) break;
      }
      return [...times.values()];
    }),
});

function queryOf({ model, since }: Asked): string {
  const oneOf = trainedOutcomes.map(quote).join(', ');
  return [
    'LonghaulPipeline IS NOT NULL',
    `LonghaulModel = ${quote(model)}`,
    `LonghaulOutcome IN (${oneOf})`,
    `StartTime >= ${quote(since.toISOString())}`,
  ].join(' AND ');
}

/** gRPC status codes of requests that will be refused again: INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED. */
const lasting: readonly unknown[] = [3, 7, 16];

const askForRuns = <T>(ask: () => Promise<T>): Promise<T> =>
  askTemporal('list earlier runs', () =>
    ask().catch((error: unknown) => {
      const said = grpcErrorIn(error);
      if (said === null || !lasting.includes(said.code)) throw error;
      throw new HistoryUnreadable(`Temporal refused to list runs: ${said.details}`);
    }),
  );
