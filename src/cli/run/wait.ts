/** `longhaul run wait`: waits for a run’s end, quietly. */
import type { Command } from 'commander';
import { cliOf } from '../cli.js';
import { followRun } from './view/follow.js';
import { timeoutOption } from '../options.js';
import { writeRun } from './results.js';

const examples = `
Example:
  longhaul run wait train-and-deploy.nightly-2026-11-21 --timeout 2h \\
    && ./announce.sh

Exits 0 when the run succeeded, 5 when it failed, 8 when it was cancelled or refused by its gate, 6 when the time
is over and the run goes on. A parked run goes on: what resolves it is said on standard error.`;

/** Adds `run wait`. */
export function addRunWait(run: Command): void {
  run
    .command('wait')
    .summary('wait for the end of a run')
    .description('Wait for the end of a run, without showing its steps.')
    .argument('<id>', 'run id')
    .addOption(timeoutOption())
    .addHelpText('after', examples)
    .action(async (id: string, flags: { timeout?: number }, command: Command) => {
      const cli = cliOf(command);
      const ended = await cli.withClient((client) =>
        followRun(client, id, { terminal: cli.terminal, show: 'notices', timeoutMs: flags.timeout }),
      );
      process.exitCode = writeRun(cli, ended);
    });
}
