import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import { freePort } from '../../src/dev/ports.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage, mainFile, statuses, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.close());

const input = () => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});
const startMany = (count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      stage.client.start('train-and-deploy', input(), { key: `n${index}` }),
    ),
  );
const health = async (address: string, path: string): Promise<number> =>
  (await fetch(`http://${address}${path}`)).status;

/** Stands before Temporal, and lets nothing through while it is shut. */
async function openGate(temporal: string) {
  const sockets = new Set<Socket>();
  let isShut = false;
  let tell: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (tell = resolve));
  const pass = (from: Socket): void => {
    if (isShut) return void from.destroy();
    const to = connect(Number(temporal.split(':')[1]), '127.0.0.1');
    const close = (): void => {
      for (const socket of [from, to]) socket.destroy();
    };
    for (const socket of [from, to]) sockets.add(socket.on('error', close).on('close', close));
    from.pipe(to).pipe(from);
    to.once('data', tell);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    answered,
    open: () => (isShut = false),
    shut: () => {
      isShut = true;
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('the worker', () => {
  it('is live and ready when it takes tasks, and knows no other path', async () => {
    const worker = await stage.startWorker();
    expect(await health(worker.health, '/livez')).toBe(200);
    expect(await health(worker.health, '/readyz')).toBe(200);
    expect(await health(worker.health, '/other')).toBe(404);
  });

  it('starts when Temporal is there at last, and serves its metrics', async () => {
    let tries = 0;
    const nothingYet = createServer((socket) => {
      tries += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => nothingYet.listen(0, '127.0.0.1', resolve));
    const { port } = nothingYet.address() as AddressInfo; // it listens on TCP
    const metrics = `127.0.0.1:${await freePort()}`;
    const starting = stage.startWorker([], {
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      TEMPORAL_NAMESPACE: 'default',
      LONGHAUL_METRICS_ADDRESS: metrics,
    });
    await eventually(() => Promise.resolve(tries > 0));
    await new Promise((resolve) => nothingYet.close(resolve));
    const temporal = await startTemporal({ cliPath: await findTemporalCli({ env: process.env }), port });
    const worker = await starting;
    expect(worker.log.join()).toContain('Temporal does not answer');
    expect(await health(worker.health, '/readyz')).toBe(200);
    await eventually(async () =>
      (await (await fetch(`http://${metrics}/metrics`)).text()).includes('longhaul_'),
    );
    await stage.killWorkers();
    await temporal.stop();
  }, 60_000);

  it('starts when Temporal goes away while it starts, and comes back', async () => {
    const gate = await openGate(stage.temporalAddress);
    const starting = stage.startWorker([], { TEMPORAL_ADDRESS: gate.address });
    await gate.answered; // by what it connects with, and before it asks for anything else
    gate.shut();
    const opening = setTimeout(gate.open, 9_000); // the SDK itself has less patience
    const worker = await starting;
    clearTimeout(opening);
    expect(worker.log.join()).toContain('Temporal does not answer');
    expect(await health(worker.health, '/readyz')).toBe(200);
    await stage.killWorkers();
    await gate.close();
  }, 60_000);

  it('is live but not ready while Temporal is down, and goes on when it is back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longhaul-restart-'));
    const cliPath = await findTemporalCli({ env: process.env });
    const options = { cliPath, dbFile: join(folder, 'temporal.db'), fastTimers: true };
    const before = await startTemporal(options);
    await stage.close();
    stage = await createStage({ temporal: before.address, speed: 20 });
    const worker = await stage.startWorker();
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'restart' });
    await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');

    await before.stop();
    expect(await health(worker.health, '/readyz')).toBe(503);
    expect(await health(worker.health, '/livez')).toBe(200);

    const after = await startTemporal({ ...options, port: Number(before.address.split(':')[1]) });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(created(stage.simulator, 'job')).toHaveLength(1);
    expect(await health(worker.health, '/readyz')).toBe(200);
    await stage.close();
    await after.stop();
    rmSync(folder, { recursive: true });
  });

  it('shares its load with a second one, and loses nothing when one is killed', async () => {
    await stage.startWorker();
    const second = await stage.startWorker();
    const runs = await startMany(12);
    await until(stage.client, 'train-and-deploy.n0', () => created(stage.simulator, 'job').length >= 6);
    second.kill('SIGKILL');
    const ended = await Promise.all(runs.map(({ runId }) => stage.client.wait(runId, { timeoutMs: 90_000 })));
    expect(ended.map(({ status }) => status)).toEqual(Array(12).fill('succeeded'));
    expect(created(stage.simulator, 'job')).toHaveLength(12);
  });

  it('stops on SIGTERM with runs under way, and the next worker goes on with them', async () => {
    const first = await stage.startWorker([], {}, mainFile);
    const runs = await startMany(6);
    await until(stage.client, 'train-and-deploy.n0', (run) => statuses(run)['train'] === 'waiting');
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await stage.startWorker();
    const ended = await Promise.all(runs.map(({ runId }) => stage.client.wait(runId, { timeoutMs: 90_000 })));
    expect(ended.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'));
    expect(created(stage.simulator, 'job')).toHaveLength(6);
  });

  it('does not send what another worker has sent while it was frozen', async () => {
    const frozen = await stage.startWorker();
    await stage.inject({ endpoint: 'projects.find', kind: 'hold-answer', ms: 3_000 });
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'frozen' });
    await until(stage.client, runId, () =>
      stage.simulator.ledger().some(({ endpoint }) => endpoint === 'projects.find'),
    );
    frozen.kill('SIGSTOP');
    await stage.startWorker();
    // Temporal still hands tasks to the frozen worker until each times out.
    await until(stage.client, runId, () => created(stage.simulator, 'job').length === 1, 120_000);
    frozen.kill('SIGCONT');
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run.status).toBe('succeeded');
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  }, 180_000);

  it('splits its roles: one process runs workflows, another performs effects', async () => {
    await stage.startWorker(['--roles', 'pipelines'], { STAGE_KEY: '' });
    await stage.startWorker(['--roles', 'activities', '--connections', stage.connection]);
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'split' });
    expect((await stage.client.wait(runId, { timeoutMs: 90_000 })).status).toBe('succeeded');
  });

  it('registers the search attributes of a new namespace, without which nothing starts', async () => {
    const start = () => stage.client.start('train-and-deploy', input(), { key: 'early' });
    await expect(start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('longhaul worker'),
    });
    await stage.startWorker();
    expect(await start()).toMatchObject({ created: true });
  });

  it('shows a run without steps, and why, when no worker answers', async () => {
    const worker = await stage.startWorker();
    worker.kill('SIGTERM');
    await worker.ended;
    const { runId } = await stage.client.start('train-and-deploy', input(), { key: 'silent' });
    const run = await stage.client.get(runId);
    expect(run).toMatchObject({ status: 'running', steps: [], connection: stage.connection });
    expect(run.notice).toContain('no worker answered');
  });
});
