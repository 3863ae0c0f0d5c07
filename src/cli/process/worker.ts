/** `longhaul worker`: a worker process. The only command that loads the worker's code. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Cli, cliOf } from '../cli.js';
import { names } from '../options.js';
import { withLastWords } from './last-words.js';
import { stopWithParent } from './parent.js';
import { usage } from '../stop.js';
import { packageVersion } from '../version.js';

const roles = ['pipelines', 'activities', 'webhooks'] as const;
type Role = (typeof roles)[number];

interface WorkerFlags {
  readonly roles: readonly Role[];
  readonly connections?: readonly string[];
  readonly versioned?: true;
  readonly buildId?: string;
}

const examples = `
Examples:
  longhaul worker
  longhaul worker --roles pipelines
  longhaul worker --roles activities --connections domino-prod
  longhaul worker --roles pipelines --versioned

It logs JSON lines to standard error, and stops gracefully on SIGTERM and SIGINT.`;

/** Adds `worker`. */
export function addWorker(program: Command): void {
  program
    .command('worker')
    .summary('run a worker')
    .description('Run a worker until SIGTERM or SIGINT. Any number of them share the load.')
    .option('--roles <roles>', 'what it does: pipelines, activities, webhooks', rolesOf, [...roles])
    .option('--connections <names>', 'platforms whose activities it runs (default: all configured)', names)
    .option(
      '--versioned',
      'pin runs to the version of the workflow code that begins them (worker.versioning)',
    )
    .option(
      '--build-id <id>',
      'the name of that version (default: worker.buildId, else the hash of the bundle)',
    )
    .addHelpText('after', examples)
    .action(async (flags: WorkerFlags, command: Command) =>
      withLastWords('longhaul worker', () => work(cliOf(command), flags)),
    );
}

function rolesOf(text: string): Role[] {
  return names(text).map((name) => {
    const role = roles.find((one) => one === name);
    if (role === undefined) throw new InvalidArgumentError(`The roles are: ${roles.join(', ')}.`);
    return role;
  });
}

async function work(
  { config, format, terminal }: Cli,
  { roles: chosen, connections, versioned, buildId }: WorkerFlags,
): Promise<void> {
  const configured = config();
  const settings = {
    ...configured,
    worker: {
      ...configured.worker,
      ...(versioned === true && { versioning: 'pinned' as const }),
      ...(buildId !== undefined && { buildId }),
    },
  };
  if (buildId !== undefined && settings.worker.versioning === 'none')
    throw usage('--build-id needs --versioned');
  stopWithParent();
  const { runWorker } = await import('../../worker.js');
  await runWorker(settings, {
    roles: chosen,
    connections,
    version: packageVersion(),
    ready: ({ health, metrics }) => {
      const addresses = { health: `http://${health}`, metrics: `http://${metrics}/metrics` };
      if (format !== 'text') terminal.result(JSON.stringify(addresses));
      else
        terminal.result(
          `worker ready (${chosen.join(', ')}): ${addresses.health}/readyz, ${addresses.metrics}`,
        );
    },
  });
}
