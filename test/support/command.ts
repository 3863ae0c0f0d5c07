/**
 * Commands of the CLI, one after the other in one process beside the tests: to start Node and load the program is most
 * of what a short command takes. Commands that run at once, or are ended by signals, are processes of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { ProgramEnd } from './program.js';

interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

let runner: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Runs a command in this folder and environment. */
export function runCommand(args: readonly string[], surroundings: Surroundings): Promise<ProgramEnd> {
  const end = last.then(() => ask({ args, ...surroundings }));
  last = end.catch(() => undefined);
  return end;
}

function ask(request: Surroundings & { readonly args: readonly string[] }): Promise<ProgramEnd> {
  const asked = (runner ??= start());
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      runner = undefined;
      reject(new Error(`the runner ended in \`longhaul ${request.args.join(' ')}\``));
    };
    asked.channel?.ref();
    asked.once('exit', fail);
    asked.once('message', (end) => {
      asked.off('exit', fail);
      asked.channel?.unref();
      resolve(end as ProgramEnd); // our own message
    });
    asked.send(request);
  });
}

/** It ends with this process, which waits for no more than its answers. */
function start(): ChildProcess {
  const child = fork(new URL('command-runner.js', import.meta.url).pathname, { execArgv: [], env: {} });
  child.unref();
  return child;
}
