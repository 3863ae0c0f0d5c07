/** `longhaul schedule backfill`: makes up for ticks that are past. */
import type { Command } from 'commander';
import type { BackfillPlan } from '../../client.js';
import { type Overlap, usualBackfillMax } from '../../run/schedules/overlaps.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { moment } from '../options.js';
import { timeLines } from './lines.js';
import { overlapOption } from './steer.js';
import { usage } from '../stop.js';

interface BackfillFlags {
  readonly start: Date;
  readonly end: Date;
  readonly overlap?: Overlap;
  readonly dryRun?: true;
  readonly yes?: true;
}

const examples = `
Examples:
  longhaul schedule backfill nightly \\
    --start 2026-11-01T00:00:00Z --end 2026-11-08T00:00:00Z --dry-run
  longhaul schedule backfill nightly \\
    --start 2026-11-01T00:00:00Z --end 2026-11-08T00:00:00Z

Both ends are within. A time that has a run already, as far back as Temporal keeps runs, starts nothing. More than
${usualBackfillMax} runs need --yes.`;

/** Adds `schedule backfill` to the group. */
export function addScheduleBackfill(schedule: Command): void {
  schedule
    .command('backfill')
    .description('Start the runs that a schedule would have started in a time that is past.')
    .argument('<name>', 'the name of the schedule')
    .requiredOption('--start <time>', 'the beginning of the time', moment)
    .requiredOption('--end <time>', 'its end; not in the future', moment)
    .addOption(overlapOption('allow-all where the schedule says so, else buffer-all: one after another'))
    .option('--dry-run', 'say what would be started, and start nothing')
    .option('--yes', `also more than ${usualBackfillMax} runs`)
    .addHelpText('after', examples)
    .action(async (name: string, flags: BackfillFlags, command: Command) =>
      backfill(cliOf(command), name, flags),
    );
}

async function backfill(cli: Cli, name: string, flags: BackfillFlags): Promise<void> {
  const { start, end, overlap, dryRun = false, yes = false } = flags;
  await cli.withClient(async ({ schedules }) => {
    const plan = await schedules.planBackfill(name, { start, end });
    const { length } = plan.times;
    if (cli.format === 'text') sayPlan(cli, plan);
    if (length > usualBackfillMax && !yes && !dryRun)
      throw usage(
        `the backfill would start ${length} runs, more than ${usualBackfillMax}; nothing was started`,
        'Give --yes if that is meant, or take it in parts.',
      );
    const reason = `${start.toISOString()} to ${end.toISOString()}`;
    const done = dryRun
      ? plan
      : await audited(
          cli,
          { action: 'schedule.backfill', object: name, reason },
          () => schedules.backfill(name, { start, end, overlap, max: Math.max(length, usualBackfillMax) }),
          ({ times }) => `${times.length} runs`,
        );
    writeDone(cli, done, dryRun);
  });
}

function sayPlan({ terminal }: Cli, { times, existing }: BackfillPlan): void {
  if (existing.length > 0) terminal.say(`${existing.length} of the times have a run already.`);
  const shown = times.slice(0, 20);
  for (const line of timeLines(shown, terminal.paintProgress)) terminal.say(`  ${line}`);
  if (times.length > shown.length) terminal.say(`  … and ${times.length - shown.length} more`);
}

function writeDone({ format, terminal }: Cli, plan: BackfillPlan, dryRun: boolean): void {
  if (format === 'ids') for (const { at } of plan.times) terminal.result(at);
  else if (format !== 'text')
    terminal.result(JSON.stringify({ ...plan, dryRun }, null, format === 'json' ? 2 : 0));
  else
    terminal.result(
      dryRun ? `${plan.times.length} runs would be started` : `${plan.times.length} runs are started`,
    );
}
