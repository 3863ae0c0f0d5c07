/** `longhaul schedule apply`: makes the schedules be what the files of a directory say. */
import type { Command } from 'commander';
import type { FieldChange, LonghaulClient } from '../../client.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { Style } from '../terminal/paint.js';
import { type ScheduleFile, readSchedules } from './files.js';
import { fieldChangeLines } from './lines.js';
import { linesOfReport, reportOf } from '../stop.js';

interface ApplyFlags {
  readonly prune?: true;
  readonly dryRun?: true;
}

type Action = 'create' | 'update' | 'delete' | 'unchanged';

/** What is to be done about one schedule. */
interface Difference {
  readonly action: Action;
  readonly name: string;
  readonly changes?: readonly FieldChange[];
  readonly document?: unknown;
}

const examples = `
Examples:
  longhaul schedule apply examples/schedules --dry-run
  longhaul schedule apply schedules --prune

Every .yaml, .yml and .json file of the directory is one definition. All of them are checked before anything is changed,
and the difference is shown before it is applied. --prune deletes schedules that apply has made and whose file is gone;
those that were made by hand are left alone.`;

/** Adds `schedule apply` to the group. */
export function addScheduleApply(schedule: Command): void {
  schedule
    .command('apply')
    .description('Create and update schedules from the files of a directory; show the difference first.')
    .argument('<directory>', 'where the definitions are')
    .option('--prune', 'delete schedules that apply has made and whose file is gone')
    .option('--dry-run', 'show the difference, and change nothing')
    .addHelpText('after', examples)
    .action(async (directory: string, flags: ApplyFlags, command: Command) => {
      process.exitCode = await apply(cliOf(command), directory, flags);
    });
}

async function apply(cli: Cli, directory: string, { prune, dryRun }: ApplyFlags): Promise<number> {
  const { checkSchedule } = await import('../../client.js');
  const known = await cli.known();
  const files = await readSchedules(directory, (document) => checkSchedule(document, known));
  return cli.withClient(async (client) => {
    const differences = [
      ...(await differencesOf(client, files)),
      ...(prune === true ? await orphansOf(client, files) : []),
    ];
    show(cli, differences);
    return dryRun === true ? exitCodes.success : perform(cli, client, differences);
  });
}

async function differencesOf({ schedules }: LonghaulClient, files: readonly ScheduleFile[]) {
  const differences: Difference[] = [];
  for (const { document, checked } of files) {
    const { changes } = await schedules.compare(document, { madeBy: 'apply' });
    const { name } = checked;
    if (changes === null) differences.push({ action: 'create', name, document });
    else if (changes.length > 0) differences.push({ action: 'update', name, changes, document });
    else differences.push({ action: 'unchanged', name });
  }
  return differences;
}

/** Schedules that apply has made and that no file names. */
async function orphansOf({ schedules }: LonghaulClient, files: readonly ScheduleFile[]) {
  const named = new Set(files.map(({ checked }) => checked.name));
  const orphans: Difference[] = [];
  for await (const { name } of schedules.list())
    if (!named.has(name) && (await schedules.describe(name)).madeBy === 'apply')
      orphans.push({ action: 'delete', name });
  return orphans;
}

const marks: Readonly<Record<Action, readonly [string, Style]>> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
  unchanged: ['=', 'dim'],
};

function show({ format, terminal }: Cli, differences: readonly Difference[]): void {
  const told = differences.map(({ document: _document, ...difference }) => difference);
  if (format === 'json') terminal.result(JSON.stringify(told, null, 2));
  if (format === 'jsonl') for (const one of told) terminal.result(JSON.stringify(one));
  if (format === 'ids')
    for (const { action, name } of told) if (action !== 'unchanged') terminal.result(name);
  if (format !== 'text') return;
  for (const { action, name, changes = [] } of told) {
    const [mark, style] = marks[action];
    terminal.result(terminal.paintResult(style, `${mark} ${name}: ${action}`));
    for (const line of fieldChangeLines(changes)) terminal.result(`    ${line}`);
  }
}

/** Goes on after one that fails; the exit code is that of the first such. */
async function perform(
  cli: Cli,
  { schedules }: LonghaulClient,
  differences: readonly Difference[],
): Promise<number> {
  let exitCode: ExitCode = exitCodes.success;
  const options = { madeBy: 'apply' } as const;
  const deeds: Readonly<Record<Exclude<Action, 'unchanged'>, (one: Difference) => Promise<unknown>>> = {
    create: ({ document }) => schedules.create(document, options),
    update: ({ document }) => schedules.update(document, options),
    delete: ({ name }) => schedules.delete(name),
  };
  for (const difference of differences) {
    const { action, name } = difference;
    if (action === 'unchanged') continue;
    try {
      await audited(cli, { action: `schedule.${action}`, object: name, reason: 'schedule apply' }, () =>
        deeds[action](difference),
      );
      if (cli.format === 'text') cli.terminal.say(`${name} is ${action}d`);
    } catch (error) {
      const report = reportOf(error, `longhaul schedule ${action} ${name}`);
      if (exitCode === exitCodes.success) exitCode = report.exitCode;
      for (const line of linesOfReport(report, cli.format)) cli.terminal.say(line);
    }
  }
  return exitCode;
}
