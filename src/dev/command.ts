/** Runs a command of this machine to its end: Temporal's CLI, tar, python. */
import { execFile } from 'node:child_process';
import { types } from 'node:util';

/** Environment variables, as `process.env` has them. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

export interface CommandOptions {
  readonly env: EnvironmentVariables;
  readonly timeoutMs: number;
}

/**
 * What the command wrote to stdout.
 *
 * @throws Error whose message is one line: the last one the command wrote to stderr, or why it did not run
 */
export function runCommand(
  file: string,
  parameters: readonly string[],
  options: CommandOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      env: { ...options.env },
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
    } as const;
    execFile(file, parameters, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(reasonFor(error, stderr, options.timeoutMs), { cause: error }));
    });
  });
}

/** What went wrong, in words that fit on one line. */
export const oneLineReason = (error: unknown): string =>
  firstLine(types.isNativeError(error) ? error.message : String(error));

function reasonFor(
  error: Error & { code?: unknown; killed?: boolean },
  stderr: string,
  timeoutMs: number,
): string {
  if (error.killed === true) return `no answer within ${timeoutMs / 1000} s`;
  if (error.code === 'ENOENT') return 'there is no such program';
  const said = stderr.trimEnd().split('\n').at(-1)?.trim();
  return said === undefined || said === '' ? firstLine(error.message) : said;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
