/** Ends of a command that are not crashes: a message for a person and an exit code. */
import { type FailureCode, LonghaulError, failureKinds } from '../run/failures/errors.js';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.js';
import { harmless } from './terminal/paint.js';

/** Ends the command. The message is complete: what was attempted, what came back, what to do. */
export class Stop extends Error {
  readonly exitCode: ExitCode;
  /** What a person does next; a line of its own. */
  readonly advice: string | undefined;
  /** Of the table of failures, where the reason is one of them. */
  readonly code: FailureCode | undefined;

  constructor(exitCode: ExitCode, message: string, advice?: string, code?: FailureCode) {
    super(message);
    this.name = 'Stop';
    this.exitCode = exitCode;
    this.advice = advice;
    this.code = code;
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

/** What is told of an error: for a person in lines, for a program as an object; and the exit code that says the same. */
export interface Report {
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
  readonly error: {
    /** The command as typed, without its options. */
    readonly command: string;
    /** Of the table of failures; of a command that was ended for another reason, the name of its exit code. */
    readonly code: string;
    readonly message: string;
    /** What to do next. */
    readonly advice?: string;
    readonly exitCode: ExitCode;
  };
}

/** Tells of an error that has ended a command. */
export function reportOf(error: unknown, command: string): Report {
  if (error instanceof Stop)
    return error.code === undefined
      ? reported(command, nameOf(error.exitCode), error)
      : reportedCode(command, error.code, error);
  if (error instanceof LonghaulError) {
    const { code, message } = error;
    const { operator } = failureKinds[code];
    const isSaid = message.toLowerCase().includes(operator.slice(0, -1).toLowerCase());
    const exitCode = exitCodeOf(code);
    return reportedCode(command, code, { message, advice: isSaid ? undefined : operator, exitCode });
  }
  return reported(command, 'INTERNAL', {
    message: `unexpected error: ${harmless(errorMessage(error).split('\n', 1)[0] ?? '')}`,
    advice: 'Please report it, with the command and, from LONGHAUL_LOG_LEVEL=debug, the stack.',
    exitCode: exitCodes.error,
  });
}

/** A mistake on the command line, in the words of commander, which has told a person of it already. */
export const reportOfUsage = ({ message }: Error, command: string): Report =>
  reported(command, nameOf(exitCodes.usage), {
    message: message.startsWith('(') ? 'what it is to do is missing' : message.replace(/^error: /, ''),
    advice: `See \`${command} --help\`.`,
    exitCode: exitCodes.usage,
  });

const nameOf = (exitCode: ExitCode): string =>
  Object.entries(exitCodes)
    .find(([, code]) => code === exitCode)?.[0]
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase() ?? 'ERROR';

/** The same, with the code at the end of the first line. */
function reportedCode(
  command: string,
  code: FailureCode,
  said: Pick<Stop, 'message' | 'advice' | 'exitCode'>,
): Report {
  const { lines, ...report } = reported(command, code, said);
  return { ...report, lines: [`${lines[0] ?? ''} (${code})`, ...lines.slice(1)] };
}

function reported(
  command: string,
  code: string,
  { message, advice, exitCode }: Pick<Stop, 'message' | 'advice' | 'exitCode'>,
): Report {
  return {
    lines: [`${command}: ${said(message)}`, ...(advice === undefined ? [] : [`  → ${advice}`])],
    exitCode,
    error: { ...{ command, code, message }, ...(advice !== undefined && { advice }), exitCode },
  };
}

/** A report as it is written to standard error: one line of JSON where results are JSON too. */
export const linesOfReport = ({ lines, error }: Report, format: string): readonly string[] =>
  format === 'json' || format === 'jsonl' ? [JSON.stringify({ error })] : lines;
