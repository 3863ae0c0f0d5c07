/** `longhaul dev`: keeps everything up on this machine until Ctrl-C. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDocument } from 'yaml';
import { type Config, connectionOf, environment, loadConfig } from '../../config.js';
import { shellWords } from '../../run/documents/shell-words.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { type Cli, cliOf } from '../cli.js';
import { Interrupted } from '../interruption.js';
import { isPort, positive } from '../options.js';
import { type Ports, choosePorts, portCount } from './dev-ports.js';
import type { Stack } from './stack.js';

const ports = { temporal: 7233, ui: 8233, simulator: 8787 } as const;

const examples = `
Examples:
  longhaul dev
  longhaul dev --speed 100
  longhaul dev --ports 17000

Its ports, each another one where it is taken: ${ports.temporal} Temporal, ${ports.ui} its Web UI, ${ports.simulator} the simulator; 8080 the HTTP API, 9091 the health and 9464 the
metrics of the worker, unless LONGHAUL_SERVER_ADDRESS, LONGHAUL_HEALTH_ADDRESS and LONGHAUL_METRICS_ADDRESS say otherwise.
With --ports all are in a row from there, in this order. What other terminals need is printed as exports.
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
    .option(
      '--ports <first>',
      `the first of ${portCount} ports in a row (default: its own, or free ones)`,
      firstPort,
    )
    .addHelpText('after', examples)
    .action(async (flags: DevFlags, command: Command) => dev(cliOf(command), flags));
}

interface DevFlags {
  readonly speed: number;
  readonly ports?: number;
}

function firstPort(text: string): number {
  const first = Number(text);
  if (isPort(text) && first >= 1_024 && first + portCount <= 65_536) return first;
  throw new InvalidArgumentError(`Write a port from 1024 to ${65_536 - portCount}.`);
}

async function dev(cli: Cli, { speed, ports: from }: DevFlags): Promise<void> {
  const { terminal } = cli;
  const directory = resolve('.longhaul');
  const original = chooseConfig(cli);
  const { cleanEnvironment, withStack } = await import('./stack.js');
  const clean = cleanEnvironment();
  const configured = loadConfig({ file: original, env: clean });
  const chosen = await choosePorts(wantedPorts(configured), { from, say: terminal.say });
  mkdirSync(directory, { recursive: true });
  const configFile =
    chosen.simulator === ports.simulator ? original : configFor(original, directory, chosen.simulator);
  const env = { ...clean, ...addressesFor(configured, chosen) };
  const options = {
    temporal: { port: chosen.temporal, uiPort: chosen.ui, dbFile: resolve(directory, 'temporal.db') },
    fastTimers: false,
    // Ids of an earlier session must not come back: Temporal remembers the runs that hold them.
    simulator: { port: chosen.simulator, speed, seed: randomInt(1, 1_000_000) },
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

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

const wantedPorts = ({ worker, server }: Config): Ports => ({
  ...ports,
  server: portOf(server.address),
  health: portOf(worker.healthAddress),
  metrics: portOf(worker.metricsAddress),
});

/** The variables by which server and worker listen where it was chosen. */
function addressesFor({ worker, server }: Config, chosen: Ports): Record<string, string> {
  const moved = (address: string, to: number): string => address.replace(/\d+$/, String(to));
  return {
    LONGHAUL_SERVER_ADDRESS: moved(server.address, chosen.server),
    LONGHAUL_HEALTH_ADDRESS: moved(worker.healthAddress, chosen.health),
    LONGHAUL_METRICS_ADDRESS: moved(worker.metricsAddress, chosen.metrics),
  };
}

/** The same configuration, with a simulator that is elsewhere; what it names beside it is named from there. */
function configFor(file: string, directory: string, simulator: number): string {
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.hasIn(['connections', 'domino-dev', 'url']))
    document.setIn(['connections', 'domino-dev', 'url'], `http://127.0.0.1:${simulator}`);
  const { pipelines } = loadConfig({ file });
  if (pipelines.length > 0)
    document.set(
      'pipelines',
      pipelines.map((path) => resolve(dirname(file), path)),
    );
  const written = resolve(directory, 'longhaul.yaml');
  writeFileSync(written, document.toString());
  return written;
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
      JSON.stringify({
        ...{ temporal: temporal.address, ui: temporal.uiUrl, ...simulator, ...worker, ...server },
        exports: Object.fromEntries(exportsOf(stack, configFile)),
      }),
    );
    return;
  }
  const shown = (file: string): string => relative('.', file) || file;
  const example = shown(fileURLToPath(new URL('../../../examples/train-and-deploy.yaml', import.meta.url)));
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
    ...exportsOf(stack, configFile).map(([name, value]) => `  export ${name}=${shellWords([value])}`),
    `  npx longhaul run start train-and-deploy -f ${example} --watch`,
    '  npx longhaul run list',
  ];
  for (const line of lines) terminal.result(line);
}

/** What makes the commands of another terminal reach this stack. */
function exportsOf({ temporal, simulator }: Stack, configFile: string): (readonly [string, string])[] {
  const namespace = environment()['TEMPORAL_NAMESPACE'];
  return [
    ['TEMPORAL_ADDRESS', temporal.address],
    ...(namespace === undefined || namespace === 'default'
      ? []
      : [['TEMPORAL_NAMESPACE', 'default'] as const]),
    ...(resolve(configFile) === resolve('longhaul.yaml') ? [] : [['LONGHAUL_CONFIG', configFile] as const]),
    ['DOMINO_DEV_API_KEY', simulator.apiKey],
  ];
}
