/** `longhaul schedule pause`, `unpause` and `trigger`. */
import { type Command, Option } from 'commander';
import type { Triggered } from '../../client.js';
import { type Overlap, overlaps } from '../../run/schedules/overlaps.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { nonEmpty } from '../options.js';

/** The option `--overlap`, whose help names the standard policy. */
export const overlapOption = (standard: string): Option =>
  new Option('--overlap <policy>', `what to do beside runs that go on; left out, ${standard}`).choices(
    overlaps,
  );

const triggerExamples = `
Examples:
  longhaul schedule trigger nightly
  longhaul schedule trigger nightly --overlap allow-all -o ids

It ticks also while it is paused. With -o ids, standard output is the id of the run, if one was started.`;

/** Adds `schedule pause`, `unpause` and `trigger` to the group. */
export function addScheduleSteering(schedule: Command): void {
  schedule
    .command('pause')
    .description('Pause schedules: ticks start nothing until they are unpaused. Runs go on.')
    .argument('<name...>', 'names of schedules')
    .requiredOption('--reason <text>', 'why; shown with the schedule', nonEmpty)
    .addHelpText('after', '\nExample:\n  longhaul schedule pause nightly --reason "Domino is being upgraded"')
    .action(async (names: string[], { reason }: { reason: string }, command: Command) =>
      eachPaused(cliOf(command), names, { paused: true, reason }),
    );
  schedule
    .command('unpause')
    .description(
      'Let paused schedules go on. Ticks that were missed meanwhile are not made up for: see backfill.',
    )
    .argument('<name...>', 'names of schedules')
    .option('--reason <text>', 'why; shown with the schedule', nonEmpty)
    .addHelpText('after', '\nExample:\n  longhaul schedule unpause nightly --reason "the upgrade is done"')
    .action(async (names: string[], { reason }: { reason?: string }, command: Command) =>
      eachPaused(cliOf(command), names, { paused: false, reason }),
    );
  schedule
    .command('trigger')
    .description('Let a schedule tick now.')
    .argument('<name>', 'the name of the schedule')
    .addOption(overlapOption('the policy of the schedule'))
    .addHelpText('after', triggerExamples)
    .action(async (name: string, { overlap }: { overlap?: Overlap }, command: Command) =>
      trigger(cliOf(command), name, overlap),
    );
}

async function eachPaused(
  cli: Cli,
  names: readonly string[],
  { paused, reason = '' }: { readonly paused: boolean; readonly reason: string | undefined },
): Promise<void> {
  const { format, terminal } = cli;
  const said = reason === '' ? undefined : reason;
  await cli.withClient(async ({ schedules }) => {
    for (const name of names) {
      const action = paused ? 'schedule.pause' : 'schedule.unpause';
      await audited(cli, { action, object: name, reason: said }, () =>
        paused ? schedules.pause(name, { reason }) : schedules.unpause(name, { reason: said }),
      );
      if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ name, paused }));
      else terminal.result(format === 'ids' ? name : `${name} ${paused ? 'is paused' : 'ticks again'}`);
    }
  });
}

async function trigger(cli: Cli, name: string, overlap: Overlap | undefined): Promise<void> {
  const { format, terminal } = cli;
  const triggered = await cli.withClient(({ schedules }) =>
    audited(
      cli,
      { action: 'schedule.trigger', object: name },
      () => schedules.trigger(name, { overlap }),
      ({ outcome }) => outcome,
    ),
  );
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify(triggered));
  else if (triggered.runId !== undefined) terminal.result(triggered.runId);
  if (format === 'text') terminal.say(sentenceOf(triggered));
}

function sentenceOf({ outcome, runId = '' }: Triggered): string {
  switch (outcome) {
    case 'started':
      return `next: longhaul run watch ${runId}`;
    case 'skipped':
      return 'Nothing was started: the last run goes on, and the overlap policy is skip. --overlap says otherwise.';
    case 'waiting':
      return 'The run starts when the one that goes on has ended, as the overlap policy says.';
    case 'unknown':
      return 'It is asked for, and Temporal does not say yet what came of it: see `longhaul schedule describe`.';
  }
}
