/** What people say while no worker is there: it is answered, with what may still become of it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { eventually } from '../support/eventually.js';
import { type ProgramEnd, runProgram } from '../support/program.js';
import { retrainInput } from '../support/retraining.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const [open, ended, asking] = ['train-and-deploy.open', 'train-and-deploy.ended', 'retrain.asking'];
const looking = 'train-and-deploy.looking';
/** A connection that never has a worker. */
const unserved = 'domino-unserved';
const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
let stage: Stage;
beforeAll(async () => {
  const lacking = { platform: 'domino', url: 'http://127.0.0.1:9', apiKey: { env: 'STAGE_KEY' } };
  stage = await createStage({ world, connections: { [unserved]: lacking } });
  await stage.startWorker(['--connections', stage.connection]);
  const train = { command: 'python slow.py' };
  const input = { connection: stage.connection, project: 'ada/iris', train };
  for (const key of ['ended', 'looking']) await stage.client.start('train-and-deploy', input, { key });
  for (const runId of [ended, looking])
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
  // A step waits before its first look is taken.
  await until(stage.client, looking, ({ steps }) =>
    steps.some(({ progress }) => (progress?.attempt ?? 1) > 1),
  );
  await stage.killWorkers();
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const { workflow } = new Client({ connection, namespace: stage.namespace });
  await workflow.getHandle(ended).terminate('by hand');
  await connection.close();
  await stage.client.start('train-and-deploy', input, { key: 'open' });
  await stage.client.start('retrain', await retrainInput(stage, '0.9', { approval: {} }), { key: 'asking' });
});
afterAll(() => stage.close());

const cli = (...words: string[]): Promise<ProgramEnd> =>
  runProgram(process.execPath, [main, ...words], { env: stage.env });

it('says of whatever a worker has to take that none has taken it, and that one may still', async () => {
  const why = ['--reason', 'r'];
  const words: Record<string, string[]> = {
    resolve: ['run', 'resolve', open, '--step', 'train', '--retry', ...why],
    approve: ['run', 'approve', asking, ...why],
    reject: ['run', 'reject', asking, ...why],
    resume: ['connection', 'resume', stage.connection, ...why],
  };
  const ends = await Promise.all(
    Object.entries(words).map(async ([name, one]) => [name, await cli(...one)] as const),
  );
  for (const [name, { exitCode, stderr }] of ends) {
    expect([name, exitCode]).toEqual([name, 9]);
    expect(stderr).toContain('no worker has taken this in time, and one may still take it');
  }
});

it('says of a cleanup and of a replay that they go on as soon as one is there', async () => {
  const [cleanup, replay] = await Promise.all([
    cli('run', 'cleanup', ended),
    cli('replay', 'apply', ended, '--plan', '0'.repeat(16), '--reason', 'r'),
  ]);
  expect(cleanup).toMatchObject({
    exitCode: 9,
    stderr: expect.stringContaining(`no worker has begun to clean up after ${ended} in time`),
  });
  expect(replay).toMatchObject({
    exitCode: 6,
    stderr: expect.stringContaining(`The replay of ${ended} is under way`),
  });
});

it('says of a run whose connection has no worker that it has none, and since when nobody has looked', async () => {
  await stage.startWorker(['--roles', 'pipelines']);
  const trainOf = async () => (await stage.client.get(looking)).steps.find(({ name }) => name === 'train');
  await eventually(async () => (await trainOf())?.progress?.untakenSince !== undefined);
  const run = await stage.client.get(looking);
  const progress = run.steps.find(({ name }) => name === 'train')?.progress;
  expect(progress).toMatchObject({ effect: 'awaitJob', lastAttemptAt: expect.any(String) });
  expect(Date.parse(progress?.untakenSince ?? '')).toBeLessThan(Date.now() - 10_000);
  expect(run.unserved).toEqual({ connections: [stage.connection] });
});

it('says so to whoever starts, gets and waits, and a cancel of such a run ends', async () => {
  await stage.client.cancel(looking, { reason: 'r' });
  const next = `longhaul worker --connections ${unserved}`;
  const file = join(mkdtempSync(join(tmpdir(), 'longhaul-no-worker-')), 'input.json');
  writeFileSync(file, JSON.stringify({ connection: unserved, project: 'ada/iris', train: { command: 'x' } }));
  const started = await cli('run', 'start', 'train-and-deploy', '-f', file, '--key', 'unserved');
  expect(started).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(next) });
  const [got, waited, listened] = await Promise.all([
    cli('run', 'get', 'train-and-deploy.unserved'),
    cli('run', 'wait', 'train-and-deploy.unserved', '--timeout', '12s'),
    stage.client.changes('train-and-deploy.unserved'),
  ]);
  expect(got.stdout).toContain(`no worker takes work for the connection ${unserved}`);
  expect(waited).toMatchObject({ exitCode: 6, stderr: expect.stringContaining(next) });
  expect(listened.unserved).toEqual({ connections: [unserved] });
  const ended = await stage.client.wait(looking, { timeoutMs: 90_000 });
  expect(ended).toMatchObject({ status: 'cancelled', cleanup: { afterwards: 'going-on' } });
});

it('is told apart from a namespace that is not there, by its name', async () => {
  const nowhere = await runProgram(process.execPath, [main, 'run', 'list'], {
    env: { ...stage.env, TEMPORAL_NAMESPACE: 'nowhere' },
  });
  expect(nowhere).toMatchObject({
    exitCode: 9,
    stderr: expect.stringContaining('has no namespace "nowhere" (TEMPORAL_NAMESPACE)'),
  });
});
