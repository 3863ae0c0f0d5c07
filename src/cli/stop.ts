/** Ends of a command that are not crashes: a message for a person and an exit code. */
import { LonghaulError, failureKinds } from '../run/failures/errors.js';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.js';
import { harmless } from './terminal/paint.js';

/** Ends the command. The message is complete: what was attempted, what came back, what to do. */
export class Stop extends Error {
  readonly exitCode: ExitCode;
  /** What a person does next; a line of its own. */
  readonly advice: string | undefined;

  constructor(exitCode: ExitCode, message: string, advice?: string) {
    super(message);
    this.name = 'Stop';
    this.exitCode = exitCode;
    this.advice = advice;
  }
}

/** What an error says, whatever was thrown. */
export const errorMessage = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** A mistake on the command line. */
export const usage = (message: string, advice?: string): Stop => new Stop(exitCodes.usage, message, advice);

/** Messages of several lines name a fault in each; none of them begins where a line of ours would. */
const said = (message: string): string =>
  message
    .split('\n')
    .map((line, at) => (at === 0 || line.startsWith('  ') ? harmless(line) : `  ${harmless(line)}`))
    .join('\n');

/** What a person is told of an error, and the exit code that says the same. */
export function reportOf(
  error: unknown,
  attempted: string,
): { readonly lines: readonly string[]; readonly exitCode: ExitCode } {
  if (error instanceof Stop) {
    const advice = error.advice === undefined ? [] : [`  → ${error.advice}`];
    return { lines: [`${attempted}: ${said(error.message)}`, ...advice], exitCode: error.exitCode };
  }
  if (error instanceof LonghaulError) {
    const { operator } = failureKinds[error.code];
    const isSaid = error.message.toLowerCase().includes(operator.slice(0, -1).toLowerCase());
    return {
      lines: [`${attempted}: ${said(error.message)} (${error.code})`, ...(isSaid ? [] : [`  → ${operator}`])],
      exitCode: exitCodeOf(error.code),
    };
  }
  const reason = harmless(errorMessage(error).split('\n', 1)[0] ?? '');
  return {
    lines: [
      `${attempted}: unexpected error: ${reason}`,
      '  → Please report it, with the command and, from LONGHAUL_LOG_LEVEL=debug, the stack.',
    ],
    exitCode: exitCodes.error,
  };
}
