/**
 * A simulated platform on this machine, Domino or UbiOps, for testing scripts and services against: real HTTP, real life cycles, a
 * ledger of what was really asked and done, and faults on demand.
 */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Clock, createClock } from './clock.js';
import { createDominoWing } from './domino/wing.js';
import { loadWorld as loadDominoWorld } from './domino/world/world.js';
import { createFaults } from './faults.js';
import { type LedgerEntry, createLedger } from './ledger.js';
import { createReloading } from './reloading.js';
import { createServer } from './server.js';
import { createUbiOpsWing } from './ubiops/wing.js';
import { loadWorld as loadUbiOpsWorld } from './ubiops/world/world.js';
import type { SimulatedWing } from './wing.js';

export type { LedgerEntry } from './ledger.js';

/** The dialects of both platforms. */
export type SimulatedDialect = 'v6' | 'reference' | 'v2.1' | 'v2';

/**
 * Checks that a file holds a world of a platform.
 *
 * @throws Error that names the file and the path of the key that is wrong
 */
export async function checkWorld(platform: 'domino' | 'ubiops', file: string): Promise<void> {
  await (platform === 'domino' ? loadDominoWorld(file) : loadUbiOpsWorld(file));
}

/** How a simulator is to be. */
export interface SimulatorOptions {
  /** `domino` unless stated. */
  readonly platform?: 'domino' | 'ubiops';
  /** 0, which is the default, takes a free port. */
  readonly port?: number;
  /** `127.0.0.1` unless stated. */
  readonly host?: string;
  /**
   * How it speaks. Domino: `v6` unless stated, or `reference`, its older spelling. UbiOps: `v2.1` unless stated, or `v2`.
   */
  readonly dialect?: SimulatedDialect;
  /** Decides ids and durations; 1 unless stated. */
  readonly seed?: number;
  /** Simulated seconds per real second; 1 unless stated. */
  readonly speed?: number;
  /** Really runs the commands of jobs and the code of packages, with the rights of this process. Only on loopback. */
  readonly execute?: boolean;
  /** A world, or the path of a YAML file with one; unless stated, `examples/worlds/default.yaml`, `reference.yaml` in the reference dialect, or `ubiops.yaml`. */
  readonly world?: string | object;
  /** `simulator-key` unless stated, and with `execute` a new one at each start. */
  readonly apiKey?: string;
}

/** A simulator that listens. */
export interface Simulator {
  readonly url: string;
  readonly apiKey: string;
  readonly ledgerUrl: string;
  /** Every request so far, in the order of arrival. */
  ledger(): LedgerEntry[];
  /** Stops listening, ends every command that runs, and removes what they wrote. */
  close(): Promise<void>;
}

/**
 * Starts a simulator.
 *
 * @throws Error when the world is not valid, when the dialect is of another platform, when the port is taken, or when
 *   commands would really run for others than this machine
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', speed = 1, execute = false } = options;
  const { apiKey = execute ? randomBytes(24).toString('base64url') : 'simulator-key' } = options;
  if (!(speed > 0) || !Number.isFinite(speed)) throw new Error(`speed must be greater than 0, not ${speed}`);
  if (execute && !isLoopback(host))
    throw new Error(`execute runs what a request says, so it needs a loopback host, not ${host}`);
  const clock = createClock(speed);
  const { wing, reload } = createReloading(await createWing(options, clock));
  const ledger = createLedger();
  const app = createServer({
    ...{ wing, clock, ledger, faults: createFaults(), apiKey, executes: execute },
    reset: (world) => reload(() => createWing(world === undefined ? options : { ...options, world }, clock)),
  });
  try {
    await app.listen({ port, host });
  } catch (error) {
    await wing.close();
    throw error;
  }
  const url = urlOf(host, app.server.address());
  return {
    url,
    apiKey,
    ledgerUrl: `${url}/_simulator/ledger`,
    ledger: () => ledger.entries(),
    async close() {
      await app.close();
      await wing.close();
    },
  };
}

async function createWing(
  { platform = 'domino', dialect, world, seed = 1, execute = false }: SimulatorOptions,
  clock: Clock,
): Promise<SimulatedWing> {
  const common = { clock, world, seed, execute };
  const refused = new Error(`${platform} has no dialect ${String(dialect)}`);
  if (platform === 'domino') {
    if (dialect === 'v2.1' || dialect === 'v2') throw refused;
    return createDominoWing({ ...common, dialect: dialect ?? 'v6' });
  }
  if (dialect === 'v6' || dialect === 'reference') throw refused;
  return createUbiOpsWing({ ...common, dialect: dialect ?? 'v2.1' });
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

function urlOf(host: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the simulator listens on no port');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
