/** What a run on UbiOps has begun without having read its id is found again: by its replay, and by its cancellation. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { Run } from '../../src/client.js';
import { eventually } from '../support/eventually.js';
import { created, fromNowOn } from '../support/ledger.js';
import { statuses, until } from '../support/stage.js';
import {
  type UbiOpsStage,
  createUbiOpsStage,
  deployingEcho,
  settledRun,
  startOnUbiOps,
} from '../support/ubiops.js';

const asking =
  '  ask: { uses: request, with: { project: iris, deployment: echo, data: { text: slow }, marker: text } }\n';

let stage: UbiOpsStage;
let ubiops: ReturnType<typeof fromNowOn>;
beforeAll(async () => {
  stage = await createUbiOpsStage();
  await stage.startWorker();
  await settled(await start('serve', deployingEcho('first')));
});
beforeEach(async () => {
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
  ubiops = fromNowOn(stage.ubiops);
});
afterAll(() => stage.close());

const start = (name: string, steps: string): Promise<string> => startOnUbiOps(stage, name, steps);
const settled = (runId: string): Promise<Run> => settledRun(stage, runId);
/** Ends the run so that it can say nothing any more. */
async function terminate(runId: string): Promise<void> {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  await new Client({ connection, namespace: stage.namespace }).workflow.getHandle(runId).terminate('gone');
  await connection.close();
}
const jobOf = (run: Run): unknown =>
  run.steps.flatMap(({ references }) => references).find(({ kind }) => kind === 'job')?.id;
const requests = () => created(ubiops, 'deploymentRequest');

it('a request without a version is found where it was sent, although another version serves by then', async () => {
  await stage.tellUbiOps('faults', {
    endpoint: 'versionRequests.createBatch',
    kind: 'hold-answer',
    ms: 30_000,
  });
  const runId = await start('moved', asking);
  await eventually(() => requests().length === 1);
  await stage.killWorkers();
  await terminate(runId);
  await stage.startWorker();
  await settled(await start('serve', deployingEcho('second')));
  const again = await stage.client.replays.plan({ runId });
  await stage.client.replays.apply({ runId }, { plan: again.hash, by: 'ada', reason: 'cut off' });
  const run = await until(stage.client, runId, (one) => statuses(one)['ask'] === 'waiting');
  expect(requests()).toHaveLength(1);
  expect(jobOf(run)).toMatch(new RegExp(`${requests()[0]}$`));
  await stage.client.cancel(runId, { reason: 'enough' });
  expect(await settled(runId)).toMatchObject({ cleanup: { undone: [{ kind: 'job' }], leftBehind: [] } });
});

const building = (name: string) => `
  environment: { uses: environment, with: { project: iris, name: ${name}, base: python3-12 } }
  revision:
    uses: revision
    with: { environment: '\${{ steps.environment }}', files: { requirements.txt: 'numpy==2.0.0' } }
  build: { uses: build, with: { revision: '\${{ steps.revision }}' } }
`;

it('a build whose worker dies before its answer, and whose run is cancelled then, is cancelled', async () => {
  await stage.tellUbiOps('clock', { speed: 0.1 });
  await stage.tellUbiOps('faults', { endpoint: 'revisions.upload', kind: 'hold-answer', ms: 30_000 });
  const runId = await start('cut-off', building('cut-off'));
  await eventually(() => created(ubiops, 'environmentRevision').length === 1);
  await stage.killWorkers();
  await stage.client.cancel(runId, { reason: 'wrong files' });
  await stage.startWorker();
  const run = await settled(runId);
  await stage.tellUbiOps('clock', { speed: 120 });
  expect(run).toMatchObject({
    ...{ status: 'cancelled' },
    cleanup: { undone: [{ kind: 'build' }], leftBehind: [] },
  });
});
