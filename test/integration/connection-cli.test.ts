/** `longhaul connection`, as its users call it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runCommand } from '../support/command.js';
import { eventually } from '../support/eventually.js';
import { type Stage, createStage } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
});
afterAll(() => stage.close());

const connection = (...args: string[]) => runCommand(['connection', ...args], { env: stage.env });

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
