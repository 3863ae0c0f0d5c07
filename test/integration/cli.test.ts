/** The CLI as its users meet it: real processes, judged by what they print and how they exit. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Stage, createStage } from '../support/stage.js';

interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

type Env = Readonly<Record<string, string>>;

const mainFile = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'longhaul-cli-'));
let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ world: new URL('../support/slow-job.yaml', import.meta.url).pathname });
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], env: Env, stdin = '') {
  const options: SpawnOptions = { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] };
  const child = spawn(process.execPath, [mainFile, ...args], options);
  const startedAtMs = Date.now();
  const output = { stdout: '', stderr: '' };
  child.stdin?.end(stdin);
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<Outcome>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, ...output, tookMs: Date.now() - startedAtMs }));
  });
  return { child, output, ended };
}

/** Runs a command to its end. Nothing that it says may hold a stack. */
async function longhaul(args: readonly string[], env: Env = stage.env, stdin = ''): Promise<Outcome> {
  const outcome = await start(args, env, stdin).ended;
  expect(`${outcome.stdout}${outcome.stderr}`).not.toMatch(/\n\s+at .*[:(]\d+/);
  return outcome;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

const inputFile = (name: string, input: object): string => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(input));
  return file;
};

const training = (command = 'python train.py') => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command },
});

describe('bad input', () => {
  it('an unknown pipeline exits 2 and names those that there are', async () => {
    const { exitCode, stderr, stdout } = await longhaul(['run', 'start', 'train-and-deplay']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('there is no pipeline "train-and-deplay"\n  → Use one of train-and-deploy, ');
  });

  it('an unknown connection exits 2 and names those that there are', async () => {
    const file = inputFile('connection.json', { ...training(), connection: 'domino-prd' });
    const { exitCode, stderr } = await longhaul(['run', 'start', 'train-and-deploy', '-f', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no connection "domino-prd"; configured are domino-test');
  });

  it('fields that do not fit exit 2, each named', async () => {
    const file = inputFile('fields.json', { ...training(), project: 'iris' });
    const args = ['run', 'start', 'train-and-deploy', '-f', file, '-p', 'train.logLines=many'];
    const { exitCode, stderr } = await longhaul(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('project: must be "owner/name"');
    expect(stderr).toContain('train.logLines: ');
    expect(stderr).toContain('nothing was started');
  });

  it('a configuration that is not there exits 2 and names the file', async () => {
    const { exitCode, stderr } = await longhaul(['--config', 'nowhere.yaml', 'run', 'list']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('nowhere.yaml cannot be read');
  });

  it('a flag or command that is not there exits 2', async () => {
    expect(await longhaul(['run', 'list', '--nonsense'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await longhaul(['ran'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await longhaul(['run', 'list', '--since', 'yesterday'])).toMatchObject({ exitCode: 2 });
    expect(await longhaul(['run', 'start', 'train-and-deploy', '--timeout', '5s'])).toMatchObject({
      exitCode: 2,
    });
  });

  it('an unknown run exits 4', async () => {
    const { exitCode, stderr } = await longhaul(['run', 'get', 'train-and-deploy.nobody']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('there is no run train-and-deploy.nobody');
  });

  it('a Temporal that does not answer exits 9 within 8 seconds and says what to do', async () => {
    const env = { ...stage.env, TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const { exitCode, stderr, tookMs } = await longhaul(['run', 'list'], env);
    expect(exitCode).toBe(9);
    expect(stderr).toContain('Temporal does not answer at 127.0.0.1:9');
    expect(stderr).toContain('longhaul dev');
    expect(tookMs).toBeLessThan(8_000);
  });

  it('a worker without its credential exits 3 and names the variable, in a line of its log', async () => {
    const { STAGE_KEY: _, ...env } = stage.env;
    const { exitCode, stderr } = await longhaul(['worker'], env);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ level: 60, msg: expect.stringContaining('STAGE_KEY') });
  });
});

describe('config check', () => {
  it('finds all well, platform included', async () => {
    await stage.startWorker(); // it registers the search attributes
    const { exitCode, stdout } = await longhaul(['config', 'check']);
    expect(stdout).toContain('the credential is ada');
    expect(exitCode).toBe(0);
  });

  it('exits 3 for a credential that is not set and 9 for a platform that does not answer', async () => {
    const { STAGE_KEY: _, ...env } = stage.env;
    expect(await longhaul(['config', 'check'], env)).toMatchObject({ exitCode: 3 });
    const config = join(folder, 'elsewhere.yaml');
    const elsewhere = { platform: 'domino', url: 'http://127.0.0.1:9', apiKey: { env: 'STAGE_KEY' } };
    writeFileSync(config, JSON.stringify({ connections: { elsewhere } }));
    expect(await longhaul(['config', 'check', '--config', config])).toMatchObject({ exitCode: 9 });
  });
});

describe('runs', () => {
  beforeAll(async () => {
    await stage.startWorker();
  });

  it('one key starts one run, and another input for it exits 7', async () => {
    const args = [
      'run',
      'start',
      'train-and-deploy',
      '--key',
      'once',
      '-f',
      inputFile('once.json', training()),
    ];
    const first = await longhaul([...args, '--wait', '-o', 'json']);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ runId: 'train-and-deploy.once', status: 'succeeded' });
    expect(await longhaul([...args, '-o', 'ids'])).toMatchObject({
      exitCode: 0,
      stdout: 'train-and-deploy.once\n',
    });
    expect(await longhaul([...args, '-p', 'train.command=other'])).toMatchObject({ exitCode: 7, stdout: '' });
  });

  it('JSON is exactly what the client says', async () => {
    const { stdout } = await longhaul(['run', 'get', 'train-and-deploy.once', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(await stage.client.get('train-and-deploy.once'));
  });

  it('a failed command exits 5, a gate that says no 8, each with the reason', async () => {
    const failing = inputFile('failing.json', training('exit 1'));
    const failed = await longhaul(['run', 'start', 'train-and-deploy', '-f', failing, '--wait']);
    expect(failed.exitCode).toBe(5);
    expect(failed.stdout).toContain('train: JOB_FAILED');

    const gated = inputFile('gated.json', { ...training(), gate: { conditions: ['accuracy > 1'] } });
    const refused = await longhaul(['run', 'start', 'train-and-deploy', '-f', gated, '--watch']);
    expect(refused.stdout).toMatch(/gate: (GATE_REFUSED|METRIC_MISSING)/);
    expect(refused.exitCode).toBe(refused.stdout.includes('GATE_REFUSED') ? 8 : 5);
    expect(refused.stderr).toMatch(/train succeeded in/);
  });

  it('a parked run tells how to resolve it, and goes on once it is', async () => {
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const file = inputFile('parked.json', training());
    const args = ['run', 'start', 'train-and-deploy', '--key', 'park', '-f', file, '--wait'];
    const waiting = start(args, stage.env);
    const resolve = 'run resolve train-and-deploy.park --step train --retry --reason';
    await until(() => waiting.output.stderr.includes(`longhaul ${resolve}`));

    const listed = () => longhaul(['run', 'list', '--status', 'parked', '-o', 'ids']);
    await eventually(async () => (await listed()).stdout === 'train-and-deploy.park\n');
    expect(await longhaul(['run', 'wait', 'train-and-deploy.park', '--timeout', '1s'])).toMatchObject({
      exitCode: 6,
    });
    const other = [
      'run',
      'resolve',
      'train-and-deploy.park',
      '--step',
      'deploy',
      '--abort',
      '--reason',
      'no',
    ];
    expect(await longhaul(other)).toMatchObject({ exitCode: 7 });
    expect(await longhaul([...resolve.split(' '), 'granted'])).toMatchObject({ exitCode: 0 });
    expect(await waiting.ended).toMatchObject({ exitCode: 0 });
  });

  it('ids from a list cancel runs through a pipe; the one who waits exits 8', async () => {
    const file = inputFile('cancelled.json', training('python slow.py'));
    const args = ['run', 'start', 'train-and-deploy', '--key', 'cancel', '-f', file, '--watch'];
    const watching = start(args, stage.env);
    await until(() => watching.output.stderr.includes('train waiting'));
    const { stdout: ids } = await longhaul(['run', 'list', '--status', 'running', '-o', 'ids']);
    const cancelled = await longhaul(['run', 'cancel', '-', '--reason', 'test'], stage.env, ids);
    expect(cancelled).toMatchObject({ exitCode: 0 });
    expect(cancelled.stdout).toContain('train-and-deploy.cancel');
    const ended = await watching.ended;
    expect(ended.exitCode).toBe(8);
    expect(ended.stdout).toContain('undone: job');
  });

  it('Ctrl-C ends the watching, not the run', async () => {
    const file = inputFile('watched.json', training());
    const args = ['run', 'start', 'train-and-deploy', '--key', 'watched', '-f', file, '--watch'];
    const watching = start(args, stage.env);
    await until(() => watching.output.stderr.includes('environment skipped'));
    watching.child.kill('SIGINT');
    const { exitCode, stderr } = await watching.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('longhaul run watch train-and-deploy.watched');
    expect(await longhaul(['run', 'wait', 'train-and-deploy.watched'])).toMatchObject({ exitCode: 0 });
  });
});

describe('the simulator', () => {
  it('prints one JSON line when it is ready and stops cleanly', async () => {
    const simulator = start(['simulator', '--port', '0', '-o', 'json'], {});
    await until(() => simulator.output.stdout.includes('\n'));
    const { domino, apiKey, ledger } = JSON.parse(simulator.output.stdout) as Record<string, string>;
    expect([apiKey, ledger]).toEqual(['simulator-key', `${domino}/_simulator/ledger`]);
    expect((await fetch(`${ledger}`, { headers: { 'X-Domino-Api-Key': `${apiKey}` } })).status).toBe(200);
    simulator.child.kill('SIGTERM');
    expect(await simulator.ended).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('says in one message what is wrong with its world or port', async () => {
    const world = join(folder, 'world.yaml');
    writeFileSync(world, 'user: ada\n');
    const bad = await longhaul(['simulator', '--port', '0', '--world', world], {});
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain('projects');
    const port = new URL(stage.simulator.url).port;
    const taken = await longhaul(['simulator', '--port', port], {});
    expect(taken.exitCode).toBe(1);
    expect(taken.stderr).toContain(port);
  });
});

describe('the demo', () => {
  const env = (temporary: string): Env => ({
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TMPDIR: temporary,
    ...(process.env['TEMPORAL_CLI_PATH'] && { TEMPORAL_CLI_PATH: process.env['TEMPORAL_CLI_PATH'] }),
    ...(process.env['XDG_CACHE_HOME'] && { XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] }),
  });
  const temporaryFolder = (name: string): string => mkdtempSync(join(folder, name));

  it('runs the pipeline, asks the deployed model, and leaves nothing', async () => {
    const temporary = temporaryFolder('demo-');
    const { exitCode, stdout } = await longhaul(['demo'], env(temporary));
    expect(stdout).toContain('"species":"virginica"');
    expect(stdout).toContain('train-and-deploy.demo succeeded');
    expect(exitCode).toBe(0);
    expect([readdirSync(temporary), processesOf(temporary)]).toEqual([[], []]);
  });

  it('lets a run fail at its deployment, and a replay finish it without a build or a job', async () => {
    const temporary = temporaryFolder('replay-');
    const { exitCode, stdout } = await longhaul(['demo', 'replay', '-o', 'json'], env(temporary));
    const { plan, run, created } = JSON.parse(stdout) as Record<string, unknown>;
    expect(plan).toMatchObject({ of: { status: 'failed' } });
    expect(run).toMatchObject({ status: 'succeeded', lineage: { number: 2 } });
    expect(created).toEqual({
      first: { environments: 1, builds: 1, jobs: 1, registrations: 1, deployments: 0 },
      replay: { environments: 0, builds: 0, jobs: 0, registrations: 0, deployments: 1 },
    });
    expect(exitCode).toBe(0);
    expect([readdirSync(temporary), processesOf(temporary)]).toEqual([[], []]);
  });

  it('runs six trainings at once, draws the graph of the pipeline, and deploys the best', async () => {
    const temporary = temporaryFolder('sweep-');
    const { exitCode, stdout, stderr } = await longhaul(['demo', 'sweep'], env(temporary));
    expect(stderr).toMatch(/train\.4 waiting · depth 8, rate 0\.1 · .*for 2s to pass before try 2 of 2/);
    expect(stdout.replaceAll(/ +\d+(\.\d+)?s/g, '')).toContain(`
  ✔ train                succeeded  6 succeeded
  │ ✔ depth 4, rate 0.1  succeeded  auc 0.712
  │ ✔ depth 4, rate 0.3  succeeded  auc 0.748
  │ ✔ depth 6, rate 0.1  succeeded  auc 0.803
  │ ✔ depth 6, rate 0.3  succeeded  auc 0.861
  │ ✔ depth 8, rate 0.1  succeeded  try 2 · auc 0.837
  │ ✔ depth 8, rate 0.3  succeeded  auc 0.794
  │
  ✔ best                 succeeded  auc 0.861
  │
  ✔ gate                 succeeded  auc >= 0.7 (0.861)
  ┆
  ✔ register             succeeded`);
    expect(stdout).toContain('auc: 0.861\n  trained: 6\n  best: depth 6, rate 0.3\n');
    expect(stdout).toContain('churn-api version 1 (Running), with churn version 1');
    expect(exitCode).toBe(0);
    expect([readdirSync(temporary), processesOf(temporary)]).toEqual([[], []]);
  });

  it('trains on Domino, serves on UbiOps, and ends with a prediction that UbiOps answers', async () => {
    const temporary = temporaryFolder('both-');
    const { exitCode, stdout } = await longhaul(['demo', 'both', '-o', 'json'], env(temporary));
    const { plan, run, prediction } = JSON.parse(stdout) as Record<string, unknown>;
    expect(plan).toMatchObject({
      of: { status: 'failed' },
      steps: [
        { name: 'train', action: 'reused' },
        { name: 'gate', action: 'reused' },
        { name: 'register', action: 'reused' },
        { name: 'deploy', action: 'run', calls: [{ endpoint: 'versions.create', on: 'iris' }] },
      ],
    });
    expect(run).toMatchObject({ status: 'succeeded', lineage: { number: 2 } });
    expect(prediction).toMatchObject({
      answered: '{"species":"virginica","model":"iris-thresholds version 1"}',
    });
    expect(exitCode).toBe(0);
    expect([readdirSync(temporary), processesOf(temporary)]).toEqual([[], []]);
  });

  it('leaves nothing either when it is interrupted', async () => {
    const temporary = temporaryFolder('interrupted-');
    const demo = start(['demo'], env(temporary));
    await until(() => demo.output.stderr.includes('environment'));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ exitCode: 130 });
    expect([readdirSync(temporary), processesOf(temporary)]).toEqual([[], []]);
  });
});

/** Ids of processes whose environment names the folder; none where there is no /proc. */
function processesOf(temporary: string): string[] {
  const ids = readdirSync('/').includes('proc')
    ? readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    : [];
  return ids.filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').includes(temporary);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
