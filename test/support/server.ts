/** A real server process on a stage. */
import { setTimeout as delay } from 'node:timers/promises';
import { inWords } from '../../src/dev/child.js';
import { startProcess } from './process.js';
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

const readyWithinMs = 60_000;

/** Starts `longhaul server` on a free port, with the environment of the stage. */
export async function startServer(
  { env }: Pick<Stage, 'env'>,
  extra: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const log: string[] = [];
  let said: (line: string) => void;
  const ready = new Promise<string>((resolve) => (said = resolve));
  const { pid, ended, kill, stop } = startProcess(['server', '-o', 'json'], {
    env: { ...env, LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0', ...extra },
    eachLine: (line, output) => (output === 'stderr' ? void log.push(line) : said(line)),
  });
  const early = ended.then((how) => inWords(how));
  const late = delay(readyWithinMs, `was not ready after ${readyWithinMs} ms`, { ref: false });
  const unready = Promise.race([early, late]).then((why) => {
    throw new Error(`the server ${why}:\n${log.join('\n')}`);
  });
  const { api: url } = JSON.parse(await Promise.race([ready, unready])) as { api: string }; // its own line
  return { url, pid, log, ended, kill, close: stop };
}
