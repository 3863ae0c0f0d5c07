/** `longhaul pipeline check`: what is wrong with documents, all of it at once. */
import type { Command } from 'commander';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { harmless } from '../terminal/paint.js';
import { faultLines, summaryLines } from './lines.js';
import { type CheckedFile, checkFile } from './read.js';

const examples = `
Examples:
  longhaul pipeline check examples/pipelines/sweep.yaml
  longhaul pipeline check pipelines/*.yaml -o jsonl

Nothing is asked of a platform: the document is checked by itself and by the connections of the configuration.

Exit codes: 0 all may be run; 2 one or more have faults, each told as FILE:LINE:COLUMN with what is allowed.`;

/** Adds `pipeline check`. */
export function addPipelineCheck(pipeline: Command): void {
  pipeline
    .command('check')
    .summary('check documents, and tell every fault')
    .description('Check documents before anything runs, and tell every fault with file, line and column.')
    .argument('<files...>', 'documents in YAML or JSON; - reads standard input')
    .addHelpText('after', examples)
    .action(async (files: string[], _flags: unknown, command: Command) => {
      process.exitCode = await check(cliOf(command), files);
    });
}

async function check(cli: Cli, files: readonly string[]): Promise<number> {
  const all: CheckedFile[] = [];
  for (const file of files) all.push(await checkFile(cli, file));
  const rows = all.map(({ file, checked }) =>
    checked.ok
      ? { file, ok: true, pipeline: checked.document.pipeline, warnings: checked.warnings }
      : { file, ok: false, faults: checked.faults },
  );
  const { format, terminal } = cli;
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { file, ok } of rows) if (!ok) terminal.result(file);
  if (format === 'text') for (const one of all) writeText(cli, one);
  return rows.every(({ ok }) => ok) ? exitCodes.success : exitCodes.usage;
}

function writeText({ terminal }: Cli, { file, text, checked }: CheckedFile): void {
  if (!checked.ok) {
    for (const line of faultLines(checked.faults, text)) terminal.result(line);
    terminal.say(
      `${harmless(file)}: ${checked.faults.length} ${checked.faults.length === 1 ? 'fault' : 'faults'}`,
    );
    return;
  }
  const [first = '', ...more] = summaryLines(checked.document);
  terminal.result(`${terminal.paintResult('green', '✔')} ${harmless(file)}: ${first}`);
  for (const line of more) terminal.result(`  ${line}`);
  const warnings = checked.warnings.map((one) => ({ ...one, message: `warning: ${one.message}` }));
  for (const line of faultLines(warnings, text)) terminal.result(line);
}
