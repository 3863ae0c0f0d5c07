/** What all trials share: Temporal with its state on disk, worker processes, a client, and a place for a platform. */
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

export interface StageOptions {
  /** As `findTemporalCli` gives it. */
  readonly cliPath: string;
  /** `main.js` of the installation whose workers are tried. */
  readonly mainFile: string;
  readonly workers: number;
  /** Of this process; workers get its PATH and nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name of the connection to the platform. */
  readonly connection?: string | undefined;
  /** More settings of longhaul.yaml. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

export interface Stage {
  readonly temporal: TemporalKeeper;
  readonly workers: Workers;
  readonly longhaul: LonghaulClient;
  readonly client: Client;
  readonly connection: string;
  /** Where the platform of each trial listens, one after the other. */
  readonly platformPort: number;
  /** The platform’s key: nowhere but in the workers’ environment and in requests may it stand. */
  readonly secret: string;
  readonly folder: string;
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
  { cliPath, mainFile, workers: count, connection = 'domino-chaos', settings, env: own }: StageOptions,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-chaos-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const temporal = await keepTemporal({ cliPath, folder, searchAttributes });
  closers.push(() => temporal.stop());
  const platformPort = await platformPortOf();
  const secret = newSecret();
  const config = join(folder, 'longhaul.json');
  const url = `http://127.0.0.1:${platformPort}`;
  await writeFile(config, JSON.stringify(configOf({ connection, url }, settings)));
  const env = {
    PATH: own['PATH'] ?? '',
    ...environmentOf({ config, secret, address: temporal.address }),
  };
  const workers = createWorkers({ count, mainFile, env, folder });
  closers.push(() => workers.close());
  await workers.fill();
  const connectionOptions = { address: temporal.address };
  const longhaul = await connectClient({ temporal: { connectionOptions }, connections: [connection] });
  closers.push(() => longhaul.close());
  const grpc = await Connection.connect(connectionOptions);
  closers.push(() => grpc.close());
  const client = new Client({ connection: grpc });
  return { temporal, workers, longhaul, client, connection, platformPort, secret, folder, close };
}

async function platformPortOf(): Promise<number> {
  const taken = await freePort(); // for its number alone: another each time
  return platformPorts.first + (taken % platformPorts.count);
}

const configOf = (
  { connection, url }: Record<'connection' | 'url', string>,
  settings: StageOptions['settings'],
) => ({
  connections: {
    [connection]: {
      ...{ platform: 'domino', url, apiKey: { env: 'CHAOS_KEY' } },
      ...{ requestsPerSecond: 1_000, requestTimeoutMs: 3_000 },
    },
  },
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
