/** What does not exist is found before anything is made, by a run and by a dry run. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/command.js';
import { calls } from '../support/ledger.js';
import type { ProgramEnd } from '../support/program.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, fullInput } from '../support/stage.js';

let stage: Stage;
let server: ServerProcess;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
  server = await startServer(stage);
});
afterAll(async () => {
  await server.close();
  await stage.close();
});

const effects = (): number => stage.simulator.ledger().flatMap((entry) => entry.effects).length;

const longhaul = (...args: string[]): Promise<ProgramEnd> => runCommand(args, { env: stage.env });

describe('a run whose input names what does not exist', () => {
  it.each([
    [
      'hardware tier',
      { train: { command: 'x', hardwareTier: 'gpu-xl' } },
      'environment',
      /there is no hardware tier "gpu-xl"; there are /,
    ],
    [
      'project',
      {
        project: 'ada/irsi',
        environment: undefined,
        revision: undefined,
        gate: undefined,
        register: undefined,
        deploy: undefined,
      },
      'train',
      /there is no project "ada\/irsi"/,
    ],
    [
      'environment',
      { environment: { id: '66f000057368be6d6f66ffff' } },
      'environment',
      /there is no environment "66f0/,
    ],
  ])('fails at once for a %s, and has made nothing', async (_, change, step, message) => {
    const before = effects();
    const input = { ...fullInput(stage.connection), ...change };
    const { runId } = await stage.client.start('train-and-deploy', input);
    const run = await stage.client.wait(runId, { timeoutMs: 30_000 });
    expect(run).toMatchObject({
      status: 'failed',
      failure: { code: 'NOT_FOUND', step, message: expect.stringMatching(message) },
    });
    expect(effects()).toBe(before);
  });
});

it('that begins while the platform answers nothing useful looks again before it makes anything', async () => {
  const before = effects();
  await stage.inject({ endpoint: 'hardwareTiers.listForProject', kind: 'status', status: 503 });
  const input = { ...fullInput(stage.connection), train: { command: 'x', hardwareTier: 'gpu-xl' } };
  const { runId } = await stage.client.start('train-and-deploy', input);
  expect(await stage.client.wait(runId, { timeoutMs: 30_000 })).toMatchObject({
    status: 'failed',
    failure: { code: 'NOT_FOUND', step: 'environment' },
  });
  expect(effects()).toBe(before);
});

describe('a dry run', () => {
  it('says what was looked up, and creates nothing', async () => {
    const before = effects();
    const input = { ...fullInput(stage.connection), train: { command: 'x', hardwareTier: 'gpu-xl' } };
    const found = await stage.client.dryRun('train-and-deploy', input);
    expect(found).toMatchObject({
      ...{ pipeline: 'train-and-deploy', connection: stage.connection, ok: false },
      findings: [
        { field: 'project', verdict: 'found' },
        { field: 'train.hardwareTier', value: 'gpu-xl', verdict: 'missing' },
      ],
    });
    expect(effects()).toBe(before);
    expect(calls(stage.simulator, 'jobs.start')).toBe(0);
  });

  it('is asked for over HTTP', async () => {
    const post = async (body: object) => {
      const answer = await fetch(`${server.url}/v1/pipelines/train-and-deploy/dry-run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as object };
    };
    expect(await post({ input: fullInput(stage.connection) })).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    const wrong = { ...fullInput(stage.connection), register: { model: '..' } };
    expect(await post({ input: wrong })).toMatchObject({ status: 422, body: { code: 'INPUT_INVALID' } });
  });

  it('is asked for by --dry-run, whose exit code says whether something is missing', async () => {
    const place = ['-p', `connection=${stage.connection}`];
    const start = ['run', 'start', 'train-and-deploy', '--dry-run', '--key', 'nightly', ...place];
    const usual = [...start, '-p', 'project=ada/iris', '-p', 'train.command=x'];
    const fits = await longhaul(...usual);
    expect(fits).toMatchObject({ exitCode: 0, stdout: '✔ project: project "ada/iris" is there\n' });
    const missing = await longhaul(...usual, '-p', 'train.hardwareTier=gpu-xl');
    expect(missing.exitCode).toBe(2);
    expect(missing.stdout).toMatch(/^✖ train.hardwareTier: there is no hardware tier "gpu-xl"; there are /m);
  });
});
