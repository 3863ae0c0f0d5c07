/** One run at a time per model, whoever starts it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { createAdoptions } from '../../src/activities/effect/adoptions.js';
import { createHolds } from '../../src/activities/effect/holds.js';
import type { Standing } from '../../src/activities/effect/undoing.js';
import { PlatformError } from '../../src/platform/errors.js';
import { holdKeyOf, holdPrefix, holdWorkflow } from '../../src/run/ids.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { tried } from '../activities/retraining-stage.js';
import { isArchived } from '../support/platform.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({ speed: 80 });
  await stage.startWorker();
});
afterEach(() => stage.close());

const start = async (key: string, more: object = {}): Promise<string> => {
  const { connection, project, train, register } = { ...fullInput(stage.connection) };
  const deploy = { modelApi: 'iris-api', environmentId: await standardEnvironment() };
  const input = { connection, project, train, register, deploy, ...more };
  return (await stage.client.start('train-and-deploy', input, { key })).runId;
};

async function standardEnvironment(): Promise<string> {
  const answer = await fetch(new URL('/v4/environments/defaultEnvironment', stage.simulator.url), {
    headers: { 'x-domino-api-key': stage.simulator.apiKey },
  });
  const { id } = (await answer.json()) as { id: string };
  return id;
}

const training = (runId: string) =>
  until(stage.client, runId, () => created(stage.simulator, 'job').length === 1);
const ended = (runId: string) => stage.client.wait(runId, { timeoutMs: 90_000 });
const jobsStartedAt = (): string[] =>
  stage.simulator
    .ledger()
    .filter(({ endpoint, status }) => endpoint === 'jobs.start' && status === 200)
    .map(({ time }) => time);

describe('a second run of the same model', () => {
  it('waits by default until the first has ended, and says for whom', async () => {
    const first = await start('first');
    await training(first);
    const second = await start('second');
    const waiting = await until(
      stage.client,
      second,
      (run) => statuses(run)['train'] === 'waiting' && created(stage.simulator, 'job').length === 1,
    );
    expect(waiting.steps.find(({ name }) => name === 'train')?.state).toMatchObject({
      waitingFor: `${first} trains or deploys the same model`,
    });
    const [one, two] = [await ended(first), await ended(second)];
    expect([one.status, two.status]).toEqual(['succeeded', 'succeeded']);
    expect(Date.parse(jobsStartedAt()[1] ?? '')).toBeGreaterThanOrEqual(Date.parse(one.endedAt ?? ''));
  });

  it('gives up where it is told to skip, before anything is sent', async () => {
    const first = await start('first');
    await training(first);
    const run = await ended(await start('second', { whenBusy: 'skip' }));
    expect(run).toMatchObject({
      status: 'failed',
      failure: { code: 'MODEL_BUSY', message: `${first} trains or deploys the same model`, step: 'train' },
    });
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });

  it('cancels the first where it is told to replace it', async () => {
    const first = await start('first');
    await training(first);
    const second = await start('second', { whenBusy: 'replace' });
    const [one, two] = [await ended(first), await ended(second)];
    expect([one.status, two.status]).toEqual(['cancelled', 'succeeded']);
    expect(one.cleanup?.undone).toMatchObject([{ kind: 'job' }]);
    expect(Date.parse(jobsStartedAt()[1] ?? '')).toBeGreaterThanOrEqual(Date.parse(one.endedAt ?? ''));
  });

  it('waits for what the first could not stop when it was cancelled', async () => {
    const first = await start('first');
    await training(first);
    await stage.control('clock', { speed: 0.1 }); // the job does not end by itself
    await stage.inject({ endpoint: 'jobs.stop', kind: 'status', status: 503, body: {}, times: 100_000 });
    await stage.client.cancel(first, { reason: 'wrong data' });
    expect((await ended(first)).cleanup?.leftBehind).toMatchObject([{ kind: 'job' }]);

    const second = await start('second');
    const waiting = await until(stage.client, second, (run) => statuses(run)['train'] === 'waiting');
    expect(waiting.steps.find(({ name }) => name === 'train')?.state).toMatchObject({
      waitingFor: `${first} has ended, but what it left running is not stopped yet`,
    });
    expect(created(stage.simulator, 'job')).toHaveLength(1);

    await stage.heal();
    await stage.control('clock', { speed: 80 });
    expect((await ended(second)).status).toBe('succeeded');
  });

  it('is not cancelled by an earlier one that is told to replace', async () => {
    await stage.killWorkers(); // both begin at once, in whatever order
    const earlier = await start('earlier', { whenBusy: 'replace' });
    const later = await start('later', { whenBusy: 'replace' });
    await stage.startWorker();
    expect((await ended(later)).status).toBe('succeeded');
    expect(['cancelled', 'failed']).toContain((await ended(earlier)).status);
  });

  it('takes the model over when the first was terminated and could not say so', async () => {
    const first = await start('first');
    await training(first);
    await stage.killWorkers();
    await terminate(first);
    await stage.startWorker();
    expect((await ended(await start('second'))).status).toBe('succeeded');
  });

  it('is not one of the same model when it registers another, or registers none', async () => {
    const first = await start('first');
    await training(first);
    const deploy = { modelApi: 'other-api', environmentId: await standardEnvironment() };
    const free = await start('free', { register: { model: 'another' }, deploy, whenBusy: 'skip' });
    await until(stage.client, free, () => created(stage.simulator, 'job').length === 2);
    expect((await ended(free)).status).toBe('succeeded');
  });
});

it('keeps five runs that start at once from training together', async () => {
  const runs = await Promise.all(Array.from({ length: 5 }, (_, index) => start(`run-${index}`)));
  const all = await Promise.all(runs.map(ended));
  expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'succeeded'));
  const endings = all.map(({ endedAt }) => Date.parse(endedAt ?? '')).sort((a, b) => a - b);
  const starts = jobsStartedAt().map((at) => Date.parse(at));
  expect(starts).toHaveLength(5);
  starts.slice(1).forEach((at, index) => expect(at).toBeGreaterThanOrEqual(endings[index] ?? Infinity));
});

it('is taken anew by another attempt of its run, so that nobody ends it who has found the run ended before', async () => {
  const first = await start('first');
  await ended(first);
  const before = await keeper();
  await stage.client.reset(first, { reason: 'once more', step: 'train' });
  expect((await ended(first)).status).toBe('succeeded');
  expect(await keeper()).not.toBe(before);
});

it('keeps a model for longer than a run may last, the name of a creation for minutes, and neither ever begins to run', async () => {
  await ended(await start('first'));
  const holds = await withTemporal(async ({ workflow }) => {
    const described = [];
    for await (const { workflowId } of workflow.list({ query: `WorkflowType = '${holdWorkflow}'` }))
      described.push(await workflow.getHandle(workflowId).describe());
    return described;
  });
  const days = holds.map(({ workflowId, historyLength, startTime, raw }) => {
    const { seconds } = raw.workflowExtendedInfo?.executionExpirationTime ?? {};
    const lastsDays = (Number(seconds) * 1_000 - startTime.getTime()) / 86_400_000;
    return { isOfRun: workflowId === holdId(), historyLength, lastsDays: Math.round(lastsDays) };
  });
  expect(days).toHaveLength(2);
  expect(days).toContainEqual({ isOfRun: true, historyLength: 1, lastsDays: 400 });
  expect(days).toContainEqual({ isOfRun: false, historyLength: 1, lastsDays: 0 });
});

it('who was the last to create something under a name is known to other runs and steps', async () => {
  const waits = { firstLookMs: 1, lastLookMs: 5, settleMs: 5, patienceMs: 1_000, undoMs: 0, sweepMs: 0 };
  const { createAlone, isAnothers } = createHolds({ waits }, () => Promise.resolve());
  const effectOf = (runId: string, step = 'revision') => ({
    ...{ connection: stage.connection, begunBefore: false },
    origin: { runId, firstAttemptId: 'a', step, generation: 1 },
  });
  const [one, two] = [{ kind: 'revision', name: 'one' } as const, { kind: 'revision', name: 'two' } as const];
  const of = await withTemporal((client) =>
    tried({ number: 1, client }, async () => {
      await createAlone(effectOf('x.first'), one, () => Promise.resolve());
      return Promise.all([
        isAnothers(effectOf('x.first'), one),
        isAnothers(effectOf('x.first', 'later'), one),
        isAnothers(effectOf('x.second'), one),
        isAnothers(effectOf('x.second'), two),
      ]);
    }),
  );
  expect(of).toEqual([false, true, true, false]);
});

it('what another run has taken over is not undone, and what is being undone nobody takes over', async () => {
  const waits = { firstLookMs: 1, lastLookMs: 5, settleMs: 5, patienceMs: 1_000, undoMs: 0, sweepMs: 0 };
  const { adopt, undoAlone } = createAdoptions({ waits });
  const of = (runId: string) => ({
    ...{ connection: stage.connection, begunBefore: false },
    origin: { runId, firstAttemptId: 'a', step: 'environment', generation: 1 },
  });
  const named = (name: string) => ({ kind: 'environment', name, within: 'iris' }) as const;
  const attempt = <T>(perform: () => Promise<T>) =>
    withTemporal((client) => tried({ number: 1, client }, perform));
  const object = (id: string) => ({ kind: 'environment', id }) as const;
  const undone = { state: 'undone', object: object('free') } as const;
  const stays = { state: 'left', left: { ...object('used'), reason: 'x uses it', lasting: true } } as const;
  const busy = (name: string) => ({
    ...{ type: 'STILL_WAITING', message: `x.maker undoes the environment "${name}", which it has made` },
  });
  const undo = (name: string, perform: () => Promise<Standing>) =>
    attempt(() => undoAlone(of('x.maker'), named(name), perform).catch((error: unknown) => error));

  await attempt(() => adopt(of('x.taker'), named('taken')));
  await attempt(() => adopt(of('x.later'), named('taken')));
  expect(await undo('taken', () => Promise.reject(new Error('it must stay')))).toMatchObject({
    ...{ state: 'left', left: { id: 'taken', reason: 'x.taker has taken it over', lasting: true } },
  });
  expect(await undo('used', () => Promise.resolve(stays))).toEqual(stays);
  expect(await attempt(() => adopt(of('x.taker'), named('used')))).toBeUndefined();
  const refusal = new PlatformError('PERMISSION_DENIED', 'no');
  await undo('refused', () => Promise.reject(refusal));
  expect(await attempt(() => adopt(of('x.taker'), named('refused')))).toBeUndefined();
  // A list may show for a while what is undone, or may be.
  expect(await undo('free', () => Promise.resolve(undone))).toEqual(undone);
  expect(await attempt(() => adopt(of('x.taker'), named('free')))).toMatchObject(busy('free'));
  await undo('lost', () => Promise.reject(new PlatformError('ANSWER_LOST', 'lost', { ambiguous: true })));
  expect(await attempt(() => adopt(of('x.taker'), named('lost')))).toMatchObject(busy('lost'));
  await undo('lost', () => Promise.reject(refusal));
  expect(await attempt(() => adopt(of('x.taker'), named('lost')))).toMatchObject(busy('lost'));
  expect(await undo('lost', () => Promise.resolve(undone))).toEqual(undone);

  let done: (of: Standing) => void = () => undefined;
  const undoing = new Promise<Standing>((resolve) => (done = resolve));
  const going = undo('going', () => undoing);
  await eventually(async () => {
    const open = withTemporal(({ workflow }) =>
      workflow
        .getHandle(`${holdPrefix}${stage.connection}.adopted-environment.iris.going`)
        .describe()
        .then(
          ({ status }) => status.name,
          () => '',
        ),
    );
    return (await open) === 'RUNNING';
  });
  expect(await attempt(() => adopt(of('x.taker'), named('going')))).toMatchObject(busy('going'));
  done(undone);
  expect(await going).toEqual(undone);
});

it('an environment that another run has taken over is not archived with the run that made it', async () => {
  await stage.control('clock', { speed: 1 });
  const environment = { name: 'shared', base: { image: 'registry.example/base:1' } };
  const { connection, project, train } = { ...fullInput(stage.connection) };
  const start = async (key: string, cleanup: boolean): Promise<string> => {
    const input = { connection, project, environment, train, cleanup };
    const { runId } = await stage.client.start('train-and-deploy', input, { key });
    await until(stage.client, runId, (run) => statuses(run)['build'] === 'waiting');
    return runId;
  };
  const maker = await start('maker', true);
  const taker = await start('taker', true);
  await stage.client.cancel(maker, { reason: 'wrong data' });
  const { cleanup } = await stage.client.wait(maker, { timeoutMs: 60_000 });
  const [id = ''] = created(stage.simulator, 'environment');
  expect(await isArchived(stage.simulator, id)).toBe(false);
  expect(cleanup?.leftBehind).toEqual([
    { kind: 'environment', id, reason: `${taker} has taken it over`, lasting: true },
  ]);
  await stage.control('clock', { speed: 80 });
  expect(await stage.client.wait(taker, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
});

it('who was the last to have a model is known to other runs', async () => {
  const waits = { firstLookMs: 1, lastLookMs: 5, settleMs: 5, patienceMs: 1_000, undoMs: 0, sweepMs: 0 };
  const { ensureHold, isHeldByAnother } = createHolds({ waits }, () => Promise.resolve());
  const of = (runId: string) => ({
    ...{ connection: stage.connection, begunBefore: false },
    origin: { runId, firstAttemptId: 'a', step: 'deploy', generation: 1 },
  });
  const hold = { key: `${stage.connection}.model-api.iris.species`, attemptId: 'a' };
  const asked = await withTemporal((client) =>
    tried({ number: 1, client }, async () => {
      const before = await isHeldByAnother(of('x.first'), hold.key);
      await ensureHold({ ...of('x.first'), hold });
      const own = await isHeldByAnother(of('x.first'), hold.key);
      await ensureHold({ ...of('x.second'), hold: { ...hold, attemptId: 'b' } }); // the first is no run any more
      return [before, own, await isHeldByAnother(of('x.first'), hold.key)];
    }),
  );
  expect(asked).toEqual([false, false, true]);
});

const terminate = (runId: string): Promise<unknown> =>
  withTemporal(({ workflow }) => workflow.getHandle(runId).terminate());

const holdId = (): string => {
  const key = holdKeyOf({ connection: stage.connection, project: 'ada/iris', register: { model: 'iris' } });
  return `${holdPrefix}${key}`;
};

/** Which execution stands for the model. */
const keeper = async (): Promise<string> =>
  (await withTemporal(({ workflow }) => workflow.getHandle(holdId()).describe())).runId;

async function withTemporal<T>(ask: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const answer = await ask(new Client({ connection, namespace: stage.namespace }));
  await connection.close();
  return answer;
}
