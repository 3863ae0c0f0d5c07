/** Everything that a run needs, on this machine: Temporal, simulators, one worker and, if asked, a server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { environment } from '../../config.js';
import { type Child, inWords, startChild } from '../../dev/child.js';
import { findTemporalCli } from '../../dev/temporal-cli.js';
import { startTemporal } from '../../dev/temporal-server.js';
import { searchAttributes } from '../../run/search-attributes.js';
import { exitCodes } from '../exit-codes.js';
import { type Interruption, interruptible } from '../interruption.js';
import { readableLine } from './log-line.js';
import { simulatorKey, simulatorKeyVariable } from './simulator-key.js';
import { Stop, errorMessage } from '../stop.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface StackOptions {
  readonly temporal: { readonly port: number; readonly uiPort?: number; readonly dbFile?: string };
  /** In memory and with timers that fire at once: for runs of seconds, not for measuring. */
  readonly fastTimers: boolean;
  /** It really runs the commands of jobs, unless a world says how they end. */
  readonly simulator: {
    readonly port: number;
    readonly speed: number;
    readonly seed: number;
    /** The file of a world. */
    readonly world?: string;
  };
  /** A simulated UbiOps beside it, which really runs requests; left out, there is none. */
  readonly ubiops?: Pick<StackOptions['simulator'], 'port' | 'speed' | 'seed'>;
  /** What the worker is started with, once it is known where the simulators are. */
  readonly worker: (domino: string, env: Environment, ubiops: string | undefined) => readonly string[];
  /** What the server of the HTTP API is started with; left out, there is none. */
  readonly server?: readonly string[];
  readonly env: Environment;
  /** Where logs are written. */
  readonly directory: string;
  /** What a person is told when a signal ends it. */
  readonly interrupted: string;
  readonly say: (text: string) => void;
}

/** Where everything is. */
export interface Stack {
  readonly temporal: { readonly address: string; readonly uiUrl?: string | undefined };
  readonly simulator: z.output<typeof SimulatorReady>;
  readonly ubiops?: z.output<typeof UbiOpsReady> | undefined;
  readonly worker: z.output<typeof WorkerReady>;
  readonly server?: z.output<typeof ServerReady> | undefined;
  /** For processes and clients of this stack. */
  readonly env: Environment;
  readonly interruption: Interruption;
}

const SimulatorReady = z.object({ domino: z.string(), apiKey: z.string(), ledger: z.string() });
const UbiOpsReady = z.object({ ubiops: z.string(), apiKey: z.string() });
const WorkerReady = z.object({ health: z.string(), metrics: z.string() });
const ServerReady = z.object({ api: z.string(), docs: z.string() });

/** A cold start on a loaded machine; a worker compiles its bundle first. */
const readyWithinMs = 60_000;
/** Longer than the worker lets its requests finish in. */
const graceMs = 60_000;
const aliveEveryMs = 1_000;
const mainFile = fileURLToPath(new URL('../main.js', import.meta.url));

/** The environment without what would lead children to another Temporal, and with a key for the simulator. `also`: more prefixes to leave out. */
export function cleanEnvironment(...also: readonly string[]): Environment {
  const prefixes = ['TEMPORAL_', ...also];
  const kept = Object.fromEntries(
    Object.entries(environment()).filter(
      ([name]) => name === 'TEMPORAL_CLI_PATH' || !prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
  const key = simulatorKey();
  return {
    ...kept,
    DOMINO_DEV_API_KEY: key,
    ...(!('UBIOPS_DEV_API_KEY' in kept) && { UBIOPS_DEV_API_KEY: key }),
    [simulatorKeyVariable]: key,
  };
}

/**
 * Starts everything, uses it, and stops it in reverse order, the worker first, whatever happened: also when a
 * signal came while something was still starting.
 *
 * @throws Stop when one of them does not start, or ends by itself; the last lines of its log go to `say`.
 */
export async function withStack<T>(options: StackOptions, use: (stack: Stack) => Promise<T>): Promise<T> {
  const interruption = interruptible(options.interrupted);
  const stoppers: (() => Promise<void>)[] = [];
  const children: NamedChild[] = [];
  const opened = open(options, { interruption, stoppers, children });
  try {
    return await Promise.race([
      opened.then(({ stack, broken }) => Promise.race([use(stack), broken])),
      interruption.rejected,
    ]);
  } catch (error) {
    if (interruption.which() === null) sayLastLines(children, options.say);
    throw error;
  } finally {
    for (const stop of stoppers.reverse()) await stop().catch(() => undefined);
    interruption.release();
  }
}

interface Opening {
  readonly interruption: Interruption;
  readonly stoppers: (() => Promise<void>)[];
  readonly children: NamedChild[];
}

interface NamedChild extends Child {
  readonly name: string;
}

async function open(
  options: StackOptions,
  opening: Opening,
): Promise<{ stack: Stack; broken: Promise<never> }> {
  const { interruption, children } = opening;
  const temporal = await openTemporal(options, opening);
  const env = {
    ...options.env,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: emptyProfile(options.directory),
  };
  const { world } = options.simulator;
  const settings = [...flagsOf(options.simulator), ...(world === undefined ? ['--execute'] : [])];
  const opened = async <T>(
    name: string,
    args: readonly string[],
    ready: z.ZodType<T>,
    command = name,
  ): Promise<T> =>
    ready.parse(JSON.parse(await openChild(name, [command, ...args, '-o', 'json'], env, options, opening)));
  const simulator = await opened('simulator', settings, SimulatorReady);
  const beside = options.ubiops && [...flagsOf(options.ubiops), '--platform', 'ubiops', '--execute'];
  const ubiops = beside && (await opened('ubiops-simulator', beside, UbiOpsReady, 'simulator'));
  const worker = await opened('worker', options.worker(simulator.domino, env, ubiops?.ubiops), WorkerReady);
  const server = options.server && (await opened('server', options.server, ServerReady));
  const ends = children.map(async ({ name, ended }) => `the ${name} ${inWords(await ended)}`);
  const broken = Promise.race([...ends, died(temporal.pid, interruption.signal)]).then((what) => {
    throw new Stop(exitCodes.error, what, `Its log is in ${options.directory}.`);
  });
  broken.catch(() => undefined); // children also end when they are stopped
  return { stack: { temporal, simulator, ubiops, worker, server, env, interruption }, broken };
}

const flagsOf = (settings: object): string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);

/** A profile of the user’s, with TLS or a key, is for another Temporal. The SDK takes no empty file. */
function emptyProfile(directory: string): string {
  const file = join(directory, 'temporal.toml');
  writeFileSync(file, '[profile.default]\n');
  return file;
}

async function openTemporal({ temporal, fastTimers, directory, say }: StackOptions, opening: Opening) {
  const { interruption, stoppers } = opening;
  const cliPath = await findTemporalCli({ say, env: environment() }).catch(explained);
  interruption.signal.throwIfAborted();
  const starting = startTemporal({
    cliPath,
    ...temporal,
    fastTimers,
    searchAttributes,
    logFile: join(directory, 'temporal.log'),
  });
  stoppers.push(async () => (await starting).stop());
  return starting.catch(explained);
}

/** Both say in their messages what to do; they are no mistakes of Longhaul’s. */
function explained(error: unknown): never {
  throw new Stop(exitCodes.error, errorMessage(error));
}

/** Resolves with the line by which the child says that it is ready. */
async function openChild(
  name: string,
  args: readonly string[],
  env: Environment,
  { directory }: StackOptions,
  { interruption, stoppers, children }: Opening,
): Promise<string> {
  interruption.signal.throwIfAborted();
  const logFile = join(directory, `${name}.log`);
  const starting = startChild(process.execPath, [mainFile, ...args], { env, logFile, orphan: 'channel' });
  stoppers.push(async () => (await starting).stop(graceMs));
  const child = await starting;
  children.push({ name, ...child });
  return child.firstLine(readyWithinMs).catch((error: unknown) => {
    throw new Stop(exitCodes.error, `the ${name} ${errorMessage(error)}`);
  });
}

/** Temporal’s process is known by its id alone. */
async function died(pid: number, over: AbortSignal): Promise<string> {
  while (!over.aborted) {
    try {
      process.kill(pid, 0);
    } catch {
      return 'Temporal ended';
    }
    await delay(aliveEveryMs, undefined, { ref: false });
  }
  return 'Temporal was stopped';
}

function sayLastLines(children: readonly NamedChild[], say: (text: string) => void): void {
  for (const child of children) {
    const lines = child.lastLines().slice(-10);
    if (lines.length === 0) continue;
    say(`The last lines of the ${child.name}:`);
    for (const line of lines) say(`  ${readableLine(line)}`);
  }
}
