/** Many trainings on UbiOps with lost answers, and replays of what has failed there. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { documentIn } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { calls, created, fromNowOn } from '../support/ledger.js';
import { statuses, until } from '../support/stage.js';
import { type UbiOpsStage, createUbiOpsStage } from '../support/ubiops.js';

let stage: UbiOpsStage;
let ubiops: ReturnType<typeof fromNowOn>;
beforeAll(async () => {
  stage = await createUbiOpsStage();
  await stage.startWorker();
});
beforeEach(async () => {
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
  await stage.tellUbiOps('clock', { speed: 120 });
  ubiops = fromNowOn(stage.ubiops);
});
afterAll(() => stage.close());

const start = async (text: string, input: object = {}): Promise<string> =>
  (await stage.client.startPipeline(documentIn(text), input)).runId;
async function settled(runId: string): Promise<Run> {
  await stage.client.wait(runId, { timeoutMs: 60_000 });
  await eventually(async () => (await stage.client.get(runId)).cleanup?.afterwards !== 'going-on');
  return stage.client.get(runId);
}
const openRuns = async (experiment: string): Promise<number> => {
  const at = `/v2.1/projects/churn/deployments/training-base-deployment/versions/${experiment}/requests`;
  const count = async (status: string) => {
    const answer = await fetch(new URL(`${at}?status=${status}&limit=100`, stage.ubiops.url), {
      headers: { authorization: `Token ${stage.ubiops.apiKey}` },
    });
    return ((await answer.json()) as unknown[]).length;
  };
  return (await count('pending')) + (await count('processing'));
};

it('twenty trainings with one answer in ten lost and a worker that dies are sent once each, and all cancelled', async () => {
  for (const requests of ['reads', 'writes'] as const)
    await stage.tellUbiOps('faults', {
      ...{ endpoint: '*', kind: 'lose-answer', probability: 0.1, seed: 11, requests },
    });
  const runId = await start(`
longhaul: pipeline/v1
pipeline: sweep
connection: ubiops-dev
steps:
  train:
    uses: training-run
    each: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 30]
    with:
      project: churn
      experiment: sweep
      environment: python3-12
      code: ubiops-file://default/train.py
      parameters: { depth: '\${{ item }}' }
`);
  await eventually(() => created(ubiops, 'deploymentRequest').length >= 6);
  await stage.tellUbiOps('clock', { speed: 0.1 });
  await stage.killWorkers();
  await stage.startWorker();
  const items = (run: Run) => run.steps.filter(({ item }) => item !== undefined);
  const isSent = ({ references }: Run['steps'][number]) => references.some(({ kind }) => kind === 'job');
  const sent = await until(stage.client, runId, (run) => items(run).filter(isSent).length === 20);
  expect(created(ubiops, 'deploymentRequest')).toHaveLength(20);
  const goingOn = items(sent).filter(({ state }) => state.status !== 'succeeded');
  await stage.client.cancel(runId, { reason: 'enough' });
  await eventually(() => calls(ubiops, 'versionRequests.update') >= goingOn.length);
  await stage.tellUbiOps('clock', { speed: 120 });
  const run = await settled(runId);
  expect(run.cleanup?.leftBehind).toEqual([]);
  expect(run.cleanup?.undone).toHaveLength(goingOn.length);
  expect(await openRuns('sweep')).toBe(0);
});

it('a replay of a deployment that was refused half-way adopts what was made', async () => {
  const refused = { kind: 'status', status: 400, body: { error: 'no room' }, times: 1_000 };
  await stage.tellUbiOps('faults', { endpoint: 'deploymentRevisions.upload', ...refused });
  const runId = await start(`
longhaul: pipeline/v1
pipeline: serve
connection: ubiops-dev
steps:
  deploy:
    uses: deployment
    with:
      project: iris
      deployment: echo
      input: { text: string }
      output: { text: string }
      environment: python3-12
      files: { deployment.py: 'class Deployment: pass' }
      variables: { MODEL: iris }
`);
  expect(await settled(runId)).toMatchObject({ failure: { code: 'REQUEST_REJECTED' } });
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
  const plan = await stage.client.replays.plan({ runId });
  await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'there is room' });
  const run = await settled(runId);
  expect([run.status, run.failure, statuses(run)]).toEqual(['succeeded', undefined, { deploy: 'succeeded' }]);
  for (const kind of ['deployment', 'deploymentRevision'])
    expect([kind, created(ubiops, kind).length]).toEqual([kind, 1]);
});
