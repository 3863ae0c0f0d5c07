/** `longhaul schedule create`, `update` and `delete`. */
import type { Command } from 'commander';
import type { LonghaulClient } from '../../client.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { type Parameter, readInput } from '../input.js';
import { nonEmpty, parameter } from '../options.js';
import { timeLines } from './lines.js';

interface WriteFlags {
  readonly file: string;
  readonly param?: readonly Parameter[];
}

const createExamples = `
Examples:
  longhaul schedule create -f examples/schedules/nightly.yaml
  longhaul schedule create -f nightly.yaml -p name=weekly \\
    -p cron='["0 4 * * sun"]' -p timeZone=Europe/Berlin

The definition and the input of its runs are checked first; what does not fit is refused, and nothing is created.`;

const updateExamples = `
Examples:
  longhaul schedule update -f examples/schedules/nightly.yaml

The file replaces the whole definition. One that leaves \`paused\` out leaves the schedule paused or running as it is.`;

/** Adds `schedule create`, `update` and `delete` to the group. */
export function addScheduleWrite(schedule: Command): void {
  for (const [verb, description, examples] of [
    ['create', 'Create a schedule from a definition.', createExamples],
    ['update', 'Replace the definition of a schedule.', updateExamples],
  ] as const)
    schedule
      .command(verb)
      .description(description)
      .requiredOption(
        '-f, --file <file>',
        'the definition, in YAML or JSON; - reads standard input',
        nonEmpty,
      )
      .option(
        '-p, --param <key.path=value>',
        'one value of the definition, over the file’s; may be repeated',
        parameter,
      )
      .addHelpText('after', examples)
      .action(async (flags: WriteFlags, command: Command) => write(cliOf(command), verb, flags));
  schedule
    .command('delete')
    .description('Delete schedules. Runs that they have started go on.')
    .argument('<name...>', 'names of schedules')
    .option('--reason <text>', 'why; recorded in the audit log', nonEmpty)
    .addHelpText('after', '\nExample:\n  longhaul schedule delete nightly --reason "replaced by weekly"')
    .action(async (names: string[], { reason }: { reason?: string }, command: Command) =>
      remove(cliOf(command), names, reason),
    );
}

async function write(cli: Cli, verb: 'create' | 'update', { file, param = [] }: WriteFlags): Promise<void> {
  const { checkSchedule } = await import('../../client.js');
  const document = await readInput(file, param);
  // Before connecting: a mistake in the definition is told also when Temporal is down.
  const { name } = checkSchedule(document, await cli.known());
  await cli.withClient(async (client) => {
    await audited(cli, { action: `schedule.${verb}`, object: name }, () => client.schedules[verb](document));
    await writeWritten(cli, client, name, verb);
  });
}

async function writeWritten(
  { format, terminal }: Cli,
  { schedules }: LonghaulClient,
  name: string,
  verb: 'create' | 'update',
): Promise<void> {
  const schedule = await schedules.describe(name);
  if (format === 'ids') terminal.result(name);
  else if (format !== 'text') terminal.result(JSON.stringify(schedule, null, format === 'json' ? 2 : 0));
  if (format !== 'text') return;
  const { paused } = schedule.state;
  const times = await schedules.next(name, { count: 3 });
  terminal.result(`${name} is ${verb}d${paused ? ', and paused' : ''}`);
  if (times.length === 0) terminal.say('It never comes: no time of it is left.');
  else terminal.say(paused ? 'Once it is unpaused, it comes:' : 'It comes next:');
  for (const line of timeLines(times, terminal.paintProgress)) terminal.say(`  ${line}`);
}

async function remove(cli: Cli, names: readonly string[], reason: string | undefined): Promise<void> {
  const { format, terminal } = cli;
  await cli.withClient(async ({ schedules }) => {
    for (const name of names) {
      await audited(cli, { action: 'schedule.delete', object: name, reason }, () => schedules.delete(name));
      if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ name, deleted: true }));
      else terminal.result(format === 'ids' ? name : `${name} is deleted; its runs go on`);
    }
  });
}
