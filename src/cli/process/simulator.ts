/** `longhaul simulator`: Domino or UbiOps on loopback. The only command that loads the simulator's code. */
import { type Command, Option } from 'commander';
import type { SimulatedDialect } from '../../simulator/index.js';
import { checkPortIsFree } from '../../dev/ports.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { interruptible } from '../interruption.js';
import { count, port, positive } from '../options.js';
import { stopWithParent } from './parent.js';
import { Stop, errorMessage, usage } from '../stop.js';
import { statedSimulatorKey } from './simulator-key.js';

interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly platform: 'domino' | 'ubiops';
  readonly dialect?: SimulatedDialect;
  readonly seed: number;
  readonly speed: number;
  readonly execute?: true;
  readonly world?: string;
}

const dialectsOf: Readonly<Record<SimulatorFlags['platform'], readonly SimulatedDialect[]>> = {
  domino: ['v6', 'reference'],
  ubiops: ['v2.1', 'v2'],
};

/** What it is called, and the header that its key goes in. */
const shownAs = {
  domino: { title: 'Domino simulator', header: 'X-Domino-Api-Key' },
  ubiops: { title: 'UbiOps simulator', header: 'Authorization: Token' },
} as const;

const loopback = '127.0.0.1';

const examples = `
Examples:
  longhaul simulator
  longhaul simulator --port 0 --seed 7 --speed 100 -o json
  longhaul simulator --execute --world world.yaml
  longhaul simulator --platform ubiops --dialect v2 --port 8788

Every request needs the header X-Domino-Api-Key: simulator-key (UbiOps: Authorization: Token simulator-key), or what
LONGHAUL_SIMULATOR_API_KEY says. With --execute
the key is a new one at each start, which is printed, and the simulator answers only who asks for this machine.`;

/** Adds `simulator`. */
export function addSimulator(program: Command): void {
  program
    .command('simulator')
    .summary('run a simulator of Domino or UbiOps')
    .description(
      'Run a simulator of Domino or UbiOps, on loopback unless told otherwise, with a ledger of all requests, until SIGTERM or SIGINT.',
    )
    .option('--port <port>', 'where it listens; 0 takes a free port', port, 8787)
    .option('--host <address>', 'the address that it listens on; only loopback with --execute', loopback)
    .addOption(
      new Option('--platform <platform>', 'what it simulates')
        .choices(['domino', 'ubiops'])
        .default('domino'),
    )
    .addOption(
      new Option(
        '--dialect <dialect>',
        'how it speaks: v6 or reference for domino, v2.1 or v2 for ubiops; the first unless stated',
      ).choices(['v6', 'reference', 'v2.1', 'v2']),
    )
    .option('--seed <n>', 'decides ids and durations', count, 1)
    .option('--speed <n>', 'how many times faster than real builds and jobs', positive, 1)
    .option('--execute', 'really run the commands of jobs, on this machine')
    .option('--world <file>', 'users, projects, environments to begin with, in YAML')
    .addHelpText('after', examples)
    .action(async (flags: SimulatorFlags, command: Command) => simulate(cliOf(command), flags));
}

async function simulate({ format, terminal }: Cli, flags: SimulatorFlags): Promise<void> {
  const interruption = interruptible('the simulator was stopped');
  stopWithParent();
  const { createSimulator } = await import('../../simulator/index.js');
  const { platform } = flags;
  if (flags.dialect !== undefined && !dialectsOf[platform].includes(flags.dialect))
    throw usage(`${platform} has no dialect ${flags.dialect}: it has ${dialectsOf[platform].join(' and ')}`);
  if (flags.port !== 0)
    await checkPortIsFree(flags.port, 'the simulator').catch((error: unknown) => {
      throw new Stop(exitCodes.error, errorMessage(error), 'Choose another with --port; 0 takes a free one.');
    });
  const statedKey = statedSimulatorKey();
  const simulator = await createSimulator({
    ...flags,
    execute: flags.execute === true,
    ...(statedKey !== undefined && { apiKey: statedKey }),
  }).catch((error: unknown) => {
    // its set-up is the world’s file and the address, and it says what is wrong with them
    throw flags.world === undefined && flags.host === loopback ? error : usage(errorMessage(error));
  });
  const { url, apiKey, ledgerUrl } = simulator;
  if (format === 'text') {
    const { title, header } = shownAs[platform];
    terminal.result(`${title}  ${url}`);
    terminal.result(`API key           ${apiKey}  (header ${header})`);
    terminal.result(`ledger            ${ledgerUrl}`);
  } else terminal.result(JSON.stringify({ [platform]: url, apiKey, ledger: ledgerUrl }));
  await interruption.rejected.catch(() => undefined); // a signal is how it is asked to end
  await simulator.close();
}
