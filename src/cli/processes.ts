/** Child processes of `dev` and `demo`: start, wait until ready, last lines, stop. Each by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exitCodes } from './exit-codes.js';
import { Stop } from './stop.js';

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Its first line of standard output, by which it says that it is ready; rejects when it ends before, or is late. */
  readonly ready: Promise<string>;
  /** Resolves with how it ended, in words. */
  readonly ended: Promise<string>;
  /** Its last lines, of both outputs, oldest first. */
  lastLines(): readonly string[];
  /** Asks it to end, and after `graceMs` makes it and what it started end. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of each line of both outputs. */
  readonly eachLine?: (line: string) => void;
  readonly readyWithinMs: number;
}

const keptLines = 200;
const mainFile = fileURLToPath(new URL('./main.js', import.meta.url));

/** Ids of groups that have not been stopped, for the case that this process ends without stopping them. */
const groups = new Set<number>();
process.once('exit', () => {
  for (const group of groups) signalGroup(group, 'SIGKILL');
});

/**
 * Starts a `longhaul` command as a child.
 *
 * It leads a process group of its own: a Ctrl-C in the terminal reaches this process alone, which then stops its
 * children in order. Its channel closes when this process dies in whatever way; then it stops by itself.
 */
export function startCommand(name: string, args: readonly string[], options: ChildOptions): Child {
  const spawned = spawn(process.execPath, [mainFile, ...args], {
    detached: true,
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    options.eachLine?.(line);
  };
  const firstLine = new Promise<string>((resolve) => {
    eachLineOf(spawned.stdout, (line) => {
      keep(line);
      resolve(line);
    });
  });
  eachLineOf(spawned.stderr, keep);
  return childOf(name, spawned, { lines, firstLine, readyWithinMs: options.readyWithinMs });
}

const eachLineOf = (stream: Readable | null, told: (line: string) => void): void => {
  if (stream !== null) createInterface({ input: stream }).on('line', told);
};

interface Heard {
  readonly lines: readonly string[];
  readonly firstLine: Promise<string>;
  readonly readyWithinMs: number;
}

function childOf(name: string, spawned: ChildProcess, heard: Heard): Child {
  const pid = spawned.pid ?? 0; // 0: it could not be started; `ended` says why
  if (pid > 0) groups.add(pid);
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    spawned.once('error', (error) => resolve(`could not be started: ${error.message}`));
    // `close` comes after `exit`, when the last of its lines has been read
    spawned.once('close', (code, signal) =>
      resolve(signal === null ? `exited with ${code}` : `died of ${signal}`),
    );
  }).finally(() => {
    isOver = true;
  });
  const ready = readyOf(ended, heard);
  ready.catch(() => undefined); // for the case that nobody waits for it any longer
  return {
    name,
    pid,
    ready,
    ended,
    lastLines: () => [...heard.lines],
    stop: async (graceMs) => {
      if (!isOver) {
        spawned.kill('SIGTERM');
        const grace = new AbortController();
        const expired = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
        await Promise.race([ended, expired]);
        grace.abort();
      }
      if (pid > 0) signalGroup(pid, 'SIGKILL'); // what is left of the group: the child itself, or jobs of it
      await ended;
      groups.delete(pid);
    },
  };
}

async function readyOf(ended: Promise<string>, { firstLine, readyWithinMs }: Heard): Promise<string> {
  const late = new AbortController();
  const expired = delay(readyWithinMs, `was not ready after ${readyWithinMs / 1_000} s`, {
    signal: late.signal,
  });
  const failed = Promise.race([ended, expired]).then((how) => {
    throw new Stop(exitCodes.error, how);
  });
  try {
    return await Promise.race([firstLine, failed]);
  } finally {
    late.abort();
  }
}

/** A group that is gone already is what was wanted. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH
  }
}
