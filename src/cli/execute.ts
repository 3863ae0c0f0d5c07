/** Runs the command that arguments name, and says how it went. */
import { type Command, CommanderError } from 'commander';
import { environment } from '../config.js';
import { formatIn } from './cli.js';
import { exitCodes } from './exit-codes.js';
import { type Report, linesOfReport, reportOf, reportOfUsage } from './stop.js';
import { folded, widthOf } from './terminal/terminal.js';

/** A tree of commands, and what was typed after its name. */
export interface CommandLine {
  readonly program: Command;
  readonly args: readonly string[];
}

/** Leaves the exit code with the process, as commands do. It never throws: what a command throws is reported. */
export async function execute(line: CommandLine): Promise<void> {
  try {
    await line.program.parseAsync(line.args, { from: 'user' });
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? codeOfCommander(error, line) : report(error, line);
  }
}

/** Whether a command line asks for JSON: then its mistakes are told in it too. */
export const isForPrograms = (args: readonly string[]): boolean => ['json', 'jsonl'].includes(formatIn(args));

/** To people, commander has already said what is wrong. Help and version are no mistakes. */
function codeOfCommander(error: CommanderError, line: CommandLine): number {
  if (error.exitCode === 0) return exitCodes.success;
  if (isForPrograms(line.args)) write(reportOfUsage(error, attempted(line)), line);
  return exitCodes.usage;
}

function write(report: Report, { args }: CommandLine): void {
  const width = isForPrograms(args) ? Infinity : widthOf(process.stderr, environment());
  for (const line of linesOfReport(report, formatIn(args))) process.stderr.write(folded(line, width));
}

/** Writes what is told of an error to standard error; returns the exit code that says the same. */
export function report(error: unknown, line: CommandLine): number {
  const told = reportOf(error, attempted(line));
  write(told, line);
  const isDebug = environment()['LONGHAUL_LOG_LEVEL'] === 'debug';
  if (isDebug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return told.exitCode;
}

/** The command as typed, without its options: they may hold what belongs to the user alone. */
function attempted({ program, args }: CommandLine): string {
  let [command, typed] = [program, 'longhaul'];
  for (const word of args) {
    const sub = command.commands.find((candidate) => candidate.name() === word);
    if (sub !== undefined) [command, typed] = [sub, `${typed} ${word}`];
  }
  return typed;
}
