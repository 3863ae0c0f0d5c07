/** `longhaul pipeline`: what can be run, and the documents of one's own. */
import type { Command } from 'commander';
import { addPipelineCheck } from './check.js';
import { addPipelineGraph } from './graph.js';
import { addPipelineShow } from './show.js';

/** Adds `pipeline` with a group of commands per file of this folder. */
export function addPipeline(program: Command): void {
  const pipeline = program
    .command('pipeline')
    .summary('check, show and draw pipelines')
    .description('Check, show and draw pipelines: those that Longhaul brings along, and documents.')
    .addHelpText('after', '\nExample:\n  longhaul pipeline check examples/pipelines/sweep.yaml');
  addPipelineCheck(pipeline);
  addPipelineShow(pipeline);
  addPipelineGraph(pipeline);
}
