/** Documents of the configuration as commands know them, where no Temporal answers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../support/command.js';
import { runProgram } from '../../support/program.js';

const mainFile = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
const document = (name: string, uses: string) => `longhaul: pipeline/v1
pipeline: ${name}
connection: dev
steps: { train: { uses: ${uses}, with: { project: ada/iris, command: go } } }
`;
const schedule = (name: string, pipeline: string): string =>
  JSON.stringify({ name, pipeline, cron: ['0 3 * * *'], input: {} });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-configured-'));
  for (const inner of ['pipelines', 'schedules']) mkdirSync(join(folder, inner));
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);
  write('pipelines/iris.yaml', document('iris', 'job'));
  write('pipelines/torn.yaml', document('torn', 'jib'));
  write('iris.json', schedule('nightly', 'iris'));
  write('schedules/iris.json', schedule('nightly', 'iris'));
  write('torn.json', schedule('nightly', 'torn'));
  write('none.json', schedule('nightly', 'none'));
  write(
    'longhaul.yaml',
    'connections: { dev: { platform: domino, url: "http://127.0.0.1:1", apiKey: { env: KEY } } }\n' +
      'pipelines: [pipelines]\naccess: { keysFile: keys.json }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const env = { KEY: 'k', TEMPORAL_ADDRESS: '127.0.0.1:1', PATH: '/bin' };
const longhaul = (...args: readonly string[]) => runCommand(args, { cwd: folder, env });
const fault = 'torn.yaml:4:25: there is no kind of step "jib"; did you mean "job"?';

/** Each takes the seconds for which Temporal is waited for, so they are run side by side, in processes. */
async function expectBeyondTheDoor(...commands: readonly (readonly string[])[]): Promise<void> {
  const ends = await Promise.all(
    commands.map((args) => runProgram(process.execPath, [mainFile, ...args], { cwd: folder, env })),
  );
  const told = ends.map(({ exitCode, stderr }, at) => [commands[at], exitCode, stderr]);
  expect(told).toEqual(
    commands.map((args) => [args, 9, expect.stringContaining('TEMPORAL_UNREACHABLE') as unknown]),
  );
}

describe('a configured document', () => {
  it('is known by its name to every command that takes one', () =>
    expectBeyondTheDoor(
      ['schedule', 'create', '-f', 'iris.json'],
      ['schedule', 'update', '-f', 'iris.json'],
      ['schedule', 'apply', 'schedules'],
      ['run', 'start', 'iris'],
      ['run', 'list', '--pipeline', 'iris'],
    ));

  it('may be what a key is for, also while it has a fault; a name that nothing has may not', async () => {
    const create = (pipelines: string) =>
      longhaul('key', 'create', '--name', 'k', '--role', 'operator', '--pipelines', pipelines);
    expect(await create('iris,torn')).toMatchObject({ exitCode: 0 });
    expect(await create('irsi')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        'there is no pipeline "irsi"; the pipelines are train-and-deploy, retrain, build-environment, iris, torn',
      ) as unknown,
    });
  });
});

describe('a configured document with a fault', () => {
  it('does not stand in the way of commands that do not need it', () =>
    expectBeyondTheDoor(['run', 'get', 'torn.x'], ['run', 'cancel', 'iris.x', '--reason', 'r']));

  it.each([
    [['run', 'start', 'torn']],
    [['pipeline', 'show', 'torn']],
    [['schedule', 'create', '-f', 'torn.json']],
    [['config', 'check']],
  ])('is told with file, line and column by `%j`', async (args) => {
    const { exitCode, stdout, stderr } = await longhaul(...args);
    expect([exitCode, `${stdout}${stderr}`]).toEqual([2, expect.stringContaining(fault)]);
  });

  it('is told beside the list of those that can be run', async () => {
    const { exitCode, stdout, stderr } = await longhaul('pipeline', 'list');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining(fault)]);
    expect(stdout).toMatch(/^iris +train$/m);
    expect(stdout).not.toContain('torn');
  });

  it('does not hide that there is no pipeline of another name', async () => {
    const { exitCode, stderr } = await longhaul('schedule', 'create', '-f', 'none.json');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('there is no pipeline "none"')]);
  });
});
