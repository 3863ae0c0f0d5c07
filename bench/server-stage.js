/** What figures of the HTTP API are measured on: a Temporal server in memory and one server process, no worker. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../dist/dev/child.js';
import { findTemporalCli } from '../dist/dev/temporal-cli.js';
import { startTemporal } from '../dist/dev/temporal-server.js';
import { searchAttributes } from '../dist/run/search-attributes.js';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** The smallest input that starts a run. */
export const smallInput = {
  connection: 'domino-dev',
  project: 'ada/iris',
  train: { command: 'python train.py' },
};

/** Where a run is started. */
export const startPath = '/v1/pipelines/train-and-deploy/runs';

/** Sets the stage, uses it, and takes it down by process id. `env` is of the server, `nodeOptions` of its process. */
export async function withServer({ env = {}, nodeOptions = [] }, use) {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-server-'));
  const closers = [() => rm(folder, { recursive: true, force: true })];
  try {
    const temporal = await startTemporal({
      cliPath: await findTemporalCli({ env: process.env, say: console.error }),
      searchAttributes,
    });
    closers.unshift(() => temporal.stop());
    const config = join(folder, 'longhaul.json');
    // Nobody listens there: what a server reads of platforms is not what is measured.
    const connection = { platform: 'domino', url: 'http://127.0.0.1:9', apiKey: { env: 'KEY' } };
    await writeFile(config, JSON.stringify({ connections: { 'domino-dev': connection } }));
    const server = await startServer(nodeOptions, {
      KEY: 'k',
      LONGHAUL_CONFIG: config,
      LONGHAUL_AUDIT_DIRECTORY: join(folder, 'audit'),
      TEMPORAL_ADDRESS: temporal.address,
      ...env,
    });
    closers.unshift(server.stop);
    return await use({ temporal, server });
  } finally {
    for (const close of closers) await close();
  }
}

const readyWithinMs = 60_000;
/** Longer than a server takes to let its requests finish. */
const graceMs = 60_000;

/** A server process; `stop` ends it gracefully. */
export async function startServer(nodeOptions, env) {
  const child = await startChild(process.execPath, [...nodeOptions, cli, 'server', '-o', 'json'], {
    env: { PATH: process.env.PATH, LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0', ...env },
    orphan: 'channel',
  });
  const line = await child.firstLine(readyWithinMs).catch((error) => {
    throw new Error(`the server ${error.message}\n${child.lastLines().join('\n')}`);
  });
  let isUp = true;
  void child.ended.then(() => (isUp = false));
  return {
    url: JSON.parse(line).api,
    pid: child.pid,
    lastLines: child.lastLines,
    stop: () => child.stop(graceMs),
    isUp: () => isUp,
  };
}
