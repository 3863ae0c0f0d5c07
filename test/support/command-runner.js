/** The process of `command.ts`: runs one command after the other as `dist/cli/main.js` does. */
import { Writable } from 'node:stream';
import { execute } from '../../dist/cli/execute.js';
import { createProgram } from '../../dist/cli/program.js';
import { spareFromProxies } from '../../dist/config.js';

const give = (name, value) => Object.defineProperty(process, name, { configurable: true, value });

/** A stream that is no terminal, and adds what is written to it to `chunks`. */
const into = (chunks) =>
  new Writable({
    write: (chunk, _, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });

process.on('message', async ({ args, cwd, env }) => {
  const [stdout, stderr] = [[], []];
  give('stdout', into(stdout));
  give('stderr', into(stderr));
  process.chdir(cwd);
  process.env = { ...env };
  process.exitCode = 0;
  spareFromProxies();
  await execute({ program: await createProgram(args), args });
  process.send({ exitCode: process.exitCode, stdout: stdout.join(''), stderr: stderr.join('') });
});
process.on('disconnect', () => process.exit());
