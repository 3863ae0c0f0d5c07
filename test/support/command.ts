/**
 * Commands of the CLI, one after the other in one process beside the tests of a file: to start Node and load the program is
 * most of what a short command takes. Commands that run at once, or are ended by signals, are processes of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll } from '@jest/globals';
import type { ProgramEnd } from './program.js';

interface Surroundings {
  /** Left out, that of the tests. */
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

const runnerFile = new URL('command-runner.js', import.meta.url).pathname;
let runner: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

afterAll(async () => {
  if (runner === undefined) return;
  const ended = once(runner, 'exit');
  runner.disconnect();
  await ended;
});

/** Runs a command in this folder and environment. */
export function runCommand(args: readonly string[], surroundings: Surroundings): Promise<ProgramEnd> {
  const end = last.then(() => ask({ args, cwd: process.cwd(), ...surroundings }));
  last = end.catch(() => undefined);
  return end;
}

function ask(request: Surroundings & { readonly args: readonly string[] }): Promise<ProgramEnd> {
  const asked = (runner ??= fork(runnerFile, { execArgv: [], env: {} }));
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      runner = undefined;
      reject(new Error(`the runner ended in \`longhaul ${request.args.join(' ')}\``));
    };
    asked.once('exit', fail);
    asked.once('message', (end) => {
      asked.off('exit', fail);
      resolve(end as ProgramEnd); // our own message
    });
    asked.send(request);
  });
}
