/** `longhaul run cancel`: asks runs to stop what they have running on the platform, and end. */
import { text as textOf } from 'node:stream/consumers';
import type { Command } from 'commander';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { nonEmpty } from '../options.js';
import { linesOfReport, reportOf, usage } from '../stop.js';

const examples = `
Examples:
  longhaul run cancel train-and-deploy.nightly-2026-11-21 \\
    --reason "wrong branch"
  longhaul run list --status running -o ids \\
    | longhaul run cancel - --reason "maintenance"

The run stops its job and its build on the platform before it ends; longhaul run watch shows when it has.`;

/** Adds `run cancel`. */
export function addRunCancel(run: Command): void {
  run
    .command('cancel')
    .summary('stop runs and what they have running on the platform')
    .description('Ask runs to stop what they have running on the platform, and end.')
    .argument('<id...>', 'run ids; - reads them from standard input')
    .requiredOption('--reason <text>', 'why; recorded in the run’s history', nonEmpty)
    .addHelpText('after', examples)
    .action(async (ids: string[], { reason }: { reason: string }, command: Command) => {
      process.exitCode = await cancel(cliOf(command), await allIds(ids), reason);
    });
}

async function allIds(ids: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    ids.map((id) => (id === '-' ? textOf(process.stdin) : Promise.resolve(id))),
  );
  const all = [...new Set(texts.flatMap((text) => text.split(/\s+/)).filter((id) => id !== ''))];
  if (all.length === 0 && !ids.includes('-')) throw usage('no run id was given');
  return all;
}

/** Goes on after a run that cannot be cancelled; the exit code is that of the first such. */
async function cancel(cli: Cli, ids: readonly string[], reason: string): Promise<number> {
  const { terminal, format } = cli;
  let exitCode: number = exitCodes.success;
  if (ids.length === 0) terminal.say('No run to cancel.');
  await cli.withClient(async (client) => {
    for (const runId of ids) {
      try {
        await audited(cli, { action: 'run.cancel', object: runId, reason }, () =>
          client.cancel(runId, { reason }),
        );
        if (format === 'json' || format === 'jsonl')
          terminal.result(JSON.stringify({ runId, cancelling: true }));
        else terminal.result(format === 'ids' ? runId : `${runId} was asked to stop`);
      } catch (error) {
        const report = reportOf(error, `longhaul run cancel ${runId}`);
        if (exitCode === exitCodes.success) exitCode = report.exitCode;
        for (const line of linesOfReport(report, format)) terminal.say(line);
      }
    }
  });
  return exitCode;
}
