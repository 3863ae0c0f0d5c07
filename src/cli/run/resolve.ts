/** `longhaul run resolve`: ends the parking of a step. */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Resolution } from '../../client.js';
import type { Json } from '../../run/steps.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { parseText, readDocument } from '../input.js';
import { actorName, nonEmpty } from '../options.js';
import { usage } from '../stop.js';

interface ResolveFlags {
  readonly step: string;
  readonly reason: string;
  readonly actor?: string;
  readonly retry?: true;
  readonly fresh?: true;
  readonly skip?: true;
  readonly output?: string;
  readonly abort?: true;
}

const examples = `
Examples:
  longhaul run resolve ID --step train --retry --reason "quota raised"
  longhaul run resolve ID --step train --retry --fresh \\
    --reason "the node died; start a new job"
  longhaul run resolve ID --step build --skip \\
    --output '{"revisionId": "65f0…"}' --reason "built by hand"
  longhaul run resolve ID --step deploy --abort --reason "release called off"
  longhaul run resolve ID --step rest --skip --output '{}' \\
    --reason "no need to wait"

A retry adopts what the parked try had made; with --fresh it makes it anew. A step that pauses can be skipped or aborted
before its time.`;

/** Adds `run resolve`. */
export function addRunResolve(run: Command): void {
  run
    .command('resolve')
    .summary('retry, skip or abort a parked step')
    .description(
      'End the parking or the pause of a step: retry it, skip it with an output, or abort the run.',
    )
    .argument('<id>', 'run id')
    .requiredOption('--step <step>', 'the step that is parked, or pauses', nonEmpty)
    .addOption(new Option('--retry', 'try the step again').conflicts(['skip', 'abort']))
    .option('--fresh', 'with --retry: make a new effect instead of adopting the one of the parked try')
    .addOption(new Option('--skip', 'go on with the output given').conflicts('abort'))
    .option('--output <file|json>', 'with --skip: the output that later steps read')
    .option('--abort', 'fail the run')
    .requiredOption('--reason <text>', 'why; recorded in the run’s history', nonEmpty)
    .option('--actor <name>', 'who decides (default: you, as user@host)', actorName)
    .addHelpText('after', examples)
    .action(async (id: string, flags: ResolveFlags, command: Command) => resolve(cliOf(command), id, flags));
}

async function resolve(cli: Cli, runId: string, flags: ResolveFlags): Promise<void> {
  const { format, terminal } = cli;
  const resolution = await resolutionOf(flags);
  const deed = { action: 'run.resolve', object: runId, reason: `${resolution.action}: ${resolution.reason}` };
  const { localIds } = await import('../../client.js');
  const told = { ...resolution, ids: [resolution.actor, ...localIds()] };
  await cli.withClient((client) => audited(cli, deed, () => client.resolve(runId, told)));
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ runId, ...resolution }));
  else
    terminal.result(format === 'ids' ? runId : `${runId}: ${resolution.step}: ${resolution.action} accepted`);
  if (format === 'text') terminal.say(`next: longhaul run watch ${runId}`);
}

async function resolutionOf({ step, actor, reason, ...flags }: ResolveFlags): Promise<Resolution> {
  if (flags.fresh === true && flags.retry !== true) throw usage('--fresh needs --retry');
  if (flags.output !== undefined && flags.skip !== true) throw usage('--output needs --skip');
  const { identity } = await import('../../client.js');
  const by = { step, actor: actor ?? identity(), reason };
  if (flags.retry === true) return { ...by, action: 'retry', ...(flags.fresh === true && { fresh: true }) };
  if (flags.abort === true) return { ...by, action: 'abort' };
  if (flags.skip !== true)
    throw usage('say how to resolve the step', 'Use --retry, --skip --output FILE, or --abort.');
  if (flags.output === undefined)
    throw usage(
      '--skip needs --output: what later steps read instead of the step’s own',
      'Give a file, or JSON such as \'{"revisionId": "…"}\'.',
    );
  return { ...by, action: 'skip', output: await outputOf(flags.output) };
}

/** A file’s content, or the JSON itself. What YAML yields survives JSON once it went through it. */
async function outputOf(given: string): Promise<Json> {
  const isFile = given === '-' || existsSync(given);
  if (!isFile && !/^\s*[[{"]/.test(given)) throw usage(`--output: ${given} is neither a file nor JSON`);
  const value = isFile ? await readDocument(given) : parseText(given, '--output');
  return JSON.parse(JSON.stringify(value ?? null)) as Json; // JSON.parse yields nothing else
}
