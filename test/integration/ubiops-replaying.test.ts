/** Replays of what has failed on UbiOps. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { created, fromNowOn } from '../support/ledger.js';
import { statuses } from '../support/stage.js';
import {
  type UbiOpsStage,
  createUbiOpsStage,
  deployingEcho,
  settledRun,
  startOnUbiOps,
} from '../support/ubiops.js';

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

const settled = (runId: string): Promise<Run> => settledRun(stage, runId);
it('a replay of a deployment that was refused half-way adopts what was made', async () => {
  const refused = { kind: 'status', status: 400, body: { error: 'no room' }, times: 1_000 };
  await stage.tellUbiOps('faults', { endpoint: 'deploymentRevisions.upload', ...refused });
  const runId = await startOnUbiOps(stage, 'serve', deployingEcho('iris'));
  expect(await settled(runId)).toMatchObject({ failure: { code: 'REQUEST_REJECTED' } });
  await fetch(new URL('/_simulator/faults', stage.ubiops.url), { method: 'DELETE' });
  const plan = await stage.client.replays.plan({ runId });
  await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'there is room' });
  const run = await settled(runId);
  expect([run.status, run.failure, statuses(run)]).toEqual(['succeeded', undefined, { deploy: 'succeeded' }]);
  for (const kind of ['deployment', 'deploymentRevision'])
    expect([kind, created(ubiops, kind).length]).toEqual([kind, 1]);
});
