/**
 * Simulators for one test after the other: a later one has the simulator of an earlier one, whose world begins anew. That costs a
 * fifth of a server that is started.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type Simulator, type SimulatorOptions, createSimulator } from '../../src/simulator/index.js';

/** Slow enough that a test never sees time pass by itself. */
const still = 0.0001;

/** The world as YAML, with files beside it. */
export type WorldOptions = Omit<SimulatorOptions, 'world' | 'port'> & {
  readonly yaml: string;
  readonly files?: Readonly<Record<string, string>>;
};

/** One that listens, and the folder of its world. */
interface Pooled {
  readonly simulator: Simulator;
  readonly folder: string;
}

/** By what they were started with. */
const idle = new Map<string, Pooled[]>();
/** What these do may come after the test. */
const lateFaults: readonly (string | undefined)[] = ['late-commit', 'refuse-connection'];

/** Whether the tests of this file are over: its own `afterAll` comes after the one below, and may close some. */
let isOver = false;
afterAll(async () => {
  isOver = true;
  const all = [...idle.values()].flat();
  idle.clear();
  await Promise.all(all.map(end));
});

/** A simulator whose time stands nearly still, for a test that closes it. */
export async function openSimulator({ yaml, files = {}, ...options }: WorldOptions): Promise<Simulator> {
  const started = { speed: still, ...options };
  // What a simulator runs ends when it is closed, so it is.
  const key = options.execute === true ? null : JSON.stringify(started);
  const earlier = key === null ? undefined : idle.get(key)?.pop();
  const folder = earlier?.folder ?? (await mkdtemp(join(tmpdir(), 'simulator-test-')));
  await writeWorld(folder, { 'world.yaml': yaml, ...files });
  if (earlier !== undefined && (await beginsAnew(earlier.simulator, started.speed)))
    return pooled(earlier, key);
  await earlier?.simulator.close();
  try {
    const simulator = await createSimulator({ ...started, world: join(folder, 'world.yaml') });
    return pooled({ simulator, folder }, key);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

async function writeWorld(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** Whether it does: a world that is not valid is told by a new one. */
async function beginsAnew({ url }: Simulator, speed: number): Promise<boolean> {
  const control = async (name: string, body: object): Promise<boolean> => {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(`${url}/_simulator/${name}`, sent)).ok;
  };
  return (await control('clock', { speed })) && (await control('reset', {}));
}

const pooled = (one: Pooled, key: string | null): Simulator => ({
  ...one.simulator,
  close: async () => {
    const isLate = one.simulator.ledger().some(({ fault }) => lateFaults.includes(fault));
    if (isLate || key === null || isOver) return end(one);
    idle.set(key, [...(idle.get(key) ?? []), one]);
  },
});

async function end({ simulator, folder }: Pooled): Promise<void> {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
}
