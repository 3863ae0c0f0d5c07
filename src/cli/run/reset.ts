/** `longhaul run reset`: begins a step again by Temporal’s own reset, with the history before it kept. */
import type { Command } from 'commander';
import type { Reset } from '../../client.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { nonEmpty } from '../options.js';

interface ResetFlags {
  readonly to: string;
  readonly reason: string;
  readonly stopFirst?: true;
}

const examples = `
Examples:
  longhaul run reset train-and-deploy.nightly-2026-11-21 --to deploy \\
    --reason "the endpoint is back"
  longhaul run reset train-and-deploy.nightly-2026-11-21 --to gate \\
    --stop-first --reason "judged against the wrong model"

It is for the cases where the history itself must be kept. What the step had made is adopted, not made again: to make
it again, or after a failure of the step's own, plan a replay (longhaul replay plan). Resolutions and approvals given
after the step began are not applied again.`;

/** Adds `run reset`. */
export function addRunReset(run: Command): void {
  run
    .command('reset')
    .summary('begin a step again, with the history before it kept')
    .description('Start a new attempt that keeps the history of the present one up to a step.')
    .argument('<id>', 'run id')
    .requiredOption('--to <step>', 'the step to begin again', nonEmpty)
    .requiredOption('--reason <text>', 'why; recorded in the run’s history', nonEmpty)
    .option('--stop-first', 'also for a run that goes on: its present attempt is ended')
    .addHelpText('after', examples)
    .action(async (id: string, flags: ResetFlags, command: Command) => reset(cliOf(command), id, flags));
}

async function reset(cli: Cli, runId: string, flags: ResetFlags): Promise<void> {
  const { to: step, reason, stopFirst = false } = flags;
  const deed = { action: 'run.reset', object: runId, reason: `${step}: ${reason}` };
  const done = await cli.withClient((client) =>
    audited(
      cli,
      deed,
      () => client.reset(runId, { step, reason, stopFirst }),
      ({ attemptId }) => `attempt ${attemptId}`,
    ),
  );
  write(cli, done);
}

function write(
  { format, terminal }: Cli,
  { runId, attemptId, step, asksAgain, resetAttemptId }: Reset,
): void {
  if (format === 'json' || format === 'jsonl') {
    terminal.result(JSON.stringify({ runId, attemptId, resetAttemptId, step, asksAgain }));
    return;
  }
  terminal.result(format === 'ids' ? runId : `${runId} begins "${step}" again, as attempt ${attemptId}`);
  if (format !== 'text') return;
  if (asksAgain) terminal.say('What was resolved or approved when the step began is asked again.');
  terminal.say(`next: longhaul run watch ${runId}`);
}
