/** Creations on a platform whose answers get lost, whose lists lag behind, and which others use at the same time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PipelineInput, Run } from '../../src/client.js';
import type { Doubt } from '../../src/run/undoing/effects.js';
import { makeProjectAnew, startJobs } from '../support/by-hand.js';
import { calls, created, fromNowOn } from '../support/ledger.js';
import { type Stage, createStage, fullInput } from '../support/stage.js';

/** So many milliseconds ago there was nothing yet. */
const beforeTheRun = 600_000;

/** One worker for all: the tests tell their objects apart by names, and each reads what was recorded in its time. */
let stage: Stage;
let recorded: ReturnType<typeof fromNowOn>;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
});
beforeEach(() => {
  recorded = fromNowOn(stage.simulator);
});
afterEach(() => stage.heal());
afterAll(() => stage.close());

type Input = PipelineInput<'train-and-deploy'>;

const training = (): Input => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});

const start = async (input: Input, key: string): Promise<string> =>
  (await stage.client.start('train-and-deploy', input, { key })).runId;

async function succeeded(runId: string): Promise<Run> {
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  return run;
}

const perform = async (input: Input, key: string): Promise<Run> => succeeded(await start(input, key));

const outputOf = (run: Run, step: string): Doubt | null => {
  const state = run.steps.find(({ name }) => name === step)?.state;
  return state?.status === 'succeeded' ? (state.output as Doubt) : null; // of a creation
};

const stopped = (): number => calls(stage.simulator, 'jobs.stop');

async function until(holds: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 40_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 20)))
    if (Date.now() > endMs) throw new Error('it did not come to that in 40 s');
}

describe('a job whose answer is lost', () => {
  // Stages of their own: these tests start jobs by the hundred.
  let shared: Stage;
  beforeEach(() => {
    shared = stage;
  });
  afterEach(async () => {
    await stage.close();
    stage = shared;
  });

  it('is adopted and not stopped, although new jobs move it to a second page while it is looked for', async () => {
    stage = await createStage({
      settings: { waits: { firstLookMs: 100, lastLookMs: 500, settleMs: 3_000 } },
    });
    await stage.startWorker();
    await stage.inject({ endpoint: 'jobs.start', kind: 'lose-answer' });
    await stage.inject({ endpoint: 'jobs.list', kind: 'page-shift', items: 'twice', count: 20, times: 50 });
    const runId = await start(training(), 'shifted');
    await until(() => created(stage.simulator, 'job').length === 1);
    const [own] = created(stage.simulator, 'job');
    await startJobs(stage.simulator, 99);

    const run = await succeeded(runId);
    expect(run.result).toMatchObject({ job: { jobId: own, inDoubt: true } });
    expect({ jobs: created(stage.simulator, 'job').length, stopped: stopped() }).toEqual({
      jobs: 100,
      stopped: 0,
    });
  });

  it('is found behind 310 others that were started while its worker was gone', async () => {
    stage = await createStage();
    await stage.startWorker();
    await stage.inject({ endpoint: 'jobs.start', kind: 'lose-answer' });
    const runId = await start(training(), 'buried');
    await until(() => created(stage.simulator, 'job').length === 1);
    await stage.killWorkers();
    const [own] = created(stage.simulator, 'job');
    await startJobs(stage.simulator, 310);
    await stage.startWorker();

    expect((await succeeded(runId)).result).toMatchObject({ job: { jobId: own } });
    expect(created(stage.simulator, 'job')).toHaveLength(311);
  });
});

describe('a creation that may have been sent', () => {
  it.each([
    ['408', { status: 408, body: { error: 'timeout' } }],
    ['403 as a page of a proxy', { status: 403, body: '<html>rate limit exceeded</html>' }],
    ['404 as text of an ingress', { status: 404, body: 'default backend - 404' }],
    ['a redirect to a login', { status: 302, headers: { location: 'https://login.example' } }],
  ])('is looked for until it shows up when it was answered with %s', async (_, answer) => {
    await stage.inject({ endpoint: 'environments.create', kind: 'status', carryOut: true, ...answer });
    await stage.inject({ endpoint: 'environments.listOwn', kind: 'stale', ms: beforeTheRun, times: 4 });
    const input = {
      ...training(),
      environment: { name: `late-${answer.status}`, base: { image: 'base:1' } },
    };

    const run = await perform(input, `ambiguous-${answer.status}`);
    expect(outputOf(run, 'environment')).toMatchObject({ created: true, inDoubt: true });
    expect(created(recorded, 'environment')).toHaveLength(1);
  });

  it('is looked for until it shows up when its worker died, although the try before it was throttled', async () => {
    const throttled = { status: 429, headers: { 'retry-after': '1' }, body: { errors: ['slow down'] } };
    await stage.inject({ endpoint: 'environments.create', kind: 'status', ...throttled });
    await stage.inject({ endpoint: 'environments.create', kind: 'hold-answer', occurrence: 2, ms: 60_000 });
    const input = { ...training(), environment: { name: 'late-killed', base: { image: 'base:1' } } };
    const runId = await start(input, 'killed');
    await until(() => created(recorded, 'environment').length === 1);
    await stage.killWorkers();
    await stage.inject({ endpoint: 'environments.listOwn', kind: 'stale', ms: beforeTheRun, times: 3 });
    await stage.startWorker();

    await succeeded(runId);
    expect(created(recorded, 'environment')).toHaveLength(1);
  });

  it('is not in doubt when it was sent once and answered', async () => {
    const run = await perform(fullInput(stage.connection), 'calm');
    for (const step of ['environment', 'revision', 'train', 'register', 'deploy'])
      expect({ step, output: outputOf(run, step) }).not.toMatchObject({ output: { inDoubt: true } });
  });

  it('is registered once, although the registry does not show the model when it is registered again', async () => {
    await stage.inject({ endpoint: 'registeredModels.register', kind: 'lose-answer' });
    await stage.inject({ endpoint: 'registeredModels.get', kind: 'stale', ms: beforeTheRun, times: 6 });
    const run = await perform({ ...training(), register: { model: 'unseen' } }, 'unseen');
    expect(outputOf(run, 'register')).toMatchObject({ model: 'unseen', version: 1, inDoubt: true });
    expect(created(recorded, 'modelVersion')).toEqual(['unseen/1']);
    expect(calls(recorded, 'registeredModels.register')).toBe(2);
  });
});

describe('a model that the registry does not find for a moment', () => {
  it('is not made anew: what refuses that is looked at again', async () => {
    await perform({ ...training(), register: { model: 'known' } }, 'known-1');
    const body = { error: 'No registered model has this name' };
    await stage.inject({ endpoint: 'registeredModels.get', kind: 'status', status: 404, body });
    const train = { command: 'python train.py 2' };
    const run = await perform({ ...training(), train, register: { model: 'known' } }, 'known-2');
    expect(outputOf(run, 'register')).toMatchObject({ model: 'known', version: 2 });
    expect(created(recorded, 'modelVersion')).toEqual(['known/1', 'known/2']);
  });
});

describe('a creation that is refused', () => {
  it('is not sent again when another look does not show what may have been the reason', async () => {
    const body = { errors: ['The name is not allowed'] };
    await stage.inject({ endpoint: 'environments.create', kind: 'status', status: 400, body, times: 9 });
    const input = { ...training(), environment: { name: 'refused', base: { image: 'base:1' } } };
    const run = await stage.client.wait(await start(input, 'refused'), { timeoutMs: 90_000 });
    expect(run).toMatchObject({
      status: 'failed',
      failure: { code: 'REQUEST_REJECTED', step: 'environment' },
    });
    expect(run.failure?.message).toContain('The name is not allowed');
    expect(calls(recorded, 'environments.create')).toBe(1);
  });
});

describe('runs that share a name', () => {
  it('make its environment once, and all of them adopt it', async () => {
    const input = { ...training(), environment: { name: 'shared', base: { image: 'base:1' } } };
    const keys = ['a', 'b', 'c', 'd'];
    await stage.inject({ endpoint: 'environments.listOwn', kind: 'stale', ms: 800, times: 1_000 });
    const runIds = await Promise.all(keys.map((key) => start(input, `shared-${key}`)));
    const runs = await Promise.all(runIds.map(succeeded));
    const [made] = created(recorded, 'environment');
    expect(created(recorded, 'environment')).toHaveLength(1);
    expect(runs.map((run) => outputOf(run, 'environment'))).toMatchObject(
      keys.map(() => ({ environmentId: made })),
    );
  });

  it('make its model API once, and each adds a version to it', async () => {
    const keys = ['a', 'b', 'c'];
    await stage.inject({ endpoint: 'modelApis.list', kind: 'stale', ms: 800, times: 1_000 });
    const { gate: _gate, ...rest } = fullInput(stage.connection);
    const environment = { name: 'serving', base: { image: 'base:1' } };
    const input = { ...rest, environment, deploy: { modelApi: 'shared-api' } };
    const runIds = await Promise.all(
      keys.map((key) => start({ ...input, register: { model: `model-${key}` } }, `api-${key}`)),
    );
    // The version that comes to serve replaces the others, so their runs may fail.
    await Promise.all(runIds.map((runId) => stage.client.wait(runId, { timeoutMs: 90_000 })));
    expect(created(recorded, 'modelApi')).toHaveLength(1);
    expect(created(recorded, 'modelApiVersion')).toHaveLength(3);
  });
});

describe('what is read under a name', () => {
  it('is read again: jobs start in the project that has it now', async () => {
    const first = await perform(training(), 'first');
    const anew = await makeProjectAnew(stage.simulator);
    const second = await perform(training(), 'second');
    expect(first.result).not.toMatchObject({ job: { projectId: anew } });
    expect(second.result).toMatchObject({ job: { projectId: anew } });
  });
});

describe('a revision', () => {
  const withDockerfile = (name: string, dockerfile: string): Input => ({
    ...training(),
    environment: { name, base: { image: 'base:1' } },
    revision: { dockerfile },
  });

  it('is built once for each content, in whatever order the contents come', async () => {
    const revisions: unknown[] = [];
    for (const [at, dockerfile] of ['RUN a', 'RUN b', 'RUN a', 'RUN b'].entries()) {
      const run = await perform(withDockerfile('ordered', dockerfile), `order-${at}`);
      revisions.push(run.result);
    }
    const [a, b] = created(recorded, 'revision');
    expect(created(recorded, 'revision')).toHaveLength(2);
    expect(revisions).toMatchObject(
      [a, b, a, b].map((id) => ({ revision: { id }, job: { revisionId: id } })),
    );
  });

  it('is built once for four runs that add the same content at once', async () => {
    await perform(withDockerfile('at-once', 'RUN a'), 'before');
    await stage.inject({ endpoint: 'environments.details', kind: 'stale', ms: 800, times: 1_000 });
    const keys = ['a', 'b', 'c', 'd'];
    const runIds = await Promise.all(
      keys.map((key) => start(withDockerfile('at-once', 'RUN b'), `at-once-${key}`)),
    );
    const runs = await Promise.all(runIds.map(succeeded));
    const [, b] = created(recorded, 'revision');
    expect(created(recorded, 'revision')).toHaveLength(2);
    expect(runs.map(({ result }) => result)).toMatchObject(keys.map(() => ({ revision: { id: b } })));
  });

  it('is found behind eleven others that are built', async () => {
    const contents = Array.from({ length: 12 }, (_, at) => `RUN ${at}`);
    for (const [at, dockerfile] of contents.entries())
      await perform(withDockerfile('many', dockerfile), `many-${at}`);
    const run = await perform(withDockerfile('many', 'RUN 0'), 'again');
    expect(run.result).toMatchObject({ revision: { id: created(recorded, 'revision')[0] } });
    expect(created(recorded, 'revision')).toHaveLength(12);
  });

  it('is the same for the same instructions, whatever the ends of their lines', async () => {
    await perform(withDockerfile('lines', 'RUN a\nRUN b'), 'unix');
    await perform(withDockerfile('lines', 'RUN a\r\nRUN b\r\n'), 'windows');
    expect(created(recorded, 'revision')).toHaveLength(1);
    const again = await stage.client.start('train-and-deploy', withDockerfile('lines', 'RUN a\r\nRUN b'), {
      key: 'unix',
    });
    expect(again.created).toBe(false);
  });
});
