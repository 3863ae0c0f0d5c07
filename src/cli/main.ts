#!/usr/bin/env node
/** The entry of `longhaul`: the process in which a command runs. */
import { spareFromProxies } from '../config.js';
import { execute, isForPrograms, report } from './execute.js';
import { exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';

const args = process.argv.slice(2);
const line = { program: createProgram({ saysMistakes: !isForPrograms(args) }), args };

// `longhaul run list | head -1` closes our output early, which is its good right. A child of `dev` or `demo` is
// told of its parent's end by its channel instead, and stops in order.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' && process.channel === undefined) process.exit(exitCodes.success);
  });
process.on('uncaughtException', (error) => process.exit(report(error, line)));

spareFromProxies();
await execute(line);
// A poll that is still under way must not hold back the prompt.
setTimeout(() => process.exit(), 300).unref();
