/** A server as a child: it does not outlive this program, and is stopped with all that it started. */
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';

export interface ChildOptions {
  /** Appended with everything that the child writes. */
  readonly logFile?: string | undefined;
}

export interface Child {
  readonly pid: number;
  /** How it ended, with its last lines on stderr; pending while it runs, and never rejected. */
  readonly ended: Promise<string>;
  /** SIGTERM, after 10 seconds SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

const killAfterMs = 10_000;
const keptLines = 10;

/**
 * Starts a program.
 *
 * @throws Error when it cannot be run, or `logFile` not be written
 */
export async function startChild(
  file: string,
  parameters: readonly string[],
  options: ChildOptions = {},
): Promise<Child> {
  const log = options.logFile === undefined ? undefined : await open(options.logFile, 'a');
  const sink = log?.createWriteStream();
  // In a group of its own, so that Ctrl-C reaches this program only, which then stops things in their order.
  const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      sink?.write(text);
      if (stream === child.stderr) lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
      lines.splice(0, lines.length - keptLines);
    });
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      sink?.end();
      resolve([code === null ? `ended by ${signal}` : `exit code ${code}`, ...lines].join('\n'));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be run: ${await ended}`);
  const guard = guardAgainstOrphan(pid);
  return { pid, ended, stop: () => stopGroup(pid, ended).then(guard.end) };
}

async function stopGroup(pid: number, ended: Promise<string>): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), killAfterMs);
  await ended;
  clearTimeout(timer);
}

/** A pid means the group of that child, for a `temporal` that is a wrapper script; Windows knows no groups. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It is gone already.
  }
}

/**
 * An exit is answered by an event; a SIGKILL of this program only by a shell that waits for the end of a pipe which
 * this program holds open.
 */
function guardAgainstOrphan(pid: number): { end: () => Promise<void> } {
  const onExit = (): void => signalGroup(pid, 'SIGTERM');
  process.once('exit', onExit);
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
  const end = async (): Promise<void> => {
    process.off('exit', onExit);
    shell.ref();
    shell.kill('SIGKILL');
    await gone;
  };
  return { end };
}
