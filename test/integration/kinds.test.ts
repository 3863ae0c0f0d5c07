/** Steps that pause, ask services, call endpoints and run other pipelines, in runs that outlast their workers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PipelineDocument, Run } from '../../src/client.js';
import { documentIn } from '../support/documents.js';
import { histories } from '../support/histories.js';
import { created, fromNowOn } from '../support/ledger.js';
import { type Stage, createStage, statuses, until, withTemporal } from '../support/stage.js';

/** Of the service: what it does with each request, in order, and 200 after that. */
type Answer = { readonly status: number; readonly text?: string } | 'cut' | 'never';

const token = 'features-token-5f2a9c';
let answers: Answer[] = [];
let asked: { readonly line: string; readonly key: unknown; readonly token: unknown }[] = [];
const service = createServer((request, response) => {
  const { authorization, 'idempotency-key': key } = request.headers;
  asked.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, key, token: authorization });
  const answer = answers.shift() ?? { status: 200, text: '{"rows":3}' };
  if (answer === 'never') return;
  if (answer === 'cut') request.socket.destroy();
  else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text ?? '');
});

/** One for all: each test has a key of its own, and reads what was recorded in its time. */
let stage: Stage;
let recorded: ReturnType<typeof fromNowOn>;
let tests = 0;
let ownKey: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  stage = await createStage({
    world: new URL('../support/side-by-side.yaml', import.meta.url).pathname,
    settings: { services: { features: { url, internal: true, token: { env: 'FEATURES_TOKEN' } } } },
    env: { FEATURES_TOKEN: token },
  });
  await stage.startWorker();
});
beforeEach(() => {
  [answers, asked] = [[], []];
  tests += 1;
  ownKey = `kinds-${tests}`;
  recorded = fromNowOn(stage.simulator);
});
afterEach(() => stage.heal());
afterAll(async () => {
  await stage.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

const by = { actor: 'ada', reason: 'looked at it' };
const get = { service: 'features', path: '/rows' };
const post = { ...get, method: 'POST', body: { day: 1 } };
const job = (command: string) => ({ uses: 'job', with: { project: 'ada/iris', command } });
const rest = (length: string) => ({ rest: { uses: 'pause', with: { for: length } } });
const ask = (given: object) => ({ ask: { uses: 'http', with: given } });

/** A document of these steps. */
const written = (
  steps: object,
  {
    name = 'mine',
    children = [],
    outputs = {},
  }: { name?: string; children?: PipelineDocument[]; outputs?: object } = {},
): PipelineDocument =>
  documentIn(
    JSON.stringify({
      ...{ longhaul: 'pipeline/v1', pipeline: name, connection: stage.connection, steps, outputs },
    }),
    ...children,
  );

async function start(steps: object, key = ownKey, ...children: PipelineDocument[]): Promise<string> {
  return (await stage.client.startPipeline(written(steps, { children }), {}, { key })).runId;
}
const reached =
  (step: string, ...wanted: string[]) =>
  (run: Run) =>
    wanted.includes(statuses(run)[step] ?? '');
const end = (runId: string) => stage.client.wait(runId, { timeoutMs: 90_000 });
const stateOf = (run: Run, step: string) => run.steps.find(({ name }) => name === step)?.state;
async function replay(runId: string): Promise<void> {
  const { hash: plan } = await stage.client.replays.plan({ runId });
  await stage.client.replays.apply({ runId }, { plan, by: 'grace', reason: 'go on' });
}
const terminate = (runId: string) =>
  withTemporal(stage, (client) => client.workflow.getHandle(runId).terminate());

describe('a step that pauses', () => {
  it('says until when, outlasts its worker, and goes on when the time has come', async () => {
    const runId = await start(rest('6s'));
    const run = await until(stage.client, runId, reached('rest', 'waiting'));
    expect(stateOf(run, 'rest')).toMatchObject({
      waitingFor: expect.stringMatching(/^6s to pass, until 20/),
    });
    await stage.killWorkers();
    await stage.startWorker();
    const ended = await end(runId);
    expect(ended.status).toBe('succeeded');
    expect(Date.parse(ended.endedAt ?? '') - Date.parse(ended.startedAt)).toBeGreaterThan(5_000);
  });

  it('is skipped by an operator, who has nothing to hand over, and cannot be retried', async () => {
    const runId = await start(rest('2h'));
    await until(stage.client, runId, reached('rest', 'waiting'));
    await expect(stage.client.resolve(runId, { ...by, step: 'rest', action: 'retry' })).rejects.toMatchObject(
      { code: 'RESOLUTION_INVALID', message: expect.stringContaining('skip it') },
    );
    await stage.client.resolve(runId, { ...by, step: 'rest', action: 'skip', output: {} });
    const run = await end(runId);
    expect(run.status).toBe('succeeded');
    expect(stateOf(run, 'rest')).toMatchObject({ status: 'skipped', reason: 'ada: looked at it' });
  });

  it('ends with its run, whether that is aborted, cancelled, or fails in another step', async () => {
    const aborted = await start(rest('2h'));
    await until(stage.client, aborted, reached('rest', 'waiting'));
    await stage.client.resolve(aborted, { ...by, step: 'rest', action: 'abort' });
    expect((await end(aborted)).failure).toMatchObject({
      code: 'ABORTED',
      message: 'ada: looked at it (while it paused)',
    });
    answers = [{ status: 422 }];
    const steps = { ...rest('2h'), ...ask(get) };
    const failing = await start(steps, 'failing');
    const failed = await end(failing);
    expect(failed.failure).toMatchObject({ code: 'SERVICE_REFUSED', step: 'ask' });
    expect(statuses(failed)).toMatchObject({ rest: 'cancelled', ask: 'failed' });
    const cancelling = await start(steps, 'cancelling');
    await until(stage.client, cancelling, reached('rest', 'waiting'));
    await stage.client.cancel(cancelling, { reason: 'for now' });
    expect(statuses(await end(cancelling))).toMatchObject({ rest: 'cancelled', ask: 'succeeded' });
  });
});

describe('a step that asks a service', () => {
  it('hands over its answer, and no secret comes into a history or a log', async () => {
    answers = [{ status: 500 }, { status: 200, text: JSON.stringify({ rows: 3, said: token }) }];
    const worker = await stage.startWorker();
    const run = await end(await start(ask(get)));
    expect(stateOf(run, 'ask')).toMatchObject({
      status: 'succeeded',
      output: { status: 200, body: { rows: 3, said: '[redacted]' } },
    });
    expect(asked[0]?.token).toBe(`Bearer ${token}`);
    expect(await histories(stage)).not.toContain(token);
    expect(worker.log.join('\n')).not.toContain(token);
  });

  it('parks where the answer of a write is lost, and sends it again only as a new one', async () => {
    answers = ['cut'];
    const runId = await start(ask(post));
    const parked = await until(stage.client, runId, reached('ask', 'parked'));
    expect(stateOf(parked, 'ask')).toMatchObject({ failure: { code: 'EFFECT_UNKNOWN' } });
    await stage.client.resolve(runId, { ...by, step: 'ask', action: 'retry' });
    await until(stage.client, runId, ({ steps }) =>
      steps.some(({ tries, state }) => tries === 2 && state.status === 'parked'),
    );
    expect(asked).toHaveLength(1);
    await stage.client.resolve(runId, { ...by, step: 'ask', action: 'retry', fresh: true });
    expect((await end(runId)).status).toBe('succeeded');
    expect(asked).toHaveLength(2);
  });

  it('parks where its worker dies while it waits for the answer', async () => {
    answers = ['never'];
    const runId = await start(ask(post));
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await stage.killWorkers();
    await stage.startWorker();
    await until(stage.client, runId, reached('ask', 'parked'));
    expect(asked).toHaveLength(1);
    await stage.client.resolve(runId, { ...by, step: 'ask', action: 'skip', output: { status: 200 } });
    expect((await end(runId)).status).toBe('succeeded');
  });

  it('is retried as it is where the service has not taken it', async () => {
    answers = Array.from({ length: 1_000 }, () => ({ status: 401 })); // for longer than patience lasts
    const runId = await start(ask(post));
    const parked = await until(stage.client, runId, reached('ask', 'parked'));
    expect(stateOf(parked, 'ask')).toMatchObject({ failure: { code: 'SERVICE_UNUSABLE' } });
    answers = [];
    const before = asked.length;
    await stage.client.resolve(runId, { ...by, step: 'ask', action: 'retry' });
    expect((await end(runId)).status).toBe('succeeded');
    expect(asked).toHaveLength(before + 1);
  });

  it('is sent by a replay where no attempt has begun it, and not where one may have sent it', async () => {
    answers = [{ status: 422 }, { status: 200 }, 'cut'];
    const runId = await start({
      train: job('python last.py'),
      report: { uses: 'http', needs: 'train', with: post },
    });
    expect((await end(runId)).failure).toMatchObject({ code: 'SERVICE_REFUSED', step: 'report' });
    await replay(runId);
    expect((await end(runId)).status).toBe('succeeded');
    expect(asked).toHaveLength(2);
    const lost = await start(ask(post), 'lost');
    await until(stage.client, lost, reached('ask', 'parked'));
    await replay(lost);
    await until(stage.client, lost, reached('ask', 'parked'));
    expect(asked).toHaveLength(3);
  });
});

describe('a step that calls an endpoint', () => {
  it('makes one where its answer is lost', async () => {
    await stage.inject({ endpoint: 'datasets.create', kind: 'lose-answer' });
    const { projects } = (await (
      await fetch(new URL('/api/projects/beta/projects', stage.simulator.url), {
        headers: { 'x-domino-api-key': stage.simulator.apiKey },
      })
    ).json()) as { projects: { id: string }[] };
    const body = { name: 'archive', projectId: projects[0]?.id };
    const runId = await start({ make: { uses: 'call', with: { endpoint: 'domino.datasets.create', body } } });
    const run = await end(runId);
    expect(stateOf(run, 'make')).toMatchObject({
      status: 'succeeded',
      output: { body: { dataset: { name: 'archive' } }, inDoubt: true },
    });
  });
});

describe('a step that runs another pipeline', () => {
  const startAround = (command: string, more: object = {}): Promise<string> => {
    const inner = written(
      { train: job(command), ...more },
      { name: 'inner', outputs: { accuracy: '${{ steps.train.metrics.accuracy }}' } },
    );
    return start({ child: { uses: 'pipeline', with: { pipeline: 'inner' } } }, ownKey, inner);
  };
  const childIn = (run: Run): string =>
    run.steps.find(({ name }) => name === 'child')?.references.find(({ kind }) => kind === 'run')?.id ?? '';
  const jobs = () => created(recorded, 'job').length;

  it('waits for it, hands over what it hands over, and names it', async () => {
    const runId = await startAround('python last.py');
    const run = await end(runId);
    const child = childIn(run);
    expect(child).toMatch(/^inner\._child\.[a-z2-7]{12}$/);
    expect(stateOf(run, 'child')).toMatchObject({
      status: 'succeeded',
      output: { runId: child, outputs: { accuracy: 0.9 } },
    });
    expect(await stage.client.get(child)).toMatchObject({
      status: 'succeeded',
      trigger: { kind: 'run', by: runId },
    });
  });

  it.each([
    ['and nothing else goes on there', {}, 'parked'],
    ['while another step goes on there', rest('2h'), 'running, and parked'],
  ])('says where a run is parked that its child has started, %s', async (_, beside, stands) => {
    answers = ['cut'];
    const inner = written({ ...ask(post), ...beside }, { name: 'inner' });
    const runs = (pipeline: string) => ({ child: { uses: 'pipeline', with: { pipeline } } });
    const middle = written(runs('inner'), { name: 'middle', children: [inner] });
    const runId = await start(runs('middle'), ownKey, middle, inner);
    const said = ({ steps }: Run) => steps.find(({ name }) => name === 'child')?.progress?.message ?? '';
    const run = await until(stage.client, runId, (one) => said(one).includes('parked'));
    const child = childIn(run);
    const parked = childIn(await stage.client.get(child));
    expect(said(run)).toBe(`run ${child} is running: run ${parked} is ${stands} at "ask"`);
    await stage.client.cancel(runId, by);
    expect([(await end(runId)).status, (await end(parked)).status]).toEqual(['cancelled', 'cancelled']);
  });

  it('is cancelled with it, and everything that it has running is stopped', async () => {
    const runId = await startAround('python wide.py');
    await until(stage.client, runId, reached('child', 'waiting'));
    const child = childIn(await stage.client.get(runId));
    await until(stage.client, child, reached('train', 'waiting'));
    await stage.client.cancel(runId, { reason: 'for now' });
    const run = await end(runId);
    expect(run).toMatchObject({ status: 'cancelled', cleanup: { undone: [{ kind: 'run', id: child }] } });
    expect(await stage.client.get(child)).toMatchObject({
      status: 'cancelled',
      cleanup: { undone: [{ kind: 'job' }] },
    });
  });

  it('has left what its child could not stop, until that is stopped', async () => {
    const runId = await startAround('python wide.py');
    await until(stage.client, runId, reached('child', 'waiting'));
    const child = childIn(await stage.client.get(runId));
    await until(stage.client, child, reached('train', 'waiting'));
    const refused = { kind: 'status', status: 403, body: { message: 'not allowed' }, times: 1_000 };
    await stage.inject({ endpoint: 'jobs.stop', ...refused });
    await stage.client.cancel(runId, { reason: 'for now' });
    expect(await end(runId)).toMatchObject({
      status: 'cancelled',
      cleanup: {
        undone: [],
        leftBehind: [{ kind: 'run', id: child }],
      },
    });
    await end(child); // it waits for what it undoes as long as its parent does, and has begun later
    await stage.heal();
    await stage.client.cleanUp(child);
    expect((await stage.client.cleanUp(runId)).undone).toEqual([{ kind: 'run', id: child }]);
  });

  it.each(['fails', 'is cancelled'])(
    'has stopped what its child had running that Temporal has ended, where it %s',
    async (how) => {
      const runId = await startAround('python wide.py');
      await until(stage.client, runId, reached('child', 'waiting'));
      const child = childIn(await stage.client.get(runId));
      await until(stage.client, child, reached('train', 'waiting'));
      const [job] = created(recorded, 'job');
      if (how === 'is cancelled') await stage.killWorkers();
      if (how === 'is cancelled') await stage.client.cancel(runId, { reason: 'for now' });
      await terminate(child);
      if (how === 'is cancelled') await stage.startWorker();
      const run = await end(runId);
      if (how === 'fails')
        expect(run.failure).toMatchObject({
          code: 'CHILD_FAILED',
          message: `run ${child} is terminated; what it had running is stopped at the end of this run`,
        });
      expect(await stage.client.get(child)).toMatchObject({
        cleanup: { undone: [{ kind: 'job', id: job }], leftBehind: [] },
      });
    },
  );

  it('fails with it, and a replay goes on with it where it has failed', async () => {
    answers = [{ status: 422 }];
    const runId = await startAround('python last.py', {
      report: { uses: 'http', needs: 'train', with: post },
    });
    const failed = await end(runId);
    const child = childIn(failed);
    expect(failed.failure).toMatchObject({
      code: 'CHILD_FAILED',
      step: 'child',
      message: `run ${child} is failed at "report": SERVICE_REFUSED`,
    });
    const { steps } = await stage.client.replays.plan({ runId });
    expect(steps.find(({ name }) => name === 'child')).toMatchObject({
      action: 'run',
      why: `run ${child} is failed: it is replayed`,
      calls: [{ endpoint: 'run.replay', on: child }],
    });
    await replay(runId);
    const run = await end(runId);
    expect([run.status, childIn(run)]).toEqual(['succeeded', child]);
    expect(statuses(await stage.client.get(child))).toMatchObject({ train: 'reused', report: 'succeeded' });
    expect(jobs()).toBe(1);
  });

  it('is gone on with where it is replayed by itself at the same time, as a campaign does that has chosen both', async () => {
    const inner = written(ask(get), { name: 'inner' });
    const keys = Array.from({ length: 8 }, (_, index) => `${ownKey}-${index}`);
    answers = keys.map(() => ({ status: 404 }));
    const parents = await Promise.all(
      keys.map((key) => start({ child: { uses: 'pipeline', with: { pipeline: 'inner' } } }, key, inner)),
    );
    const children = (await Promise.all(parents.map(end))).map(childIn);
    const plans = await Promise.all(
      [...parents, ...children].map((runId) => stage.client.replays.plan({ runId })),
    );
    const applied = await Promise.allSettled(
      plans.map(({ runId, hash: plan }) =>
        stage.client.replays.apply({ runId }, { plan, by: 'grace', reason: 'go on' }),
      ),
    );
    await Promise.all(children.map(end));
    // Whose child had gone on before it: its plan did not hold any more.
    await Promise.all(parents.filter((_, index) => applied[index]?.status === 'rejected').map(replay));
    const ends = await Promise.all(parents.map(end));
    expect(ends.map(({ status }) => status)).toEqual(parents.map(() => 'succeeded'));
  });

  it('is taken over by a replay, running or done, where its parent was terminated', async () => {
    const runId = await startAround('python wide.py');
    await until(stage.client, runId, reached('child', 'waiting'));
    const child = childIn(await stage.client.get(runId));
    await terminate(runId);
    expect((await stage.client.replays.plan({ runId })).steps.at(-1)).toMatchObject({
      action: 'adopted',
      why: `run ${child} goes on`,
    });
    await replay(runId);
    await until(stage.client, runId, reached('child', 'waiting'));
    await terminate(runId);
    await stage.control('clock', { advanceSeconds: 86_400 });
    await end(child);
    await replay(runId);
    expect(stateOf(await end(runId), 'child')).toMatchObject({ output: { runId: child } });
    expect(jobs()).toBe(1);
  });
});
