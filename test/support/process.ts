/**
 * Processes of `longhaul` that take part in a test, which can be frozen and killed. After a worker or a server that was asked
 * to stop, its process serves the next one: to start Node and load the program is most of the work of a short test.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface LonghaulProcess {
  readonly pid: number;
  /** One that has ended is left alone. */
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, and SIGKILL where it does not stop soon; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface Starting {
  readonly env: Readonly<Record<string, string>>;
  /** Told of each line that it writes. */
  readonly eachLine: (line: string, output: 'stdout' | 'stderr') => void;
}

/** A process, and who is told of its lines. */
interface Runner {
  readonly child: ChildProcess;
  readonly pid: number;
  eachLine: Starting['eachLine'];
}

/** A worker whose activity hangs takes longer, and is killed. */
const stopsWithinMs = 3_000;

/** A worker and a server: each takes a quarter of a gigabyte. */
const mostIdle = 2;

/** For processes that do little after their start: to optimise the code that starts them costs more than it saves. */
export const nodeFlags = ['--no-opt'];

const runnerFile = new URL('process-runner.js', import.meta.url).pathname;

/** Of all test files of one process of Jest (environment.cjs). They end with it. */
const { idleProcesses: idle } = globalThis as unknown as { readonly idleProcesses: Set<Runner> };

/** Starts `longhaul` with these arguments, in this environment. */
export function startProcess(args: readonly string[], { env, eachLine }: Starting): LonghaulProcess {
  const [runner = createRunner()] = idle;
  idle.delete(runner);
  runner.eachLine = eachLine;
  const { child, pid } = runner;
  let isEnded = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    const end = (how: number | NodeJS.Signals): void => {
      isEnded = true;
      child.off('message', endInOrder).off('close', endWithProcess);
      resolve(how);
    };
    const endInOrder = (message: unknown): void => {
      runner.eachLine = () => undefined;
      if (idle.size < mostIdle) idle.add(runner);
      else child.disconnect();
      end((message as { exitCode: number }).exitCode); // our own message
    };
    const endWithProcess = (code: number | null, signal: NodeJS.Signals | null): void =>
      end(signal ?? code ?? 1); // Node gives one of both
    child.once('message', endInOrder).once('close', endWithProcess);
  });
  child.send({ args, env });
  const kill = (signal: NodeJS.Signals): void => {
    if (!isEnded) child.kill(signal);
  };
  const stop = async (): Promise<void> => {
    kill('SIGTERM');
    await Promise.race([ended, delay(stopsWithinMs, undefined, { ref: false })]);
    kill('SIGKILL');
    await ended;
  };
  return { pid, kill, ended, stop };
}

function createRunner(): Runner {
  const child = fork(runnerFile, { execArgv: nodeFlags, env: {}, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  if (child.pid === undefined) throw new Error(`${process.execPath} cannot be run`);
  const runner: Runner = { child, pid: child.pid, eachLine: () => undefined };
  for (const output of ['stdout', 'stderr'] as const) {
    const input = child[output];
    if (!(input instanceof Socket)) continue;
    createInterface({ input }).on('line', (line) => runner.eachLine(line, output));
    input.unref();
  }
  child.once('exit', () => idle.delete(runner));
  // Jest ends where nothing but these is left.
  child.unref();
  child.channel?.unref();
  return runner;
}
