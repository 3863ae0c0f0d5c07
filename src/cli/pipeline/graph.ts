/** `longhaul pipeline graph`: a pipeline as a drawing. */
import { type Command, Option } from 'commander';
import { graphOfDocument, graphOfPipeline } from '../../pipelines/document/graph.js';
import { mermaidOf } from '../../pipelines/document/mermaid.js';
import { svgOf } from '../../pipelines/document/svg.js';
import { type Cli, cliOf } from '../cli.js';
import { readPipeline } from './read.js';

interface GraphFlags {
  readonly as: 'mermaid' | 'svg';
}

const examples = `
Examples:
  longhaul pipeline graph examples/pipelines/sweep.yaml
  longhaul pipeline graph retrain --as svg > retrain.svg

A line is a step that reads another, a dotted one waits for its end alone, and a dashed one is held back by a step that
can say no. With -o json the steps and lines themselves are written.`;

/** Adds `pipeline graph`. */
export function addPipelineGraph(pipeline: Command): void {
  pipeline
    .command('graph')
    .summary('draw a pipeline')
    .description('Draw a pipeline as Mermaid or as SVG: its steps, and which waits for which.')
    .argument('<name|file>', 'a pipeline of `pipeline list`, or a document')
    .addOption(new Option('--as <form>', 'what is written').choices(['mermaid', 'svg']).default('mermaid'))
    .addHelpText('after', examples)
    .action(async (named: string, flags: GraphFlags, command: Command) => {
      await draw(cliOf(command), named, flags);
    });
}

async function draw(cli: Cli, file: string, { as }: GraphFlags): Promise<void> {
  const named = await readPipeline(cli, file);
  const graph =
    named.kind === 'document' ? graphOfDocument(named.document) : graphOfPipeline(named.pipeline.steps);
  const { format, terminal } = cli;
  if (format === 'json') terminal.result(JSON.stringify(graph, null, 2));
  else if (format === 'jsonl') terminal.result(JSON.stringify(graph));
  else if (format === 'ids') for (const { name } of graph.nodes) terminal.result(name);
  else await terminal.raw((as === 'svg' ? svgOf(graph, { title: named.name }) : mermaidOf(graph)).trimEnd());
}
