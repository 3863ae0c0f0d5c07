/** Temporal for one measurement: the development server on a file, or the real one on PostgreSQL; both can be killed. */
import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { startChild } from '../../dist/dev/child.js';
import { checkPortIsFree } from '../../dist/dev/ports.js';
import { findTemporalCli } from '../../dist/dev/temporal-cli.js';
import { awaitTemporal } from '../../dist/dev/temporal-readiness.js';
import { startTemporal } from '../../dist/dev/temporal-server.js';
import { searchAttributes } from '../../dist/run/search-attributes.js';
import { option } from '../options.js';
import { startPostgres } from './postgres.js';
import { cpuOfTreeMs } from './processes.js';

const host = '127.0.0.1';
/** As docker-compose.yml has it. */
const shards = 512;
const version = 'v1.31.2';

export const startOn = { dev: startDevelopmentServer, postgres: startOnPostgres };

async function startDevelopmentServer(folder) {
  const dbFile = join(folder, 'temporal.db');
  const cliPath = await findTemporalCli({ env: process.env, say: console.error });
  const start = (port) => startTemporal({ cliPath, dbFile, port, searchAttributes });
  let server = await start();
  const { address } = server;
  return {
    name: 'development server',
    address,
    cpuMs: () => cpuOfTreeMs(server.pid),
    bytes: async () => ['', '-wal'].reduce((sum, end) => sum + sizeOf(dbFile + end), 0),
    restart: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
      server = await start(Number(address.split(':')[1]));
    },
    stop: () => server.stop(),
  };
}

const sizeOf = (file) => (existsSync(file) ? statSync(file).size : 0);

async function startOnPostgres(folder) {
  const programs = option('temporal', join(cacheFolder(), 'longhaul/stand-ins/bin'));
  const server = programOf(programs, 'server');
  const tool = programOf(programs, 'sql', 'sql-tool');
  const postgres = await startPostgres(folder);
  try {
    for (const [database, schema] of Object.entries(databases))
      for (const words of [
        ['create'],
        ['setup-schema', '-v', '0.0'],
        ['update-schema', '--schema-name', `postgresql/v12/${schema}`],
      ])
        await runTool(tool, [...connecting(postgres, database), ...words]);
    const ports = await freePorts();
    const config = join(folder, 'temporal.json');
    await writeFile(config, JSON.stringify(configOf(postgres, ports)));
    const start = () => startServer(server, config, ports.frontend);
    let child = await start();
    const each = async (statement) =>
      (await Promise.all(Object.keys(databases).map((database) => postgres.sql(statement, database)))).map(
        Number,
      );
    const sum = async (statement) => (await each(statement)).reduce((all, one) => all + one, 0);
    return {
      name: 'PostgreSQL',
      address: `${host}:${ports.frontend}`,
      cpuMs: () => cpuOfTreeMs(child.pid),
      postgresCpuMs: () => cpuOfTreeMs(postgres.pid),
      walBytes: async () => Number(await postgres.sql("select pg_current_wal_lsn() - '0/0'::pg_lsn")),
      bytes: () => sum('select pg_database_size(current_database())'),
      rows: async () => {
        await each('analyze');
        return sum('select coalesce(sum(n_live_tup), 0) from pg_stat_user_tables');
      },
      cleanUp: () => each('vacuum analyze'),
      restart: async () => {
        await child.stop(0);
        child = await start();
      },
      stop: async () => {
        await child.stop(10_000);
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

const databases = { temporal: 'temporal', temporal_visibility: 'visibility' };
const cacheFolder = () => process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

/** As `go install` names it, or as Temporal's images do. */
function programOf(folder, name, published = name) {
  const file = [`temporal-${published}`, name].map((each) => join(folder, each)).find(existsSync);
  if (file !== undefined) return file;
  const packages = ['server', 'tools/sql'].map((path) => `go.temporal.io/server/cmd/${path}@${version}`);
  throw new Error(
    `there is no ${name} of Temporal in ${folder}. Name its folder by --temporal, or build it in five minutes:
  GOBIN=${folder} CGO_ENABLED=0 go install ${packages.join(' ')}`,
  );
}

const connecting = (postgres, database) => [
  ...['--plugin', 'postgres12', '--ep', host, '-p', String(postgres.port)],
  ...['-u', 'temporal', '--pw', 'none', '--db', database],
];

async function runTool(tool, parameters) {
  const child = await startChild(tool, parameters, { orphan: 'guard' });
  const end = await child.ended;
  if (end !== 0) throw new Error(`${tool} ${parameters.join(' ')}: ${end}\n${child.lastLines().join('\n')}`);
}

const services = ['frontend', 'history', 'matching', 'worker'];

/** Below 32,768, which is what Temporal's column of ports in PostgreSQL holds; the system gives higher ones. */
async function freePorts() {
  const ports = {};
  let port = 20_000 + Math.floor(Math.random() * 10_000);
  for (const name of services.flatMap((service) => [service, `${service}Membership`])) {
    while (!(await isFree(++port)));
    ports[name] = port;
  }
  return ports;
}

const isFree = (port) =>
  checkPortIsFree(port, 'Temporal').then(
    () => true,
    () => false,
  );

function configOf(postgres, ports) {
  const storeOf = (databaseName, maxConns) => ({
    sql: {
      ...{ pluginName: 'postgres12', databaseName, connectAddr: `${host}:${postgres.port}` },
      ...{ connectProtocol: 'tcp', user: 'temporal', password: 'none', maxConns, maxIdleConns: maxConns },
    },
  });
  const rpcOf = (service) => ({
    rpc: { grpcPort: ports[service], membershipPort: ports[`${service}Membership`], bindOnIP: host },
  });
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      ...{ defaultStore: 'runs', visibilityStore: 'lists', numHistoryShards: shards },
      datastores: { runs: storeOf('temporal', 20), lists: storeOf('temporal_visibility', 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: host } },
    services: Object.fromEntries(services.map((service) => [service, rpcOf(service)])),
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1 },
          ...{ rpcName: 'frontend', rpcAddress: `${host}:${ports.frontend}` },
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: {
      filepath: fileURLToPath(new URL('../../deploy/temporal/dynamic-config.yaml', import.meta.url)),
      pollInterval: '60s',
    },
  };
}

const readyWithinMs = 120_000;

async function startServer(server, config, port) {
  const child = await startChild(server, ['--config-file', config, '--allow-no-auth', 'start'], {
    orphan: 'guard',
  });
  const early = child.ended.then((end) => {
    throw new Error(`Temporal: ${end}\n${child.lastLines().join('\n')}`);
  });
  early.catch(() => undefined);
  await Promise.race([early, serve(port)]);
  return child;
}

/** Until the namespace is there, with our search attributes. */
async function serve(port) {
  const endMs = Date.now() + readyWithinMs;
  while (!(await ensureNamespace(port)))
    if (Date.now() > endMs) throw new Error(`Temporal does not serve a namespace after ${readyWithinMs} ms`);
    else await delay(200);
  const options = { host, port, namespace: 'default', searchAttributes };
  await awaitTemporal({ ...options, timeoutMs: readyWithinMs }, new AbortController().signal);
}

async function ensureNamespace(port) {
  let connection;
  try {
    connection = await Connection.connect({ address: `${host}:${port}`, connectTimeout: '2 seconds' });
    await connection.workflowService.registerNamespace({
      namespace: 'default',
      workflowExecutionRetentionPeriod: msToTs('3 days'),
    });
    return true;
  } catch (error) {
    return /already exists/i.test(String(error.details ?? error.message));
  } finally {
    await connection?.close();
  }
}
