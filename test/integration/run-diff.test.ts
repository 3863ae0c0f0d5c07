import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PipelineInput, RunDiff } from '../../src/client.js';
import { runCommand } from '../support/command.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const world = new URL('../support/two-trainings.yaml', import.meta.url).pathname;

let stage: Stage;
let snapshotId: string;
const green = 'train-and-deploy.green';
const red = 'train-and-deploy.red';

const input = (
  command: string,
  pandas: string,
  hardwareTier = 'small-k8s',
): PipelineInput<'train-and-deploy'> => ({
  connection: stage.connection,
  project: 'ada/iris',
  environment: { name: 'iris-training', base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: `RUN apt-get update\nRUN pip install pandas==${pandas}\nENV MODE=quiet` },
  train: { command, hardwareTier },
});

async function run(key: string, of: PipelineInput<'train-and-deploy'>): Promise<string> {
  const { runId } = await stage.client.start('train-and-deploy', of, { key });
  await stage.client.wait(runId, { timeoutMs: 90_000 });
  return runId;
}

const longhaul = (...args: string[]) => runCommand(args, { env: stage.env });
const partOf = ({ parts }: RunDiff, name: string) => parts.find(({ part }) => part === name);

/** Takes a snapshot of the project’s only dataset, and lets it be copied. */
async function takeSnapshot(): Promise<string> {
  const headers = { 'x-domino-api-key': stage.simulator.apiKey, 'content-type': 'application/json' };
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const sent = body && { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(new URL(path, stage.simulator.url), { headers, ...sent })).json();
  };
  const { datasets } = (await ask('/api/datasetrw/v2/datasets')) as {
    datasets: { dataset: { id: string } }[];
  };
  const path = `/api/datasetrw/v1/datasets/${datasets[0]?.dataset.id}/snapshots`;
  const { snapshot } = (await ask(path, { relativeFilePaths: ['.'] })) as { snapshot: { id: string } };
  await stage.control('clock', { advanceSeconds: 60 });
  return snapshot.id;
}

beforeAll(async () => {
  stage = await createStage({ world });
  await stage.startWorker();
  await run('other', {
    ...input('python train.py', '1.0.0'),
    project: 'ada/iris',
    train: { command: 'false' },
  });
  await run('green', input('python train.py', '2.0.0'));
  snapshotId = await takeSnapshot();
  await run('red', input('python train.py --broken', '2.1.0', 'gpu-k8s'));
});
afterAll(() => stage.close());

describe('the last green run against a red one', () => {
  it('is found by itself, and told part by part with what differs', async () => {
    const diff = await stage.client.diff(red);
    expect([diff.a, diff.b]).toMatchObject([
      { runId: green, status: 'succeeded' },
      { runId: red, status: 'failed' },
    ]);
    expect(diff.parts.map(({ part, verdict }) => [part, verdict])).toEqual([
      ['inputs', 'differs'],
      ['environment', 'differs'],
      ['image', 'differs'],
      ['commit', 'equal'],
      ['hardware tier', 'differs'],
      ['data', 'differs'],
      ['code version', 'equal'],
      ['metrics', 'differs'],
      ['log', 'differs'],
      ['steps', 'differs'],
    ]);
    expect(partOf(diff, 'inputs')?.changes).toEqual([
      {
        name: 'revision.dockerfile, line 2',
        a: 'RUN pip install pandas==2.0.0',
        b: 'RUN pip install pandas==2.1.0',
      },
      { name: 'train.command', a: 'python train.py', b: 'python train.py --broken' },
      { name: 'train.hardwareTier', a: 'small-k8s', b: 'gpu-k8s' },
    ]);
    expect(partOf(diff, 'hardware tier')?.changes).toEqual([{ name: 'tier', a: 'small-k8s', b: 'gpu-k8s' }]);
    expect(partOf(diff, 'environment')?.changes).toEqual([
      {
        name: 'dockerfileInstructions, line 2',
        a: 'RUN pip install pandas==2.0.0',
        b: 'RUN pip install pandas==2.1.0',
      },
    ]);
    expect(partOf(diff, 'data')?.changes).toEqual([
      { name: 'rows', a: null, b: expect.stringMatching(`^${snapshotId} of \\d{4}-`) },
    ]);
    expect(partOf(diff, 'metrics')?.changes).toEqual([
      { name: 'accuracy', a: 0.95, b: 0.31, delta: -0.64 },
      { name: 'rows', a: 150, b: 0, delta: -150 },
    ]);
    expect(partOf(diff, 'steps')?.changes).toContainEqual({
      name: 'train',
      a: { status: 'succeeded', tookMs: expect.any(Number) },
      b: { status: 'failed', tookMs: expect.any(Number) },
    });
  });

  it('shows the first lines of their logs that differ by more than times, ids and attempts, each with its number', async () => {
    expect(partOf(await stage.client.diff(green, red), 'log')?.changes).toEqual([
      {
        name: 'first line that differs',
        a: { line: 5, text: '150 rows' },
        b: { line: 6, text: '0 rows' },
      },
    ]);
  });

  it('is not guessed when there is none: a run that failed is no such run, nor one that came later', async () => {
    await expect(stage.client.diff(green)).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
      message:
        'no run of train-and-deploy on domino-test for project ada/iris has succeeded with a training before train-and-deploy.green; name the run to compare it with',
    });
    await expect(stage.client.diff('train-and-deploy.nobody')).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
    await expect(stage.client.diff(red, 'train-and-deploy.nobody')).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });

  it('compares a run with itself as equal in every part', async () => {
    const { parts } = await stage.client.diff(red, red);
    expect(parts.filter(({ verdict }) => verdict !== 'equal')).toEqual([]);
  });

  it('is read without a run in any list, and without an effect on the platform', async () => {
    const before = [];
    for await (const { runId } of stage.client.list()) before.push(runId);
    const writes = () => stage.simulator.ledger().filter(({ method }) => method !== 'GET').length;
    const wroteBefore = writes();
    await stage.client.diff(red);
    const after = [];
    for await (const { runId } of stage.client.list()) after.push(runId);
    expect(after).toEqual(before);
    expect(writes()).toBe(wroteBefore);
  });
});

describe('longhaul run diff', () => {
  it('prints what differs, and what is equal in one line, unable to steer the terminal', async () => {
    const { stdout, exitCode } = await longhaul('run', 'diff', red);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`a  ${green}  succeeded`);
    expect(stdout).toContain(`b  ${red}    failed`);
    expect(stdout).toContain('  train.command: python train.py → python train.py --broken\n');
    expect(stdout).toContain('    - RUN pip install pandas==2.0.0\n    + RUN pip install pandas==2.1.0\n');
    expect(stdout).toContain('  accuracy: 0.95 → 0.31  (-0.64)\n');
    expect(stdout).toContain('    a 5: 150 rows\n    b 6: 0 rows\n');
    expect(stdout).toMatch(/\nequal: commit, code version\n$/);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('GET /v1/runs/{runId}/diff', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(stage);
  });
  afterAll(() => server.close());

  it('answers what the client does, with a run that is named or found', async () => {
    for (const query of ['', `?with=${green}`]) {
      const answer = await fetch(`${server.url}/v1/runs/${red}/diff${query}`);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual(await stage.client.diff(green, red));
    }
  });
});

describe('what cannot be read', () => {
  it('is said by name: a log whose job is gone, and nothing else is lost by it', async () => {
    await stage.inject({
      endpoint: 'jobs.logs',
      kind: 'status',
      status: 404,
      body: { errors: ['No such job'] },
    });
    const diff = await stage.client.diff(green, red);
    expect(partOf(diff, 'log')).toMatchObject({
      verdict: 'unread',
      changes: [],
      unread: [{ reason: expect.stringContaining('No such job') }],
    });
    expect(partOf(diff, 'metrics')?.verdict).toBe('differs');
  });

  it('is tried again when it may pass', async () => {
    await stage.inject({ endpoint: 'jobs.logs', kind: 'status', status: 503, body: {} });
    expect(partOf(await stage.client.diff(green, red), 'log')?.verdict).toBe('differs');
  });

  it('is everything of the platform when the connection has no worker; what Temporal knows is told', async () => {
    await stage.killWorkers();
    await stage.startWorker(['--roles', 'pipelines']);
    const diff = await stage.client.diff(green, red);
    const unread = diff.parts.filter(({ verdict }) => verdict === 'unread');
    expect(unread.map(({ part }) => part)).toEqual([
      'environment',
      'image',
      'commit',
      'hardware tier',
      'data',
      'metrics',
      'log',
    ]);
    expect(unread[0]?.unread[0]).toEqual({
      run: 'a',
      reason: 'no worker read the platform of domino-test in time; is `longhaul worker` running for it?',
    });
    expect(partOf(diff, 'inputs')?.verdict).toBe('differs');
  });
});
