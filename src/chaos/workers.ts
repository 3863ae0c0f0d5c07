/** Real worker processes that are killed, frozen, drained and replaced. Each is known by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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
  child: ChildProcess | null;
  ready: Promise<void>;
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
  const onExit = (): void => {
    for (const { child } of places) child?.kill('SIGKILL');
  };
  process.once('exit', onExit);

  const start = (place: Place, at: number): void => {
    const child = spawnWorker(options, logFiles[at] ?? '');
    Object.assign(place, { child, isEnding: false, ready: readyOf(child) });
    place.ready.catch(() => undefined); // told by `fill`, or by the crash
    child.once('exit', (code, signal) => {
      if (place.child === child) place.child = null;
      if (!place.isEnding)
        crashes.push(`worker ${at} ended by itself: ${signal ?? code}, see ${logFiles[at]}`);
    });
  };
  const end = async (at: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const place = places[at];
    const child = place?.child;
    if (!place || !child || child.exitCode !== null || child.signalCode !== null) return;
    place.isEnding = true;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const kill = (at: number): Promise<void> => end(at, 'SIGKILL');
  return {
    logFiles,
    crashes,
    kill,
    freeze: (at) => void places[at]?.child?.kill('SIGSTOP'),
    thaw: (at) => void places[at]?.child?.kill('SIGCONT'),
    drain: (at) => end(at, 'SIGTERM'),
    async fill() {
      for (const [at, place] of places.entries()) if (place.child === null) start(place, at);
      await Promise.all(places.map(({ ready }) => ready));
    },
    async close() {
      await Promise.all(places.map((_, at) => kill(at)));
      process.off('exit', onExit);
    },
  };
}

function spawnWorker({ mainFile, env }: WorkersOptions, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    return spawn(process.execPath, [mainFile, 'worker', '-o', 'json'], {
      env: { ...env },
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

/** Its first line on standard output says that it takes tasks. */
function readyOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('a worker was not ready in time')), readyWithinMs);
    const over = (done: () => void): void => {
      clearTimeout(timer);
      done();
    };
    if (child.stdout) createInterface({ input: child.stdout }).once('line', () => over(resolve));
    child.once('exit', (code, signal) =>
      over(() => reject(new Error(`a worker ended before it was ready: ${signal ?? code}`))),
    );
  });
}
