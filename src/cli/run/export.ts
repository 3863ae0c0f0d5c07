/** `longhaul run export`: what a replay needs of a run, kept beyond Temporal’s retention. */
import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { cliOf } from '../cli.js';
import { nonEmpty } from '../options.js';
import { errorMessage, usage } from '../stop.js';

const examples = `
Examples:
  longhaul run export train-and-deploy.nightly-2026-11-21 > run.json
  longhaul run export ID --to run.json && longhaul replay plan --file run.json

It holds the input and the outputs of the steps, and no secret. While Temporal knows the run, it is replayed by its id.`;

/** Adds `run export`. */
export function addRunExport(run: Command): void {
  run
    .command('export')
    .summary('write what a replay needs of a run')
    .description(
      'Write the last attempt of a run, so that it can be replayed after Temporal has forgotten it.',
    )
    .argument('<id>', 'run id')
    .option('--to <file>', 'the file (default: standard output)', nonEmpty)
    .addHelpText('after', examples)
    .action(async (id: string, { to }: { to?: string }, command: Command) => {
      const { withClient, terminal } = cliOf(command);
      const text = JSON.stringify(await withClient((client) => client.replays.export(id)), null, 2);
      if (to === undefined) {
        await terminal.raw(text);
        return;
      }
      await writeFile(to, `${text}\n`).catch((error: unknown) => {
        throw usage(`${to} cannot be written: ${errorMessage(error)}`);
      });
      terminal.say(`${id} is in ${to}`);
    });
}
