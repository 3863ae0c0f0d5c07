/** `longhaul run cleanup`: tries now what a run has left on the platform. */
import type { Command } from 'commander';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { cleanupLines } from './view/cleanup-lines.js';
import { exitCodes } from '../exit-codes.js';
import { nonEmpty } from '../options.js';

const examples = `
Example:
  longhaul run cleanup train-and-deploy.nightly-2026-11-21

A run that could not undo something tries it again by itself; this tries it now, and says what is left. Exits 0 when
nothing is left, 6 when something is: it goes on being tried, and longhaul run get shows how it stands.`;

/** Adds `run cleanup`. */
export function addRunCleanup(run: Command): void {
  run
    .command('cleanup')
    .summary('try now what a run has left on the platform')
    .description('Stop now what a run that has ended has left running on the platform.')
    .argument('<id>', 'run id')
    .option('--reason <text>', 'why; recorded in the audit log', nonEmpty)
    .addHelpText('after', examples)
    .action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      process.exitCode = await cleanUp(cliOf(command), id, reason);
    });
}

async function cleanUp(cli: Cli, runId: string, reason: string | undefined): Promise<number> {
  const { terminal, format } = cli;
  const deed = { action: 'run.cleanup', object: runId, reason };
  const cleanup = await cli.withClient((client) =>
    audited(
      cli,
      deed,
      () => client.cleanUp(runId),
      ({ leftBehind }) => `${leftBehind.length} left`,
    ),
  );
  const isLeft = cleanup.leftBehind.some(({ lasting }) => lasting !== true);
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ runId, cleanup }));
  else if (format === 'ids') terminal.result(runId);
  else {
    const lines = cleanupLines(cleanup);
    terminal.result(lines.length === 0 ? `${runId} has left nothing` : [runId, ...lines].join('\n'));
  }
  return isLeft ? exitCodes.waitExpired : exitCodes.success;
}
