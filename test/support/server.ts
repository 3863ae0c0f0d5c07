/** A real server process on a stage. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Stage } from './stage.js';

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything that it logged. */
  readonly log: readonly string[];
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Ends it, however it stands. */
  close(): Promise<void>;
}

const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** Starts `longhaul server` on a free port, with the environment of the stage. */
export async function startServer(
  { env }: Pick<Stage, 'env'>,
  extra: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [cli, 'server', '-o', 'json'], {
    env: { ...env, LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0', ...extra },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => (signal ?? code) as number | string); // what Node hands to `exit`
  const { pid } = child;
  if (pid === undefined) throw new Error('the server was not spawned');
  const early = ended.then((how) => {
    throw new Error(`the server ended with ${how}:\n${log.join('\n')}`);
  });
  const said: unknown[] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), early]);
  early.catch(() => undefined);
  const { api: url } = JSON.parse(String(said[0])) as { api: string }; // its own line
  const kill: ServerProcess['kill'] = (signal) => void child.kill(signal);
  const close = async (): Promise<void> => {
    kill('SIGKILL');
    await ended;
  };
  return { url, pid, log, ended, kill, close };
}
