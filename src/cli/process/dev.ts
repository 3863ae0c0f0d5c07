/** `longhaul dev`: keeps everything up on this machine until Ctrl-C. */
import { existsSync, mkdirSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Config, connectionOf, environment, loadConfig } from '../../config.js';

import { LonghaulError } from '../../run/failures/errors.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { Interrupted } from '../interruption.js';
import { positive } from '../options.js';
import type { Stack } from './stack.js';
import { Stop, errorMessage } from '../stop.js';

const ports = { temporal: 7233, ui: 8233, simulator: 8787 } as const;

const examples = `
Examples:
  longhaul dev
  longhaul dev --speed 100

Ports: ${ports.temporal} Temporal, ${ports.ui} its Web UI, ${ports.simulator} the simulator; 8080 the HTTP API, 9091 the health and 9464 the
metrics of the worker, unless LONGHAUL_SERVER_ADDRESS, LONGHAUL_HEALTH_ADDRESS and LONGHAUL_METRICS_ADDRESS say otherwise.
Temporal keeps its state in .longhaul/; the simulator begins anew each time, with the world examples/worlds/default.yaml.`;

/** Adds `dev`. */
export function addDev(program: Command): void {
  program
    .command('dev')
    .summary('keep everything up on this machine')
    .description(
      'Keep Temporal with its Web UI, the Domino simulator, a worker and a server up, until Ctrl-C.',
    )
    .option('--speed <n>', 'how many times faster than real the simulated platform is', positive, 10)
    .addHelpText('after', examples)
    .action(async ({ speed }: { speed: number }, command: Command) => dev(cliOf(command), speed));
}

async function dev(cli: Cli, speed: number): Promise<void> {
  const { terminal } = cli;
  const directory = resolve('.longhaul');
  const configFile = chooseConfig(cli);
  const { cleanEnvironment, withStack } = await import('./stack.js');
  const env = cleanEnvironment();
  await checkPorts(loadConfig({ file: configFile, env }));
  mkdirSync(directory, { recursive: true });
  const options = {
    temporal: { port: ports.temporal, uiPort: ports.ui, dbFile: resolve(directory, 'temporal.db') },
    fastTimers: false,
    // Ids of an earlier session must not come back: Temporal remembers the runs that hold them.
    simulator: { port: ports.simulator, speed, seed: randomInt(1, 1_000_000) },
    worker: (_domino: string, env: Stack['env']) => workerArgs(cli, configFile, env),
    server: ['--config', configFile],
    env,
    directory,
    interrupted: 'stopped',
    say: terminal.say,
  };
  try {
    await withStack(options, async (stack) => {
      write(cli, stack, configFile);
      stack.interruption.signal.addEventListener('abort', () =>
        terminal.say('Stopping: server, worker, simulator, Temporal.'),
      );
      await stack.interruption.rejected;
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error; // a signal is how it is asked to end
  }
}

/** The user’s configuration, or else the one that ships with Longhaul. */
function chooseConfig(cli: Cli): string {
  const { file } = cli.config();
  return existsSync(file) ? file : fileURLToPath(new URL('../../../longhaul.yaml', import.meta.url));
}

/** All at once, so that all that are taken are named. */
async function checkPorts({ worker, server }: Config): Promise<void> {
  const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
  const { checkPortIsFree } = await import('../../dev/ports.js');
  const looks = await Promise.allSettled([
    checkPortIsFree(ports.temporal, 'Temporal'),
    checkPortIsFree(ports.ui, 'Temporal’s Web UI'),
    checkPortIsFree(ports.simulator, 'the simulator'),
    checkPortIsFree(portOf(server.address), 'the server (LONGHAUL_SERVER_ADDRESS)'),
    checkPortIsFree(portOf(worker.healthAddress), 'the worker’s health (LONGHAUL_HEALTH_ADDRESS)'),
    checkPortIsFree(portOf(worker.metricsAddress), 'the worker’s metrics (LONGHAUL_METRICS_ADDRESS)'),
  ]);
  const faults = looks.flatMap((look) => (look.status === 'rejected' ? [errorMessage(look.reason)] : []));
  if (faults.length > 0)
    throw new Stop(
      exitCodes.error,
      ['nothing was started:', ...faults.map((fault) => `  ${fault}`)].join('\n'),
      'Is another `longhaul dev` running? `ss -ltnp` shows what listens where.',
    );
}

/** Only connections whose credential is there: a worker refuses to start without one that it should have. */
function workerArgs({ terminal }: Cli, configFile: string, env: Stack['env']): string[] {
  const { connections } = loadConfig({ file: configFile, env });
  const served = Object.entries(connections).flatMap(([name, connection]) => {
    if (name === 'domino-dev') return [name];
    try {
      connectionOf(name, connection).credential();
      return [name];
    } catch (error) {
      if (!(error instanceof LonghaulError)) throw error;
      terminal.say(`Connection ${name} is left out: ${error.message}.`);
      return [];
    }
  });
  if (!served.includes('domino-dev'))
    terminal.say(`${configFile} has no connection domino-dev: nothing there points to the simulator.`);
  return ['--config', configFile, '--connections', served.join(',')];
}

function write({ format, terminal }: Cli, stack: Stack, configFile: string): void {
  const { temporal, simulator, worker, server } = stack;
  if (format !== 'text') {
    terminal.result(
      JSON.stringify({ temporal: temporal.address, ui: temporal.uiUrl, ...simulator, ...worker, ...server }),
    );
    return;
  }
  const shown = (file: string): string => relative('.', file) || file;
  const example = shown(fileURLToPath(new URL('../../../examples/train-and-deploy.yaml', import.meta.url)));
  const elsewhere = environment()['TEMPORAL_ADDRESS'];
  const lines = [
    terminal.paintResult('bold', 'Longhaul is up. Ctrl-C stops everything.'),
    '',
    `  Temporal Web UI   ${temporal.uiUrl ?? ''}`,
    `  Temporal          ${temporal.address}`,
    `  HTTP API          ${server?.api ?? ''}   its page: ${server?.docs ?? ''}`,
    `  Simulator         ${simulator.domino}   X-Domino-Api-Key: ${simulator.apiKey}`,
    `  Ledger            ${simulator.ledger}`,
    `  Worker health     ${worker.health}/readyz`,
    `  Metrics           ${worker.metrics}`,
    '  Logs and state    .longhaul/',
    '',
    'Next, in another terminal:',
    ...(resolve(configFile) === resolve('longhaul.yaml') ? [] : [`  export LONGHAUL_CONFIG=${configFile}`]),
    ...(elsewhere !== undefined && elsewhere !== temporal.address ? ['  unset TEMPORAL_ADDRESS'] : []),
    `  npx longhaul run start train-and-deploy -f ${example} --watch`,
    '  npx longhaul run list',
  ];
  for (const line of lines) terminal.result(line);
}
