/** `longhaul run attempts`: who has replayed a run, when and why. */
import type { Command } from 'commander';
import type { AttemptSummary } from '../../client.js';
import { cliOf } from '../cli.js';
import { type Paint, harmless } from '../terminal/paint.js';
import { sayLineage, showStatus } from './view/tree.js';

const examples = `
Examples:
  longhaul run attempts train-and-deploy.nightly-2026-11-21
  longhaul run attempts ID -o json | jq '.[].lineage.plan'`;

/** Adds `run attempts`. */
export function addRunAttempts(run: Command): void {
  run
    .command('attempts')
    .summary('show the attempts of a run')
    .description('Show the attempts of a run, newest first: who replayed it, why, and by which plan.')
    .argument('<id>', 'run id')
    .addHelpText('after', examples)
    .action(async (id: string, _flags: unknown, command: Command) => {
      const { withClient, format, terminal } = cliOf(command);
      const attempts = await withClient((client) => client.replays.attempts(id));
      if (format === 'json') terminal.result(JSON.stringify(attempts, null, 2));
      else if (format === 'jsonl') for (const attempt of attempts) terminal.result(JSON.stringify(attempt));
      else
        for (const attempt of attempts)
          terminal.result(format === 'ids' ? attempt.attemptId : attemptLine(attempt, terminal.paintResult));
    });
}

function attemptLine(attempt: AttemptSummary, paint: Paint): string {
  const { runId, number, reset, attemptId, status, startedAt, step, failure, lineage, schedule, trigger } =
    attempt;
  const began = reset
    ? 'reset'
    : lineage === undefined
      ? `started by ${schedule === undefined ? trigger : `schedule ${harmless(schedule)}`}`
      : sayLineage(lineage, runId);
  const where = [step, failure].filter((part) => part !== undefined).join(': ');
  return [
    String(number).padStart(2),
    attemptId,
    showStatus(paint, status, 10),
    `${startedAt.slice(0, 19)}Z`,
    began,
    ...(where === '' ? [] : [harmless(where)]),
  ].join('  ');
}
