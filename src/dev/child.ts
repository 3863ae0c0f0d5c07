/**
 * Child processes: they do not outlive this program, however it ends, and are stopped with all that they started.
 *
 * Each leads a process group of its own: Ctrl-C reaches this program only, which then stops its children in order. A
 * group is addressed by its id, never by a name.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentVariables } from './command.js';

export interface ChildOptions {
  /** Left out, the child has the environment of this program. */
  readonly env?: EnvironmentVariables;
  /** Appended with each line that the child writes. */
  readonly logFile?: string | undefined;
  /** Told of each line that the child writes. */
  readonly eachLine?: (line: string, output: 'stdout' | 'stderr') => void;
  /**
   * How the child learns that this program was killed: `channel`: it ends itself when its IPC channel closes, as every
   * `longhaul` command does; `guard`: a shell that outlives this program sends SIGTERM to its group.
   */
  readonly orphan: 'channel' | 'guard';
}

export interface Child {
  readonly pid: number;
  /** Its exit code, or the signal that ended it, once all its lines are read; pending while it runs, never rejected. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Its last 200 lines, of both outputs, oldest first. */
  lastLines(): readonly string[];
  /**
   * The first line that it writes to standard output, by which a `longhaul` command says that it is ready.
   * @throws Error when it ends before that, or does not write one in time
   */
  firstLine(withinMs: number): Promise<string>;
  /** Sends a signal to the child alone; one that has ended is left alone. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and after `graceMs` SIGKILL for what is left of its group; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

const keptLines = 200;

/** Groups of children that run, with the signal that they get when this program ends without stopping them. */
const groups = new Map<number, NodeJS.Signals>();
process.once('exit', () => {
  for (const [pid, signal] of groups) signalGroup(pid, signal);
});

/**
 * Starts a program.
 *
 * @throws Error when it cannot be run, or `logFile` not be written
 */
export async function startChild(
  file: string,
  parameters: readonly string[],
  options: ChildOptions,
): Promise<Child> {
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  const spawned = spawn(file, parameters, {
    ...(options.env && { env: { ...options.env } }),
    stdio: ['ignore', 'pipe', 'pipe', ...(options.orphan === 'channel' ? (['ipc'] as const) : [])],
    detached: true,
  });
  const heard = listenTo(spawned, { log, eachLine: options.eachLine });
  const failed = new Promise<Error>((resolve) => spawned.once('error', resolve));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    // `close` comes after `exit`, when the last of its lines has been read.
    spawned.once('close', (code, signal) => {
      if (log !== undefined) closeSync(log);
      resolve(signal ?? code ?? 1); // Node gives one of both
    });
  });
  const { pid } = spawned;
  if (pid === undefined) throw new Error(`${file} cannot be run: ${(await failed).message}`);
  const isGuarded = options.orphan === 'guard';
  const release = isGuarded ? guardAgainstOrphan(pid) : undefined;
  groups.set(pid, isGuarded ? 'SIGTERM' : 'SIGKILL');
  const gone = ended.then(async () => {
    signalGroup(pid, 'SIGKILL'); // what the child started and left behind
    groups.delete(pid);
    await release?.();
  });
  return childOf(spawned, { pid, ended, gone, ...heard, isGuarded });
}

/** How a child ended, in words that follow its name. */
export const inWords = (end: number | NodeJS.Signals): string =>
  typeof end === 'number' ? `exited with ${end}` : `died of ${end}`;

interface Heard {
  readonly lines: readonly string[];
  readonly first: Promise<string>;
}

function listenTo(
  { stdout, stderr }: ChildProcess,
  { log, eachLine }: { readonly log: number | undefined; readonly eachLine: ChildOptions['eachLine'] },
): Heard {
  const lines: string[] = [];
  const keep = (line: string, output: 'stdout' | 'stderr'): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    if (log !== undefined) writeSync(log, `${line}\n`);
    eachLine?.(line, output);
  };
  const first = new Promise<string>((resolve) => {
    if (stdout === null) return;
    createInterface({ input: stdout }).on('line', (line) => {
      keep(line, 'stdout');
      resolve(line);
    });
  });
  if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => keep(line, 'stderr'));
  return { lines, first };
}

interface Started extends Heard {
  readonly pid: number;
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves when nothing of its group is left, nor what stands guard over it. */
  readonly gone: Promise<void>;
  /** Such a program may be a script that does not pass on a signal. */
  readonly isGuarded: boolean;
}

function childOf(spawned: ChildProcess, { pid, ended, gone, lines, first, isGuarded }: Started): Child {
  return {
    pid,
    ended,
    lastLines: () => [...lines],
    firstLine: (withinMs) => firstOf(first, ended, withinMs),
    kill: (signal) => void spawned.kill(signal),
    stop: async (graceMs) => {
      if (graceMs > 0 && groups.has(pid)) {
        if (isGuarded) signalGroup(pid, 'SIGTERM');
        else spawned.kill('SIGTERM');
        await within(graceMs, ended);
      }
      if (groups.has(pid)) signalGroup(pid, 'SIGKILL');
      await gone;
    },
  };
}

async function firstOf(first: Promise<string>, ended: Child['ended'], withinMs: number): Promise<string> {
  const early = ended.then((end) => {
    throw new Error(inWords(end));
  });
  const line = await within(withinMs, Promise.race([first, early]));
  if (line === undefined) throw new Error(`was not ready after ${withinMs / 1_000} s`);
  return line;
}

/** What it resolves with; `undefined` when that takes longer. */
async function within<T>(ms: number, awaited: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const expired = delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([awaited, expired]);
  } finally {
    over.abort();
  }
}

/** Windows knows no groups: there the signal goes to the child alone. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It is gone already, as wanted.
  }
}

/** A shell that waits for the end of a pipe which this program holds open, and then ends the group. */
function guardAgainstOrphan(pid: number): () => Promise<void> {
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -s TERM -- "-$1"', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const gone = new Promise<void>((resolve) => {
    shell.once('error', () => resolve());
    shell.once('close', () => resolve());
  });
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return async () => {
    shell.ref();
    shell.kill('SIGKILL');
    await gone;
  };
}
