/** Real worker processes that are killed, frozen, drained and replaced. Each is known by its own id. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, inWords, startChild } from '../dev/child.js';

export interface WorkersOptions {
  readonly count: number;
  /** `main.js` of the installation whose workers these are. */
  readonly mainFile: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where they write their logs. */
  readonly folder: string;
}

/** A fixed number of places, each with a worker in it. */
export interface Workers {
  readonly logFiles: readonly string[];
  /** How workers ended that nobody had ended. */
  readonly crashes: readonly string[];
  kill(place: number): Promise<void>;
  freeze(place: number): void;
  thaw(place: number): void;
  /** SIGTERM; resolves when it has ended. */
  drain(place: number): Promise<void>;
  /** Puts a worker into every place that has none; resolves when all of them take tasks. */
  fill(): Promise<void>;
  close(): Promise<void>;
}

interface Place {
  /** `null` while there is no worker in it. */
  child: Promise<Child> | null;
  ready: Promise<unknown>;
  /** Whether we are ending it. */
  isEnding: boolean;
}

const readyWithinMs = 60_000;

export function createWorkers(options: WorkersOptions): Workers {
  const places: Place[] = Array.from({ length: options.count }, () => ({
    ...{ child: null, ready: Promise.resolve(), isEnding: false },
  }));
  const logFiles = places.map((_, at) => join(options.folder, `worker-${at}.log`));
  const crashes: string[] = [];

  const start = (place: Place, at: number): void => {
    const starting = startWorker(options, logFiles[at] ?? '');
    const ready = starting.then((child) => child.firstLine(readyWithinMs));
    Object.assign(place, { child: starting, isEnding: false, ready });
    ready.catch(() => undefined); // `fill` tells it, or the crash
    const watch = async ({ ended }: Child): Promise<void> => {
      const end = await ended;
      if (place.child === starting) place.child = null;
      if (!place.isEnding)
        crashes.push(`worker ${at} ${inWords(end)} by itself: ${await lastWordsIn(logFiles[at] ?? '')}`);
    };
    starting.then(watch, () => {
      place.child = null;
    });
  };
  const kill = async (at: number): Promise<void> => {
    const place = places[at];
    if (!place) return;
    place.isEnding = true;
    await (await place.child)?.stop(0);
  };
  const send = async (at: number, signal: NodeJS.Signals): Promise<Child | undefined> => {
    const child = await places[at]?.child;
    child?.kill(signal);
    return child ?? undefined;
  };
  return {
    logFiles,
    crashes,
    kill,
    freeze: (at) => void send(at, 'SIGSTOP'),
    thaw: (at) => void send(at, 'SIGCONT'),
    async drain(at) {
      const place = places[at];
      if (place) place.isEnding = true;
      await (
        await send(at, 'SIGTERM')
      )?.ended;
    },
    async fill() {
      for (const [at, place] of places.entries()) if (place.child === null) start(place, at);
      await Promise.all(places.map(({ ready }) => ready));
    },
    async close() {
      await Promise.all(places.map((_, at) => kill(at)));
    },
  };
}

const lastWordsAtMost = 2_000;

/** The end of a log, which is gone when chaos has ended. */
const lastWordsIn = async (logFile: string): Promise<string> =>
  (await readFile(logFile, 'utf8').catch(() => '')).trim().slice(-lastWordsAtMost);

const startWorker = ({ mainFile, env }: WorkersOptions, logFile: string): Promise<Child> =>
  startChild(process.execPath, [mainFile, 'worker', '-o', 'json'], { env, logFile, orphan: 'channel' });
