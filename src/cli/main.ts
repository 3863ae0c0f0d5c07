#!/usr/bin/env node
/** The entry of `longhaul`: runs the command that the arguments name and says how it went. */
import { CommanderError } from 'commander';
import { environment, spareFromProxies } from '../config.js';
import { exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';
import { reportOf } from './stop.js';

// `longhaul run list | head -1` closes our output early, which is its good right. A child of `dev` or `demo` is
// told of its parent's end by its channel instead, and stops in order.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' && process.channel === undefined) process.exit(exitCodes.success);
  });
process.on('uncaughtException', (error) => process.exit(report(error)));

spareFromProxies();
const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? codeOfCommander(error) : report(error);
}
// A poll that is still under way must not hold back the prompt.
setTimeout(() => process.exit(), 300).unref();

/** Commander has already said what is wrong. Help and version are no mistakes. */
function codeOfCommander(error: CommanderError): number {
  return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
}

function report(error: unknown): number {
  const { lines, exitCode } = reportOf(error, attempted());
  process.stderr.write(`${lines.join('\n')}\n`);
  const isDebug = environment()['LONGHAUL_LOG_LEVEL'] === 'debug';
  if (isDebug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCode;
}

/** The command as typed, without its options: they may hold what belongs to the user alone. */
function attempted(): string {
  let [command, typed] = [program, 'longhaul'];
  for (const word of process.argv.slice(2)) {
    const sub = command.commands.find((candidate) => candidate.name() === word);
    if (sub !== undefined) [command, typed] = [sub, `${typed} ${word}`];
  }
  return typed;
}
