/** The simulated platform behind a connection, as its users ask it, and its faults. */
import type { z } from 'zod';
import type { LedgerEntry, Simulator } from '../simulator/index.js';
import type { StatedFault } from './scenarios.js';

/** Asks a platform as its users do. */
export interface Platform {
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  post(path: string, body: object): Promise<unknown>;
  /** Bytes, such as those of a package. */
  download(path: string): Promise<Uint8Array>;
  /** Bytes to an address that the platform has given. */
  upload(url: string, text: string): Promise<void>;
  /** Tells the simulator something, such as `faults`. */
  control(what: string, body: object): Promise<unknown>;
}

/** A request that was under way when the faults were ended may still have it refuse connections for a while. */
const refusesAtMostMs = 20_000;

/** Sends what did not get a connection until it gets one. */
async function untilTaken(send: () => Promise<Response>): Promise<Response> {
  for (const endMs = Date.now() + refusesAtMostMs; ;) {
    try {
      return await send();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const isRefused = cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
      if (!isRefused || Date.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Where a platform is: `root` begins the paths of its API, and `headers` hold its key. */
export interface PlatformAddress extends Pick<Simulator, 'url'> {
  readonly root: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A platform by its address. */
export function createPlatform({ url, root, headers }: PlatformAddress): Platform {
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    // The platform of the next trial has the same address: a connection that is kept would end at one that is gone.
    const sent = { ...headers, 'content-type': 'application/json', connection: 'close' };
    // What it is led to would count as led there by those who are judged.
    const response = await untilTaken(() =>
      fetch(`${url}${path}`, { ...init, headers: sent, redirect: 'manual' }),
    );
    if (response.ok) return response;
    throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const text = await (await send(path, init)).text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  const post = (path: string, body: object): Promise<unknown> =>
    ask(path, { method: 'POST', body: JSON.stringify(body) });
  return {
    get: async (path, schema) => schema.parse(await ask(`${root}${path}`)),
    post: (path, body) => post(`${root}${path}`, body),
    download: async (path) => new Uint8Array(await (await send(`${root}${path}`)).arrayBuffer()),
    async upload(address, text) {
      const { ok, status } = await fetch(address, { method: 'PUT', body: text });
      if (!ok) throw new Error(`an upload was answered ${status}`);
    },
    control: (what, body) => post(`/_simulator/${what}`, body),
  };
}

/** Sets faults; each decides by a seed of its own. */
export async function setFaults(
  platform: Platform,
  faults: readonly StatedFault[],
  seed: number,
): Promise<void> {
  for (const [at, fault] of faults.entries())
    await platform.control('faults', {
      ...fault,
      ...(fault['probability'] !== undefined && { seed: seed * 1_000 + at }),
    });
}

/** Ends all faults. A platform that refuses connections is asked until it takes one. */
export async function clearFaults({ url }: Pick<Simulator, 'url'>): Promise<void> {
  for (;;) {
    const cleared = await fetch(`${url}/_simulator/faults`, { method: 'DELETE' }).catch(() => null);
    if (cleared?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Who made an object, by the run id and the marker in its own text; without a marker, nobody of ours. */
export type OwnerOf = (text: string | null | undefined) => { runId: string | null; marker: string | null };

/** Knows run ids where they stand as words of their own. */
export function ownerBy(runIds: Iterable<string>): OwnerOf {
  const known = new Set(runIds);
  return (text) => {
    const marker = /\[(lh:[a-z0-9]+)\]/.exec(text ?? '')?.[1] ?? null;
    if (marker === null) return { runId: null, marker }; // somebody else’s, whatever it is called
    const words = (text ?? '').match(/[a-z][a-z0-9-]*\.[\w.:-]+/g) ?? [];
    return {
      runId: words.map((word) => word.replace(/\.$/, '')).find((word) => known.has(word)) ?? null,
      marker,
    };
  };
}

/** What a ledger says was created of a kind, and when it really was. */
export const createdIds = (ledger: readonly LedgerEntry[], kind: string): Created[] =>
  ledger.flatMap(({ effects, committed, time, path }) =>
    effects
      .filter((effect) => effect.change === 'created' && effect.kind === kind)
      .map(({ id, marker = null }) => ({ id, marker, path, createdMs: Date.parse(committed ?? time) })),
  );

/** One creation. */
export interface Created {
  readonly id: string;
  readonly marker: string | null;
  /** Of the request. */
  readonly path: string;
  /** Real time. */
  readonly createdMs: number;
}
