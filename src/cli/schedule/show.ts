/** `longhaul schedule describe`, `list` and `next`. */
import type { Command } from 'commander';
import type { ScheduleSummary } from '../../client.js';
import { type Cli, cliOf } from '../cli.js';
import { count, moment, nonEmpty } from '../options.js';
import { descriptionLines, scheduleLines, timeLines } from './lines.js';

interface ListFlags {
  readonly pipeline?: string;
  readonly connection?: string;
  readonly paused?: true;
  readonly limit?: number;
}

interface NextFlags {
  readonly count: number;
  readonly after?: Date;
}

const nextExamples = `
Examples:
  longhaul schedule next nightly --count 5
  longhaul schedule next nightly --after 2027-03-26T00:00:00Z

Times are those of the zone, with its offset from UTC; where the clocks have gone forward or back since the time before,
it says so. A time that the clocks leave out does not come.`;

/** Where people read; programs get all unless they say otherwise. */
const textLimit = 100;

/** Adds `schedule describe`, `list` and `next` to the group. */
export function addScheduleShow(schedule: Command): void {
  schedule
    .command('describe')
    .alias('get') // as of runs
    .description('Show a schedule: how it stands, its last runs, its next times, its definition.')
    .argument('<name>', 'the name of the schedule')
    .addHelpText('after', '\nExample:\n  longhaul schedule describe nightly')
    .action(async (name: string, _flags: unknown, command: Command) => describe(cliOf(command), name));
  schedule
    .command('list')
    .description('List schedules.')
    .option('--pipeline <name>', 'only of this pipeline', nonEmpty)
    .option('--connection <name>', 'only on this connection', nonEmpty)
    .option('--paused', 'only those that are paused')
    .option('--limit <n>', 'at most this many', count)
    .addHelpText('after', '\nExample:\n  longhaul schedule list --paused')
    .action(async (flags: ListFlags, command: Command) => list(cliOf(command), flags));
  schedule
    .command('next')
    .description('Show the next times of a schedule, also while it is paused.')
    .argument('<name>', 'the name of the schedule')
    .option('--count <n>', 'how many', count, 10)
    .option('--after <time>', 'after this time instead of now', moment)
    .addHelpText('after', nextExamples)
    .action(async (name: string, flags: NextFlags, command: Command) => next(cliOf(command), name, flags));
}

async function describe({ format, terminal, withClient }: Cli, name: string): Promise<void> {
  const schedule = await withClient((client) => client.schedules.describe(name));
  if (format === 'ids') terminal.result(schedule.name);
  else if (format !== 'text') terminal.result(JSON.stringify(schedule, null, format === 'json' ? 2 : 0));
  else for (const line of descriptionLines(schedule, terminal.paintResult)) terminal.result(line);
}

async function list({ format, terminal, withClient }: Cli, flags: ListFlags): Promise<void> {
  const limit = flags.limit ?? (format === 'text' ? textLimit : undefined);
  const rows: ScheduleSummary[] = [];
  await withClient(async (client) => {
    for await (const schedule of client.schedules.list({ ...flags, limit })) rows.push(schedule);
  });
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { name } of rows) terminal.result(name);
  if (format !== 'text') return;
  if (rows.length === 0) terminal.say('No schedule matches.');
  for (const line of scheduleLines(rows)) terminal.result(line);
  if (rows.length === limit) terminal.say(`The first ${limit}; --limit shows more.`);
}

async function next({ format, terminal, withClient }: Cli, name: string, flags: NextFlags): Promise<void> {
  const times = await withClient((client) => client.schedules.next(name, flags));
  if (format === 'json') terminal.result(JSON.stringify(times, null, 2));
  if (format === 'jsonl') for (const time of times) terminal.result(JSON.stringify(time));
  if (format === 'ids') for (const { at } of times) terminal.result(at);
  if (format !== 'text') return;
  if (times.length === 0) terminal.say('It never comes: no time of it is left.');
  for (const line of timeLines(times, terminal.paintResult)) terminal.result(line);
}
