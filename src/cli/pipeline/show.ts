/** `longhaul pipeline list` and `show`: which pipelines there are, and what one is made of. */
import type { Command } from 'commander';
import { faultLinesOf } from '../../run/documents/faulty-documents.js';
import { pipelines } from '../../pipelines/built-in.js';
import type { Pipeline } from '../../steps/define.js';
import { type Cli, cliOf } from '../cli.js';
import { cut } from '../terminal/paint.js';
import { fittedTableLines } from '../terminal/table.js';
import { documentLines } from './lines.js';
import { type Named, readPipeline } from './read.js';

const listExample = '\nExample:\n  longhaul pipeline list';

const showExamples = `
Examples:
  longhaul pipeline show retrain
  longhaul pipeline show examples/pipelines/sweep.yaml`;

/** Adds both to the group. */
export function addPipelineShow(pipeline: Command): void {
  pipeline
    .command('list')
    .description('List the pipelines that Longhaul brings along, and the documents of the configuration.')
    .addHelpText('after', listExample)
    .action((_flags: unknown, command: Command) => list(cliOf(command)));
  pipeline
    .command('show')
    .summary('show the steps of a pipeline')
    .description('Show the input and the steps of a pipeline, and what each step waits for.')
    .argument('<name|file>', 'a pipeline of `pipeline list`, or a document')
    .addHelpText('after', showExamples)
    .action(async (named: string, _flags: unknown, command: Command) => {
      const cli = cliOf(command);
      show(cli, await readPipeline(cli, named));
    });
}

async function list(cli: Cli): Promise<void> {
  const { format, terminal } = cli;
  const { documents, faulty } = await cli.documents();
  const all = { ...pipelines, ...documents };
  const rows = Object.entries(all).map(([name, { steps }]) => ({ name, steps: Object.keys(steps) }));
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { name } of rows) terminal.result(name);
  if (format === 'text') for (const line of listLines(rows)) terminal.result(line);
  for (const line of faultLinesOf(faulty)) terminal.say(line);
}

/** Of a long pipeline, the first of its steps: `pipeline show` has them all. */
const longestSteps = 240;

/** A table that fits a terminal. */
export const listLines = (rows: readonly { name: string; steps: readonly string[] }[]): string[] =>
  fittedTableLines(
    ['NAME', 'STEPS'],
    rows.map(({ name, steps }) => [name, cut(steps.join(', '), longestSteps)]),
  );

function show({ format, terminal }: Cli, named: Named): void {
  if (format === 'ids') {
    const steps = named.kind === 'document' ? named.document.steps : named.pipeline.steps;
    for (const name of Object.keys(steps)) terminal.result(name);
    return;
  }
  const whole = named.kind === 'document' ? named.document : builtIn(named);
  if (format === 'json') terminal.result(JSON.stringify(whole, null, 2));
  if (format === 'jsonl') terminal.result(JSON.stringify(whole));
  if (format !== 'text') return;
  const lines = named.kind === 'document' ? documentLines(named.document) : builtInLines(named);
  for (const line of lines) terminal.result(line);
}

type BuiltIn = Extract<Named, { readonly kind: 'built-in' }>;

const stepsOf = ({ steps }: Pipeline) =>
  Object.entries(steps).map(([step, { kind, needs, reads, goesOnIf }]) => ({
    ...{ name: step, kind, needs, awaits: reads },
    ...(goesOnIf !== undefined && { goesOnIf }),
  }));

const builtIn = ({ name, pipeline }: BuiltIn) => ({
  pipeline: name,
  steps: stepsOf(pipeline),
  ...(pipeline.platforms && {
    platforms: Object.fromEntries(
      Object.entries(pipeline.platforms).map(([platform, its]) => [platform, { steps: stepsOf(its) }]),
    ),
  }),
});

/** Of one that exists on several platforms, the steps on each. */
export const builtInLines = ({ name, pipeline }: BuiltIn): string[] => [
  ...(pipeline.platforms === undefined
    ? stepLines(pipeline)
    : [
        'Its steps are those of the platform of its connection.',
        ...Object.entries(pipeline.platforms).flatMap(([platform, its]) => [
          '',
          `On a connection of ${platform}:`,
          ...stepLines(its),
        ]),
      ]),
  '',
  `its input: docs/reference/${name}.input.schema.json`,
];

const stepLines = (pipeline: Pipeline): string[] =>
  fittedTableLines(
    ['STEP', 'KIND', 'WAITS FOR', 'NOTE'],
    stepsOf(pipeline).map(({ name, kind, needs, awaits, goesOnIf }) => [
      name,
      kind,
      [...needs, ...awaits].join(', '),
      goesOnIf === undefined ? '' : `the run goes on if ${goesOnIf}`,
    ]),
  );
