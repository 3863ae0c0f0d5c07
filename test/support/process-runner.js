/** The process of `process.ts`: runs one command after the other as `dist/cli/main.js` does. */
import { setTimeout as delay } from 'node:timers/promises';
import { execute, isForPrograms } from '../../dist/cli/execute.js';
import { createProgram } from '../../dist/cli/program.js';
import { spareFromProxies } from '../../dist/config.js';

/** The last lines are written by then: a server gathers its own for a moment. */
const writtenWithinMs = (command) => (command === 'server' ? 250 : 20);

process.on('message', async ({ args, env }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = 0;
  spareFromProxies();
  await execute({ program: await createProgram(args, { saysMistakes: !isForPrograms(args) }), args });
  await delay(writtenWithinMs(args[0]));
  for (const event of ['disconnect', 'SIGTERM', 'SIGINT']) process.removeAllListeners(event);
  process.on('disconnect', () => process.exit());
  process.channel.ref();
  process.send({ exitCode: process.exitCode });
});
process.on('disconnect', () => process.exit());
