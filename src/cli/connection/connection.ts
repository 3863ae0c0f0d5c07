/** `longhaul connection`: whether requests are sent to the platforms, and going on by hand. */
import type { Command } from 'commander';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { connectionLines, standingLines } from './lines.js';
import { nonEmpty } from '../options.js';

const examples = `
Examples:
  longhaul connection list
  longhaul connection resume domino-prod --reason "key renewed"

A platform that asks to be sent nothing for a while is sent nothing by any worker. One that refuses its credential for
longer than waits.patienceMs is asked again by itself; when it accepts it, every run that was parked for that goes on.`;

/** Adds `connection list`, `get` and `resume`. */
export function addConnection(program: Command): void {
  const connection = program
    .command('connection')
    .summary('see whether requests are sent to the platforms, and go on')
    .description('See whether requests are sent to the platforms, and let the runs of a connection go on.')
    .addHelpText('after', examples);
  connection
    .command('list')
    .description('List the configured connections and how they stand.')
    .addHelpText('after', '\nExample:\n  longhaul connection list -o json')
    .action(async (_flags: unknown, command: Command) => list(cliOf(command)));
  connection
    .command('get')
    .summary('show how a connection stands')
    .description('Show how a connection stands, since when, and what is done about it.')
    .argument('<name>', 'as in longhaul.yaml')
    .addHelpText('after', '\nExample:\n  longhaul connection get domino-prod -o json')
    .action(async (name: string, _flags: unknown, command: Command) => get(cliOf(command), name));
  connection
    .command('resume')
    .summary('open a connection and let its parked runs go on')
    .description(
      'Open a connection, whatever stands in the way, and let the runs go on that are parked for its credential.',
    )
    .argument('<name>', 'as in longhaul.yaml')
    .requiredOption('--reason <text>', 'why; recorded in the runs and in the audit log', nonEmpty)
    .addHelpText('after', '\nExample:\n  longhaul connection resume domino-prod --reason "key renewed"')
    .action(async (name: string, { reason }: { reason: string }, command: Command) =>
      resume(cliOf(command), name, reason),
    );
}

async function list(cli: Cli): Promise<void> {
  const { format, terminal } = cli;
  const connections = await cli.withClient((client) => client.connections.list());
  if (format === 'json') terminal.result(JSON.stringify(connections, null, 2));
  if (format === 'jsonl') for (const one of connections) terminal.result(JSON.stringify(one));
  if (format === 'ids') for (const { name } of connections) terminal.result(name);
  if (format !== 'text') return;
  if (connections.length === 0) terminal.say('No connection is configured.');
  for (const line of connectionLines(connections)) terminal.result(line);
}

async function get(cli: Cli, name: string): Promise<void> {
  const { format, terminal } = cli;
  const connection = await cli.withClient((client) => client.connections.get(name));
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify(connection));
  if (format === 'ids') terminal.result(name);
  if (format !== 'text') return;
  for (const line of standingLines(connection, Date.now())) terminal.result(line);
}

async function resume(cli: Cli, name: string, reason: string): Promise<void> {
  const { format, terminal } = cli;
  await cli.withClient(({ connections }) =>
    audited(cli, { action: 'connection.resume', object: name, reason }, () =>
      connections.resume(name, { reason }),
    ),
  );
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ name }));
  else terminal.result(format === 'ids' ? name : `${name} is open`);
  if (format !== 'text') return;
  terminal.say(
    'Runs that were parked for it go on now, those that sleep through a long wait within ten minutes.',
  );
  terminal.say(`next: longhaul run list --connection ${name}`);
}
