/** Versions that steps of documents deploy, and what serves when they are taken back. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { documentIn } from '../support/documents.js';
import { created, fromNowOn } from '../support/ledger.js';
import { ask, running } from '../support/retraining.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

let stage: Stage;
let recorded: ReturnType<typeof fromNowOn>;
beforeAll(async () => {
  stage = await createStage({ world: new URL('../support/documents.yaml', import.meta.url).pathname });
  await stage.startWorker();
});
beforeEach(() => {
  recorded = fromNowOn(stage.simulator);
});
afterAll(() => stage.close());

interface Deploying {
  readonly modelApi: string;
  readonly restores?: boolean;
  /** Left out, it is not watched. */
  readonly watchFor?: string;
}

/** Trains and deploys a version, and watches it. */
async function start(key: string, { modelApi, restores, watchFor }: Deploying): Promise<string> {
  const { id: environment } = await ask<{ id: string }>(stage, '/v4/environments/defaultEnvironment');
  const project = 'ada/iris';
  const source = { file: 'predict.py', function: 'predict' };
  const job = '${{ steps.train }}';
  const deployment = '${{ steps.deploy }}';
  const steps = {
    train: { uses: 'job', with: { project, command: 'python train.py' } },
    deploy: { uses: 'deploy', with: { modelApi, project, job, environment, source, restores } },
    ...(watchFor !== undefined && {
      watch: { uses: 'watch', with: { modelApi, project, deployment, for: watchFor, failures: 2 } },
    }),
  };
  const { connection } = stage;
  const of = { longhaul: 'pipeline/v1', pipeline: 'mine', connection, steps };
  return (await stage.client.startPipeline(documentIn(JSON.stringify(of)), {}, { key })).runId;
}
const ended = (runId: string): Promise<Run> => stage.client.wait(runId, { timeoutMs: 90_000 });
const watching = (run: Run): boolean => statuses(run)['watch'] === 'waiting';

/** Lets the newest version fail while its run watches it. */
async function failing(runId: string): Promise<Run> {
  await until(stage.client, runId, watching);
  const [modelApiId] = created(recorded, 'modelApi');
  const versionId = created(recorded, 'modelApiVersion').at(-1);
  await stage.control('health', { modelApiId, versionId, status: 'Failed' });
  return ended(runId);
}

it('what served before is looked for where the deployment does not say it, and is said to serve again', async () => {
  const modelApi = 'plain-api';
  expect((await ended(await start('plain-1', { modelApi }))).status).toBe('succeeded');
  const run = await failing(await start('plain-2', { modelApi, watchFor: '60s' }));
  expect(run.failure).toMatchObject({
    code: 'DEPLOYMENT_TAKEN_BACK',
    message: 'version 2 is Failed; version 1 serves again',
  });
  expect(await running(stage, modelApi)).toEqual([1]);
});

it('a version that waited for its model is taken back to what was put live meanwhile', async () => {
  const modelApi = 'held-api';
  expect((await ended(await start('held-1', { modelApi, restores: true }))).status).toBe('succeeded');
  // The second run has the model, and its version comes only when the third one has looked what serves.
  await stage.inject({ endpoint: 'modelApis.createVersion', kind: 'lose-request', times: 4 });
  const second = await start('held-2', { modelApi, restores: true, watchFor: '3s' });
  await until(stage.client, second, (run) => statuses(run)['deploy'] === 'running');
  const third = await start('held-3', { modelApi, restores: true, watchFor: '60s' });
  await until(stage.client, third, (run) => statuses(run)['deploy'] === 'waiting');
  expect((await ended(second)).status).toBe('succeeded');
  const run = await failing(third);
  expect(run.failure?.message).toMatch(/^version 3 is Failed; version .* serves again$/);
  expect(await running(stage, modelApi)).toEqual([2]);
});
