/** `longhaul history export`: the history of an attempt, as Temporal’s tools replay it. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Cli, cliOf } from '../cli.js';
import { nonEmpty } from '../options.js';
import { errorMessage, usage } from '../stop.js';

interface ExportFlags {
  readonly attempt?: string;
  readonly output?: string;
}

const examples = `
Examples:
  longhaul history export train-and-deploy.nightly-2026-11-21 -O nightly.json
  longhaul history export train-and-deploy.nightly-2026-11-21 \\
    | jq '.events | length'

It is JSON in the form of Temporal’s own tools, whatever -o says, and holds no secret: runs know connections by name.
Of an attempt that has gone on in other legs, the file holds every leg.`;

/** Adds `history export`. */
export function addHistoryExport(history: Command): void {
  history
    .command('export')
    .summary('write the history of a run')
    .description('Write the history of a run, so that it can be replayed.')
    .argument('<id>', 'run id')
    .option('--attempt <id>', 'of this attempt (default: the present one)', nonEmpty)
    .option('-O, --output <file>', 'the file (default: standard output)', nonEmpty)
    .addHelpText('after', examples)
    .action(async (id: string, flags: ExportFlags, command: Command) => write(cliOf(command), id, flags));
}

async function write(cli: Cli, runId: string, { attempt, output }: ExportFlags): Promise<void> {
  const json = await cli.withClient((client) => client.histories.export(runId, { attemptId: attempt }));
  if (output === undefined) {
    await cli.terminal.raw(json);
    return;
  }
  await writeFile(output, `${json}\n`).catch((error: unknown) => {
    throw usage(`${output} cannot be written: ${errorMessage(error)}`);
  });
  cli.terminal.say(`wrote ${output}`);
}
