/** What all trials share: Temporal with its state on disk, worker processes, a client, and a place for each platform. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type LonghaulClient, connectClient } from '../client.js';
import { freePort } from '../dev/ports.js';
import { searchAttributes } from '../run/search-attributes.js';
import { type TemporalKeeper, keepTemporal } from './temporal-keeper.js';
import { type Workers, createWorkers } from './workers.js';
import type { StagedConnection } from './workload.js';

export interface StageOptions {
  /** As `findTemporalCli` gives it. */
  readonly cliPath: string;
  /** `main.js` of the installation whose workers are tried. */
  readonly mainFile: string;
  readonly workers: number;
  /** Of this process; workers get its PATH and nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly connections: readonly StagedConnection[];
  /** More settings of longhaul.yaml. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

export interface Stage {
  readonly temporal: TemporalKeeper;
  readonly workers: Workers;
  readonly longhaul: LonghaulClient;
  readonly client: Client;
  /** The port on which the platform of a connection listens in each trial, one after the other. */
  portOf(connection: StagedConnection): number;
  /** The platforms’ key: nowhere but in the workers’ environment and in requests may it stand. */
  readonly secret: string;
  close(): Promise<void>;
}

/** After a lost answer: the time before each look. */
export const settleMs = 200;

/** Below the ports that systems give away: nobody takes it between two trials. */
const platformPorts = { first: 20_000, count: 9_000 };

/** In a file that is encoded in URLs, in JSON and by base64 alike, and in each in another way. */
const newSecret = (): string =>
  `canary/${randomBytes(12).toString('hex')}+${randomBytes(6).toString('hex')}=`;

/** Sets the stage; whatever fails, what was started is ended. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one().catch(() => undefined);
  };
  try {
    return await open(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  { cliPath, mainFile, workers: count, connections, settings, env: own }: StageOptions,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-chaos-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const temporal = await keepTemporal({ cliPath, folder, searchAttributes });
  closers.push(() => temporal.stop());
  const portOf = await platformPortsOf(connections);
  const secret = newSecret();
  const config = join(folder, 'longhaul.json');
  await writeFile(config, JSON.stringify(configOf(connections, { portOf, settings })));
  const env = {
    PATH: own['PATH'] ?? '',
    ...environmentOf({ config, secret, address: temporal.address }),
  };
  const workers = createWorkers({ count, mainFile, env, folder });
  closers.push(() => workers.close());
  await workers.fill();
  const connectionOptions = { address: temporal.address };
  const names = connections.map(({ name }) => name);
  const longhaul = await connectClient({ temporal: { connectionOptions }, connections: names });
  closers.push(() => longhaul.close());
  const grpc = await Connection.connect(connectionOptions);
  closers.push(() => grpc.close());
  const client = new Client({ connection: grpc });
  return { temporal, workers, longhaul, client, portOf, secret, close };
}

async function platformPortsOf(connections: readonly StagedConnection[]): Promise<Stage['portOf']> {
  const taken = await freePort(); // for its number alone: another each time
  const first = platformPorts.first + (taken % platformPorts.count);
  return ({ name }) => first + connections.findIndex((one) => one.name === name);
}

const configOf = (
  connections: readonly StagedConnection[],
  { portOf, settings }: Pick<Stage, 'portOf'> & Pick<StageOptions, 'settings'>,
) => ({
  connections: Object.fromEntries(
    connections.map((connection) => [
      connection.name,
      {
        ...{ platform: connection.platform, url: `http://127.0.0.1:${portOf(connection)}` },
        ...(connection.dialect && { dialect: connection.dialect }),
        ...{ apiKey: { env: 'CHAOS_KEY' }, requestsPerSecond: 1_000, requestTimeoutMs: 3_000 },
      },
    ]),
  ),
  waits: {
    firstLookMs: 100,
    lastLookMs: 500,
    settleMs,
    patienceMs: 4_000,
    undoMs: 4_000,
    sweepMs: 10_000,
  },
  worker: { shutdownGraceMs: 6_000 },
  log: { level: 'info' },
  ...settings,
});

const environmentOf = ({ config, secret, address }: Record<'config' | 'secret' | 'address', string>) => ({
  CHAOS_KEY: secret,
  LONGHAUL_CONFIG: config,
  LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
  LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: 'default',
});
