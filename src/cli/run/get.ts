/** `longhaul run get`: a run and its steps, now. */
import type { Command } from 'commander';
import type { Run } from '../../client.js';
import { type Cli, cliOf } from '../cli.js';
import { endingLines } from './view/ending.js';
import { writeRun } from './results.js';
import { treeLines } from './view/tree.js';

const examples = `
Examples:
  longhaul run get train-and-deploy.nightly-2026-11-21
  longhaul run get train-and-deploy.nightly-2026-11-21 -o json | jq .result`;

/** Adds `run get`. */
export function addRunGet(run: Command): void {
  run
    .command('get')
    .summary('show a run and its steps')
    .description('Show a run and its steps as they are now. Exits 0 however the run stands.')
    .argument('<id>', 'run id')
    .addHelpText('after', examples)
    .action(async (id: string, _flags: unknown, command: Command) => {
      const cli = cliOf(command);
      const found = await cli.withClient((client) => client.get(id));
      if (cli.format === 'text') writeText(cli, found);
      else writeRun(cli, found);
    });
}

function writeText({ terminal }: Cli, run: Run): void {
  const [nowMs, paint] = [Date.now(), terminal.paintResult];
  const links = run.steps.flatMap(({ references }) => references.flatMap(({ link }) => (link ? [link] : [])));
  const lines = [
    ...treeLines(run, { paint, nowMs }),
    ...[...new Set(links)].map((link) => `  see ${link}`),
    ...endingLines(run, nowMs, paint),
  ];
  for (const line of lines) terminal.result(line);
}
