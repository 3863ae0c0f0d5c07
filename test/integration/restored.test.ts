/** Temporal is started from a backup that does not know what its runs have made since. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';
import { type TemporalServer, startTemporal } from '../../src/dev/temporal-server.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage } from '../support/stage.js';

let folder: string;
let temporal: TemporalServer;
let stage: Stage;
let cliPath: string;

const dbFile = (): string => join(folder, 'temporal.db');
const start = async (port = 0): Promise<TemporalServer> =>
  startTemporal({ cliPath, dbFile: dbFile(), fastTimers: true, port });

/** Temporal as it was when the run had only been started. */
async function restore(): Promise<void> {
  const port = Number(temporal.address.split(':')[1]);
  await temporal.stop();
  cpSync(join(folder, 'backup'), dbFile());
  temporal = await start(port);
}

beforeAll(async () => {
  cliPath = await findTemporalCli({ env: process.env });
  folder = mkdtempSync(join(tmpdir(), 'longhaul-restored-'));
  temporal = await start();
  stage = await createStage({ temporal: temporal.address });
});
afterAll(async () => {
  await stage.close();
  await temporal.stop();
  rmSync(folder, { recursive: true });
});

describe('a run whose job was started after the backup', () => {
  it('adopts that job where workers are told of the restore', async () => {
    const registering = await stage.startWorker();
    registering.kill('SIGTERM');
    await registering.ended;
    const { runId } = await stage.client.start(
      'train-and-deploy',
      { connection: stage.connection, project: 'ada/iris', train: { command: 'python train.py' } },
      { key: 'restored' },
    );
    await temporal.stop();
    cpSync(dbFile(), join(folder, 'backup'));
    temporal = await start(Number(temporal.address.split(':')[1]));
    await stage.startWorker();
    await eventually(() => Promise.resolve(created(stage.simulator, 'job').length === 1));
    await stage.killWorkers();
    await restore();
    await stage.startWorker([], { LONGHAUL_RESTORED_AT: new Date().toISOString() });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect({ status: run.status, jobs: created(stage.simulator, 'job').length }).toEqual({
      status: 'succeeded',
      jobs: 1,
    });
  });
});
