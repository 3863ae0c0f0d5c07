/** The documents of examples/pipelines that act on UbiOps, run as they stand on the simulators. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { documentIn } from '../support/documents.js';
import { created, fromNowOn } from '../support/ledger.js';
import { statuses } from '../support/stage.js';
import { type UbiOpsStage, createUbiOpsStage } from '../support/ubiops.js';

const world = new URL('../support/ubiops-domino.yaml', import.meta.url).pathname;
let stage: UbiOpsStage;

beforeAll(async () => {
  stage = await createUbiOpsStage({}, { world });
  await stage.startWorker();
});
afterAll(() => stage.close());

const example = (name: string) =>
  documentIn(readFileSync(new URL(`../../examples/pipelines/${name}.yaml`, import.meta.url), 'utf8'));

async function ended(runId: string, status: Run['status']): Promise<Run> {
  const run = await stage.client.wait(runId, { timeoutMs: 120_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({
    ...{ status, failure: status === 'succeeded' ? undefined : (expect.anything() as unknown) },
  });
  return run;
}

it('train-domino-serve-ubiops trains on one platform, serves on the other, and has one plan and one replay', async () => {
  const body = { error: 'no instances of this type can be started at this moment' };
  await stage.tellUbiOps('faults', { endpoint: 'versions.create', kind: 'status', status: 400, body });
  const { runId } = await stage.client.startPipeline(example('train-domino-serve-ubiops'), {});
  const failed = await ended(runId, 'failed');
  expect(statuses(failed)).toEqual({
    ...{ train: 'succeeded', gate: 'succeeded', register: 'succeeded', deploy: 'failed' },
  });
  const plan = await stage.client.replays.plan({ runId });
  expect(plan.steps.map(({ name, action }) => `${name} ${action}`)).toEqual([
    ...['train reused', 'gate reused', 'register reused', 'deploy run'],
  ]);
  expect(plan.steps.at(-1)?.calls).toEqual([{ endpoint: 'versions.create', on: 'iris' }]);

  const [domino, ubiops] = [fromNowOn(stage.simulator), fromNowOn(stage.ubiops)];
  await stage.client.replays.apply({ runId }, { plan: plan.hash, by: 'ada', reason: 'there are instances' });
  const run = await ended(runId, 'succeeded');
  const version = expect.stringMatching(/^lh-/) as unknown;
  expect(run.result).toEqual({
    outputs: { model: 'iris-thresholds', modelVersion: 1, accuracy: 0.96, deployment: 'iris', version },
  });
  expect(created(domino, 'job')).toEqual([]);
  expect(created(ubiops, 'deployment')).toEqual([]);
  expect(created(ubiops, 'deploymentVersion')).toHaveLength(1);
  expect(created(ubiops, 'deploymentRevision')).toHaveLength(1);
  expect(created(ubiops, 'environmentVariable')).toHaveLength(4);
});

it('train-and-deploy-ubiops builds, trains, judges and deploys, and makes only what is new the next time', async () => {
  for (const name of ['train.py', '2026-11.csv']) await stage.addFile('churn', `churn/${name}`, name);
  const start = async (input: object) => {
    const data = 'ubiops-file://default/churn/2026-11.csv';
    return (await stage.client.startPipeline(example('train-and-deploy-ubiops'), { data, ...input })).runId;
  };
  const first = await ended(await start({}), 'succeeded');
  const artifact = 'ubiops-file://default/churn/model.pkl';
  const version = expect.stringMatching(/^lh-/) as unknown;
  expect(first.result).toEqual({ outputs: { auc: 0.83, artifact, version } });

  const ubiops = fromNowOn(stage.ubiops);
  await ended(await start({ depth: 5 }), 'succeeded');
  expect(
    ubiops
      .ledger()
      .flatMap(({ effects }) => effects.map(({ kind }) => kind))
      .sort(),
  ).toEqual(
    // Another run, named by the version; environment and experiment are there.
    expect.arrayContaining(['deploymentRequest', 'deploymentVersion', 'deploymentRevision']),
  );
  expect(created(ubiops, 'environmentBuild')).toEqual([]);
  expect(created(ubiops, 'deploymentRequest')).toHaveLength(1);

  const bad = await ended(await start({ depth: 20 }), 'failed');
  expect(bad.failure).toMatchObject({
    code: 'JOB_FAILED',
    message: expect.stringContaining('MemoryError: unable to allocate 3.1 GiB') as unknown,
  });
  const refused = await ended(await start({ least: 0.9 }), 'failed');
  expect([refused.failure?.code, statuses(refused)['deploy']]).toEqual(['GATE_REFUSED', 'skipped']);
});
