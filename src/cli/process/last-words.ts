/** A worker and a server log JSON lines: what ends them, and what Node warns of, is one of these lines too. */
import { reportOf } from '../stop.js';

const levels = { warn: 40, fatal: 60 } as const;

/** Written at once: the process may end right after. */
const log = (
  level: keyof typeof levels,
  fields: { readonly msg: string; readonly stack?: string | undefined },
) => void process.stderr.write(`${JSON.stringify({ level: levels[level], time: Date.now(), ...fields })}\n`);

/** Runs a process of `command` to its end. On a terminal, what ends it is told as by any other command. */
export async function withLastWords(command: string, perform: () => Promise<void>): Promise<void> {
  if (process.stderr.isTTY) return perform();
  const end = (error: unknown, stack?: string): number => {
    const { lines, exitCode } = reportOf(error, command);
    log('fatal', { msg: lines.map((line) => line.trim()).join(' '), stack });
    return exitCode;
  };
  process.removeAllListeners('warning').on('warning', ({ name, message }) => {
    log('warn', { msg: `${name}: ${message}` });
  });
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => {
    process.exit(end(error, error.stack));
  });
  try {
    await perform();
  } catch (error) {
    process.exitCode = end(error);
  }
}
