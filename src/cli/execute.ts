/** Runs the command that arguments name, and says how it went. */
import { type Command, CommanderError } from 'commander';
import { environment } from '../config.js';
import { exitCodes } from './exit-codes.js';
import { reportOf } from './stop.js';

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
    process.exitCode = error instanceof CommanderError ? codeOfCommander(error) : report(error, line);
  }
}

/** Commander has already said what is wrong. Help and version are no mistakes. */
function codeOfCommander(error: CommanderError): number {
  return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
}

/** Writes what a person is told of an error to standard error; returns the exit code that says the same. */
export function report(error: unknown, line: CommandLine): number {
  const { lines, exitCode } = reportOf(error, attempted(line));
  process.stderr.write(`${lines.join('\n')}\n`);
  const isDebug = environment()['LONGHAUL_LOG_LEVEL'] === 'debug';
  if (isDebug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCode;
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
