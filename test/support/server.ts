/** A real server process on a stage. */
import { startChild } from '../../src/dev/child.js';
import { type Stage, nodeFlags } from './stage.js';

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

const readyWithinMs = 60_000;
const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** Starts `longhaul server` on a free port, with the environment of the stage. */
export async function startServer(
  { env }: Pick<Stage, 'env'>,
  extra: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const log: string[] = [];
  const { pid, ended, kill, stop, firstLine } = await startChild(
    process.execPath,
    [...nodeFlags, cli, 'server', '-o', 'json'],
    {
      env: { ...env, LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0', ...extra },
      eachLine: (line, output) => {
        if (output === 'stderr') log.push(line);
      },
      orphan: 'channel',
    },
  );
  const said = await firstLine(readyWithinMs).catch((error: unknown) => {
    throw new Error(`the server ${(error as Error).message}:\n${log.join('\n')}`); // `firstLine` throws Errors
  });
  const { api: url } = JSON.parse(said) as { api: string }; // its own line
  return { url, pid, log, ended, kill, close: () => stop(0) };
}
