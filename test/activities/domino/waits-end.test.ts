/** How long waits go on: each try as a worker performs it, against the simulator over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { createHolds } from '../../../src/activities/effect/holds.js';
import { createModelApiActivities } from '../../../src/activities/domino/deployments/model-apis.js';
import { createWatchActivities } from '../../../src/activities/domino/deployments/watching.js';
import { type Setting, inTry, openSetting } from '../retraining-stage.js';

const hourMs = 3_600_000;

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

/** One try so long after the activity was scheduled. */
const after = <T>(elapsedMs: number, perform: () => Promise<T>, client?: Client): Promise<unknown> =>
  inTry({ number: 900, elapsedMs, client }, perform);

const deployed = async () => {
  const { modelApiId, versionId } = await setting.deploy();
  const deployment = { modelApiId, versionId, number: 1, previousVersionId: null, modelApiCreated: true };
  return { ...deployment, link: 'link', predictUrl: 'url' };
};
const become = async (
  status: string,
  { modelApiId, versionId }: { modelApiId: string; versionId: string },
) => {
  expect((await setting.post('/_simulator/health', { modelApiId, versionId, status })).status).toBe(200);
};

describe('a watch of three days', () => {
  it('goes on after two, and succeeds at its end', async () => {
    const { watchModelApiVersion } = createWatchActivities(setting.deps);
    const deployment = await deployed();
    const watch = () =>
      watchModelApiVersion({ connection: 'domino-test', deployment, forMs: 72 * hourMs, failures: 3 });
    expect(await after(71 * hourMs, watch)).toBe('STILL_WAITING');
    expect(await after(72 * hourMs, watch)).toMatchObject({ well: true });
  });
});

describe('a version that may take three days until it serves', () => {
  it('is waited for so long, and has failed then', async () => {
    const holds = { ensureHold: () => Promise.resolve(), createAlone: () => Promise.reject(new Error('no')) };
    const { awaitModelApiVersion } = createModelApiActivities(setting.deps, holds);
    const deployment = await deployed();
    await become('Unreachable', deployment);
    const waiting = { connection: 'domino-test', deployment };
    const wait = () => awaitModelApiVersion({ ...waiting, withinMs: 72 * hourMs });
    expect(await after(71 * hourMs, wait)).toBe('STILL_WAITING');
    expect(await after(72 * hourMs, wait)).toBe('DEPLOYMENT_FAILED');
    expect(await after(48 * hourMs, () => awaitModelApiVersion(waiting))).toBe('WAIT_EXPIRED');
  });
});

describe('a run that waits for a model', () => {
  it('waits for as long as the run that has it trains', async () => {
    const { awaitHold } = createHolds(setting.deps, () => Promise.resolve());
    const startedAt = new Date(Date.now() - 240 * hourMs).toISOString();
    const asked = { connection: 'domino-test', hold: { key: 'k' }, whenBusy: 'wait', startedAt } as const;
    const wait = () => awaitHold({ ...asked, runId: 'retrain.mine' });
    expect(await after(200 * hourMs, wait, temporalIn('retrain.other'))).toBe('STILL_WAITING');
  });
});

/** A Temporal in which a run has the hold and goes on. */
function temporalIn(holder: string): Client {
  const open = { status: { name: 'RUNNING' }, startTime: new Date(), memo: { runId: holder } };
  const isOpen = Object.assign(new Error('it is open'), { code: 6, details: '', metadata: {} });
  const parts = {
    options: { namespace: 'test', identity: 'test' },
    workflowService: { startWorkflowExecution: () => Promise.reject(isOpen) },
    workflow: { getHandle: () => ({ describe: () => Promise.resolve(open) }) },
  };
  return parts as unknown as Client; // of all of it, what a hold asks
}
