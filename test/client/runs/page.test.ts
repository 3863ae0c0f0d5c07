/** Pages of runs: each run once, by its latest attempt, and pages that are full while there are more. */
import { expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { type RunPage, runPageOf } from '../../../src/client/runs/page.js';

/** As Temporal lists them: the attempts of run `a` are `a2` and `a1`. */
const attempts = ['a3', 'a2', 'a1', 'b1', 'c2', 'c1', 'd1'];
const completed = 2;
const rawOf = (attempt: string) => ({
  execution: { workflowId: `train-and-deploy.${attempt.charAt(0)}`, runId: attempt },
  type: { name: 'trainAndDeploy' },
  ...{ taskQueue: 'pipelines', status: completed, historyLength: { toNumber: () => 1 } },
  startTime: msToTs(Number(attempt.charAt(1)) * 1_000),
  searchAttributes: { indexedFields: {} },
  memo: { fields: {} },
});

/** What visibility answers, by pages whose token is the number of what came before. */
const client = {
  options: {
    namespace: 'default',
    loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] },
  },
  workflowService: {
    listWorkflowExecutions: ({
      pageSize,
      nextPageToken,
    }: {
      pageSize: number;
      nextPageToken?: Uint8Array;
    }) => {
      const from = nextPageToken === undefined ? 0 : Number(Buffer.from(nextPageToken).toString());
      const to = from + pageSize;
      return Promise.resolve({
        executions: attempts.slice(from, to).map(rawOf),
        nextPageToken: to < attempts.length ? Buffer.from(String(to)) : new Uint8Array(),
      });
    },
  },
  workflow: {
    // eslint-disable-next-line @typescript-eslint/require-await -- a list of Temporal’s client is asynchronous
    list: async function* () {
      for (const attempt of attempts) {
        const { execution, startTime } = rawOf(attempt);
        yield { ...execution, startTime: new Date(Number(startTime.seconds) * 1_000) };
      }
    },
  },
} as unknown as Client; // what lists use of it

it('is full while there are more, and together the pages hold every run once', async () => {
  const pages: RunPage[] = [];
  let cursor: string | undefined;
  do {
    const page = await runPageOf(client, { latest: true }, { size: 2, cursor });
    pages.push(page);
    cursor = page.next;
  } while (cursor !== undefined);
  expect(pages.map(({ runs }) => runs.map(({ attemptId }) => attemptId))).toEqual([
    ['a3', 'b1'],
    ['c2', 'd1'],
  ]);
});

it('holds every attempt where those are asked for', async () => {
  const { runs, next } = await runPageOf(client, {}, { size: 10 });
  expect([runs.map(({ attemptId }) => attemptId), next]).toEqual([attempts, undefined]);
});
