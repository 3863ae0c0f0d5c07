/** `longhaul run watch`: shows a run’s steps until it ends. */
import type { Command } from 'commander';
import { cliOf } from '../cli.js';
import { followRun } from './view/follow.js';
import { changeWriter, writeRun } from './results.js';

const examples = `
Examples:
  longhaul run watch train-and-deploy.nightly-2026-11-21
  longhaul run watch train-and-deploy.nightly-2026-11-21 -o jsonl \\
    | jq -c '.steps[] | {name, status: .state.status}'

Ctrl-C ends the watching, not the run. Exits 0 once the run has ended; with --exit-status 5 when it failed and 8
when it was cancelled or refused by its gate.`;

/** Adds `run watch`. */
export function addRunWatch(run: Command): void {
  run
    .command('watch')
    .summary('show the steps of a run until it ends')
    .description(
      'Show the steps of a run until it ends: a live tree on a terminal, a line per change elsewhere.',
    )
    .argument('<id>', 'run id')
    .option('--exit-status', 'exit with the code of how the run ended')
    .addHelpText('after', examples)
    .action(async (id: string, flags: { exitStatus?: true }, command: Command) => {
      const cli = cliOf(command);
      const ended = await cli.withClient((client) =>
        followRun(client, id, { terminal: cli.terminal, show: 'progress', changed: changeWriter(cli) }),
      );
      const exitCode = writeRun(cli, ended);
      if (flags.exitStatus === true) process.exitCode = exitCode;
    });
}
