/** Starting and stopping Temporal's development server, with the real one. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { SearchAttributeType, TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { freePort } from '../../src/dev/ports.js';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';
import {
  type TemporalServer,
  type TemporalServerOptions,
  startTemporal,
} from '../../src/dev/temporal-server.js';
import { ensureSearchAttributes } from '../../src/worker/search-attributes.js';

let cliPath = '';
let folder = '';
let started: TemporalServer[] = [];

beforeAll(async () => {
  cliPath = await findTemporalCli({ env: process.env });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-server-'));
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Omit<TemporalServerOptions, 'cliPath'> = {}): Promise<TemporalServer> {
  const server = await startTemporal({ cliPath, ...options });
  started.push(server);
  return server;
}

async function withClient<T>(server: TemporalServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** Starts a workflow that nobody runs, with a search attribute. */
const startRun = (server: TemporalServer, workflowId: string, attribute: string): Promise<unknown> =>
  withClient(server, (client) =>
    client.workflow.start('anything', {
      workflowId,
      taskQueue: 'nobody',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: defineSearchAttributeKey(attribute, SearchAttributeType.KEYWORD), value: 'x' },
      ]),
    }),
  );

/** Adds them as a worker does when it starts. */
async function ensure({ address }: TemporalServer): Promise<void> {
  const connection = await NativeConnection.connect({ address });
  try {
    await ensureSearchAttributes(connection, { namespace: 'default', address });
  } finally {
    await connection.close();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const portOf = (server: TemporalServer): number => Number(server.address.split(':')[1]);

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

describe('a Temporal server in memory', () => {
  it('takes runs with its search attributes as soon as it is started, and is gone when it is stopped', async () => {
    const server = await start({ searchAttributes: { LonghaulStatus: 'Keyword' }, fastTimers: true });
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(server.uiUrl).toBeUndefined();
    await startRun(server, 'first', 'LonghaulStatus');
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(await answers(portOf(server))).toBe(false);
    await server.stop();
  });

  it('serves the namespace that was asked for, and a Web UI', async () => {
    const server = await start({
      namespace: 'team-a',
      uiPort: 0,
      searchAttributes: { LonghaulStep: 'Keyword' },
    });
    const { customAttributes } = await withClient(server, ({ connection }) =>
      connection.operatorService.listSearchAttributes({ namespace: 'team-a' }),
    );
    expect(Object.keys(customAttributes)).toContain('LonghaulStep');
    const page = await fetch(server.uiUrl ?? '');
    expect(page.headers.get('content-type')).toContain('text/html');
  });
});

describe('a Temporal server on a file', () => {
  it('keeps its runs over a restart, and gets the search attributes that are new', async () => {
    const dbFile = join(folder, 'state', 'temporal.sqlite');
    const first = await start({ dbFile, searchAttributes: { LonghaulStatus: 'Keyword' } });
    await startRun(first, 'kept', 'LonghaulStatus');
    await first.stop();

    const second = await start({
      dbFile,
      searchAttributes: { LonghaulStatus: 'Keyword', LonghaulFailure: 'Keyword' },
    });
    const kept = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
    expect(kept.status.name).toBe('RUNNING');
    await startRun(second, 'later', 'LonghaulFailure');
  });
});

describe('the search attributes of a worker', () => {
  it('are added where they are missing, each with its type', async () => {
    const server = await start();
    await ensure(server);
    const { customAttributes } = await withClient(server, ({ connection }) =>
      connection.operatorService.listSearchAttributes({ namespace: 'default' }),
    );
    expect(customAttributes).toMatchObject({ LonghaulStatus: 2, LonghaulTags: 7 });
    await ensure(server);
  });

  it('name what has taken the columns of a namespace that has none left', async () => {
    const taken = Array.from({ length: 4 }, (_, index) => `Other${index}`);
    const server = await start({
      searchAttributes: Object.fromEntries(taken.map((name) => [name, 'Keyword'])),
    });
    await expect(ensure(server)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /no room for the search attributes LonghaulPipeline, .*has 4 of type Keyword \(Other0, .*remove some with/,
      ),
    });
  });
});

describe('a Temporal server that cannot start', () => {
  it('names the port that is in use, though what listens there is a Temporal too', async () => {
    const server = await start();
    await expect(start({ port: portOf(server) })).rejects.toThrow(
      `port ${portOf(server)}, wanted for Temporal, is in use: stop the program that listens there, or choose another port`,
    );
    await expect(start({ uiPort: portOf(server) })).rejects.toThrow(
      `port ${portOf(server)}, wanted for Temporal's Web UI, is in use`,
    );
  });

  it('passes on its last lines, and writes them to its log', async () => {
    const logFile = join(folder, 'temporal.log');
    await expect(
      start({ logFile, searchAttributes: { 'not a name': 'Keyword' }, dbFile: folder }),
    ).rejects.toThrow(/^Temporal's development server ended before it was ready: exited with 1\nError: .+/s);
    expect(readFileSync(logFile, 'utf8')).toContain('Error: ');
  });

  it('says that the CLI cannot be run', async () => {
    const nothing = join(folder, 'temporal');
    await expect(startTemporal({ cliPath: nothing })).rejects.toThrow(`${nothing} cannot be run: spawn`);
  });
});

describe('a program that is killed', () => {
  it('takes its Temporal server with it', async () => {
    const port = await freePort();
    const module = fileURLToPath(new URL('../../dist/dev/temporal-server.js', import.meta.url));
    const script = `import { startTemporal } from ${JSON.stringify(module)};
      const server = await startTemporal({ cliPath: ${JSON.stringify(cliPath)}, port: ${port} });
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
    const program = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const pid = await new Promise<number>((resolve) =>
      program.stdout.once('data', (text) => resolve(Number(text))),
    );
    expect(isAlive(pid)).toBe(true);
    program.kill('SIGKILL');
    for (let look = 0; look < 100 && isAlive(pid); look++) await sleep(100);
    expect(isAlive(pid)).toBe(false);
  });
});
