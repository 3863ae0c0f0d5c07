/** `longhaul run get`: a run and its steps, now. */
import type { Command } from 'commander';
import type { Run } from '../../client.js';
import { type Cli, cliOf } from '../cli.js';
import { endingLines } from './view/ending.js';
import { harmless } from '../terminal/paint.js';
import { writeRun } from './results.js';
import { stretchesOf } from './view/stretches.js';
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
    .description(
      'Show a run and its steps as they are now; -o json has each of many items. Exits 0 however the run stands.',
    )
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
  const lines = [...treeLines(run, { paint, nowMs }), ...linkLines(run), ...endingLines(run, nowMs, paint)];
  for (const line of lines) terminal.result(line);
}

/** Where the platform shows what the steps have made that are shown: each link once, with the step that made it. */
export function linkLines({ steps }: Pick<Run, 'steps'>): string[] {
  const makers = new Map<string, string>();
  const shown = stretchesOf(steps).flatMap(({ first, count }) => (count === 1 ? [first] : []));
  for (const { name, references } of shown)
    for (const { link } of references) if (link && !makers.has(link)) makers.set(link, name);
  const width = Math.max(0, ...[...makers.values()].map(({ length }) => length));
  return [...makers].map(([link, name]) => `  see ${name.padEnd(width)}  ${harmless(link)}`);
}
