/** `longhaul connection`, as its users call it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runCommand } from '../support/command.js';
import { eventually } from '../support/eventually.js';
import { calls } from '../support/ledger.js';
import { type Stage, createStage } from '../support/stage.js';

const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
});
afterAll(() => stage.close());

const connection = (...args: string[]) => runCommand(['connection', ...args], { env: stage.env });

it('says since when the platform does not answer, as soon as something waits there, also beside the runs', async () => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python slow.py' } };
  const { runId } = await stage.client.start('train-and-deploy', input, { key: 'out' });
  // The run has made sure of its job and has looked itself: then the lookout looks, which tells of outages.
  await eventually(() => calls(stage.simulator, 'jobs.get') > 3);
  await stage.inject({ endpoint: '*', kind: 'status', status: 502, body: 'Bad Gateway', times: 10_000 });
  const outageOf = async () => (await stage.client.connections.get(stage.connection)).outage;
  await eventually(async () => (await outageOf()) !== undefined);
  const since = /no usable answer since 20\d\d-\S+Z/;
  expect((await connection('list')).stdout).toMatch(since);
  const { stdout, stderr } = await runCommand(['run', 'list'], { env: stage.env });
  expect(stdout).toContain(runId);
  expect(stderr).toMatch(since);
  await stage.heal();
  await eventually(async () => (await outageOf()) === undefined);
  await stage.client.cancel(runId, { reason: 'seen' });
});

it('shows how connections stand, and opens one', async () => {
  expect(await connection('list')).toMatchObject({
    exitCode: 0,
    stdout: 'NAME         STATUS\ndomino-test  open\n',
  });
  await stage.client.connections.hold(stage.connection, { forMs: 600_000 });
  await eventually(async () => (await stage.client.connections.get(stage.connection)).status !== 'open');
  const standing = await stage.client.connections.get(stage.connection);

  const listed = await connection('list');
  expect(listed.stdout).toMatch(/^NAME +STATUS\ndomino-test  throttled  until 20\d\d-\S+Z\n$/);
  expect(JSON.parse((await connection('list', '-o', 'json')).stdout)).toEqual([standing]);
  expect((await connection('get', 'domino-test')).stdout).toMatch(
    /^domino-test is throttled: .*\n {2}since .*\n {2}until .*\n {2}next .*\n {9}at once by: longhaul connection resume domino-test/,
  );
  expect(JSON.parse((await connection('get', 'domino-test', '-o', 'json')).stdout)).toEqual(standing);

  const unknown = await connection('get', 'domino-prd');
  expect(unknown.exitCode).not.toBe(0);
  expect(unknown.stderr).toContain('there is no connection "domino-prd"');
  expect((await connection('resume', 'domino-test')).stderr).toContain('--reason');
  expect(standing).toEqual(await stage.client.connections.get(stage.connection));

  const resumed = await connection(
    'resume',
    'domino-test',
    '--reason',
    'a mistake of the proxy',
    '-o',
    'json',
  );
  expect(JSON.parse(resumed.stdout)).toEqual({ name: 'domino-test' });
  await eventually(async () => (await stage.client.connections.get(stage.connection)).status === 'open');
  expect((await connection('get', 'domino-test')).stdout).toBe('domino-test is open\n');
});
