/** `build-environment` on both platforms, on a real Temporal server, with faults and killed workers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PipelineInput } from '../../src/client.js';
import { type Simulator, createSimulator } from '../../src/simulator/index.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

type Input = PipelineInput<'build-environment'>;

const files = { 'requirements.txt': 'pandas==2.2.3\n' };
const onUbiOps: Input = {
  connection: 'ubiops-test',
  project: 'iris',
  environment: { name: 'training', base: { environment: 'python3-12' } },
  revision: { files },
};
const onDomino: Input = {
  connection: 'domino-test',
  environment: { name: 'training', base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: 'RUN pip install pandas' },
};

let stage: Stage;
let domino: Simulator;
const open = async (dialect: 'v2.1' | 'v2') => {
  domino = await createSimulator({ speed: 120, seed: 7 });
  stage = await createStage({
    ...{ platform: 'ubiops', dialect, connection: 'ubiops-test' },
    connections: {
      'domino-test': { platform: 'domino', url: domino.url, apiKey: { env: 'DOMINO_KEY' } },
    },
    env: { DOMINO_KEY: domino.apiKey },
  });
  await stage.startWorker();
};
const close = async () => {
  await stage.close();
  await domino.close();
};

const start = async (input: Input, key: string) =>
  (await stage.client.start('build-environment', input, { key })).runId;
const end = async (input: Input, key: string) =>
  stage.client.wait(await start(input, key), { timeoutMs: 90_000 });

describe('on both platforms', () => {
  beforeAll(() => open('v2.1'));
  afterAll(close);

  it.each([
    ['Domino', onDomino],
    ['UbiOps', onUbiOps],
  ])('the same pipeline builds an environment of %s, and a second run reuses it', async (which, input) => {
    const first = await end(input, `first-${which}`);
    expect({ status: first.status, failure: first.failure }).toEqual({ status: 'succeeded' });
    expect(first.result).toMatchObject({ environment: { name: 'training', created: true }, reused: false });
    const again = await end(input, `again-${which}`);
    expect(again.status).toBe('succeeded');
    expect(again.result).toMatchObject({
      environment: { created: false },
      build: { id: (first.result as { build: { id: string } }).build.id },
      reused: true,
      conclusion: expect.stringContaining('nothing was built'),
    });
  });

  it('is refused before anything is made where the input is of the other platform', async () => {
    await expect(start({ ...onDomino, connection: 'ubiops-test' }, 'other')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('revision.dockerfile: is for Domino, and the connection is of UbiOps'),
    });
    await expect(start({ ...onUbiOps, platform: 'domino' }, 'said')).rejects.toMatchObject({
      message: expect.stringContaining('platform: must be "ubiops"'),
    });
  });

  it('is looked up before anything is made', async () => {
    const input = { ...onUbiOps, environment: { name: 'new', base: { environment: 'python2' } } };
    const dry = await stage.client.dryRun('build-environment', input);
    expect(dry.findings).toMatchObject([
      { field: 'project', verdict: 'found' },
      { field: 'environment.base.environment', verdict: 'missing' },
    ]);
    const run = await end(input, 'nowhere');
    expect(run.failure?.message).toContain('there is no environment "python2"');
  });

  it('fails with the message and the log of the build', async () => {
    const revision = { files: { 'requirements.txt': 'does-not-exist==1\n' } };
    const run = await end(
      { ...onUbiOps, revision, environment: { ...onUbiOps.environment, name: 'bad' } },
      'bad',
    );
    expect(run).toMatchObject({ status: 'failed', failure: { code: 'BUILD_FAILED' } });
    expect(run.failure?.message).toContain('No matching distribution found for does-not-exist');
  });

  it('cancels the build with the run, and deletes with cleanup what nothing uses', async () => {
    await stage.control('clock', { speed: 1 });
    const input = { ...onUbiOps, cleanup: true, environment: { ...onUbiOps.environment, name: 'gone' } };
    const runId = await start(input, 'cancelled');
    await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
    await stage.client.cancel(runId, { reason: 'wrong packages' });
    const run = await stage.client.wait(runId, { timeoutMs: 60_000 });
    await stage.control('clock', { speed: 120 });
    expect(run.status).toBe('cancelled');
    expect(run.cleanup?.undone.map(({ kind }) => kind).toSorted()).toEqual(['build', 'environment']);
  });

  it('leaves an environment with cleanup that another run has taken over and does not use yet', async () => {
    await stage.control('clock', { speed: 1 });
    const input = { ...onUbiOps, environment: { ...onUbiOps.environment, name: 'shared' } };
    const maker = await start({ ...input, cleanup: true }, 'maker');
    await until(stage.client, maker, (run) => statuses(run)['build'] === 'waiting');
    const taker = await start(input, 'taker');
    await until(stage.client, taker, (run) => statuses(run)['build'] === 'waiting');
    await stage.client.cancel(maker, { reason: 'wrong packages' });
    const { cleanup } = await stage.client.wait(maker, { timeoutMs: 60_000 });
    await stage.control('clock', { speed: 120 });
    expect(cleanup?.leftBehind).toEqual([
      { kind: 'environment', id: 'shared', reason: `${taker} has taken it over`, lasting: true },
    ]);
    const { status, failure } = await stage.client.wait(taker, { timeoutMs: 90_000 });
    expect({ status, failure }).toEqual({ status: 'succeeded' });
  });
});

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  beforeEach(() => open(dialect));
  afterEach(close);

  const revisions = dialect === 'v2' ? 'environmentTag' : 'environmentRevision';
  const counts = () =>
    ['environment', revisions, 'environmentBuild'].map((kind) => created(stage.simulator, kind).length);
  const creations = [
    ['environments.create', 'environment'],
    [dialect === 'v2' ? 'tags.build' : 'revisions.upload', 'environmentBuild'],
  ] as const;

  it.each(creations)('%s: an answer that is lost after the commit is adopted', async (endpoint, kind) => {
    await stage.inject({ endpoint, kind: 'lose-answer' });
    const run = await end(onUbiOps, 'lost');
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(counts()).toEqual([1, 1, 1]);
    expect(created(stage.simulator, kind)).toHaveLength(1);
  });

  it.each(creations)('%s: what a killed worker has made is adopted', async (endpoint, kind) => {
    await stage.inject({ endpoint, kind: 'hold-answer', ms: 60_000 });
    const runId = await start(onUbiOps, 'killed');
    for (let looks = 0; created(stage.simulator, kind).length === 0 && looks < 600; looks += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await stage.killWorkers();
    await stage.startWorker();
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    expect(counts()).toEqual([1, 1, 1]);
  });

  it('a replay of a failed build plans and makes another revision once its cause is gone', async () => {
    const bad = { ...onUbiOps, revision: { files: { 'requirements.txt': 'does-not-exist==1\n' } } };
    const failed = await end(bad, 'replayed');
    expect(failed.status).toBe('failed');
    const request = { runId: failed.runId, set: { 'revision.files': files } };
    const plan = await stage.client.replays.plan(request);
    expect(plan.steps.map(({ name, action }) => `${name}: ${action}`)).toMatchObject([
      'environment: reused',
      'revision: run',
      'build: run',
    ]);
    await stage.client.replays.apply(request, {
      plan: plan.hash,
      by: 'ada',
      reason: 'a version that exists',
    });
    const run = await stage.client.wait(failed.runId, { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  });
});
