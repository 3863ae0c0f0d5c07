/** Lists as some platforms give them: in shorter pages than asked for, by a filter that means less. */
import { afterEach, expect, it } from '@jest/globals';
import type { PipelineInput, Run } from '../../src/client.js';
import { type Answered, type Change, type Passing, withFields } from '../support/between.js';
import { startJobs } from '../support/by-hand.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { ask } from '../support/retraining.js';
import { type Stage, createStage, fullInput } from '../support/stage.js';

let stage: Stage;
afterEach(() => stage.close());

async function open(between: Change): Promise<void> {
  stage = await createStage({ between });
  await stage.startWorker();
}

const start = async (input: PipelineInput<'train-and-deploy'>, key: string): Promise<string> =>
  (await stage.client.start('train-and-deploy', input, { key })).runId;

async function succeeded(runId: string): Promise<Run> {
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  return run;
}

/** Of a list that pages by offset: no more items than this, whatever is asked for, and not a word about it. */
const capped =
  (cap: number): Change =>
  async (passing, forward) => {
    const { url } = passing;
    if (passing.method !== 'GET' || !url.searchParams.has('limit')) return forward(passing);
    const limit = Math.min(cap, Number(url.searchParams.get('limit')));
    const asked = new URL(url);
    asked.searchParams.set('limit', String(limit));
    return withFields(
      await forward({ ...passing, url: asked }),
      ({ metadata: _, ...fields }: Listed) => fields,
    );
  };

type Listed = Readonly<Record<string, unknown>>;

/** A filter by name that means the whole name, and not a regular expression. */
const literalNames: Change = async (passing: Passing, forward): Promise<Answered> => {
  const name = passing.url.searchParams.get('name');
  if (name === null || !passing.url.pathname.endsWith('/modelApis')) return forward(passing);
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  passing.url.searchParams.set('name', `^${escaped}$`);
  return forward(passing);
};

it('a job whose answer was lost is found behind 60 others in a list that comes in pages of 25', async () => {
  await open(capped(25));
  await stage.inject({ endpoint: 'jobs.start', kind: 'lose-answer' });
  const { connection } = stage;
  const runId = await start(
    { connection, project: 'ada/iris', train: { command: 'python train.py' } },
    'lost',
  );
  await eventually(() => created(stage.simulator, 'job').length === 1);
  await stage.killWorkers();
  await startJobs(stage.simulator, 60);
  await stage.startWorker();

  const [own] = created(stage.simulator, 'job');
  expect((await succeeded(runId)).result).toMatchObject({ job: { jobId: own } });
  expect(created(stage.simulator, 'job')).toHaveLength(61);
});

it.each<[string, Change]>([
  ['give one item at a time', capped(1)],
  ['filter by a whole name', literalNames],
])(
  'two releases of a model make one model API and two versions of each where lists %s',
  async (_, between) => {
    await open(between);
    const { id } = await ask<{ id: string }>(stage, '/v4/environments/defaultEnvironment');
    for (const modelApi of ['iris-api', 'iris.api'])
      for (const version of [1, 2]) {
        const { connection, project, register } = fullInput(stage.connection);
        const train = { command: `python train.py ${modelApi} ${version}` };
        const deploy = { modelApi, environmentId: id };
        await succeeded(
          await start({ connection, project, train, register, deploy }, `${modelApi}-${version}`),
        );
      }
    expect(created(stage.simulator, 'modelApi')).toHaveLength(2);
    expect(created(stage.simulator, 'modelApiVersion')).toHaveLength(4);
    expect(created(stage.simulator, 'modelVersion')).toEqual(
      [1, 2, 3, 4].map((version) => `iris/${version}`),
    );
  },
);
