/** `longhaul demo sweep`: a pipeline from a file, whose graph fills in while six trainings run at once. */
import { z } from 'zod';
import type { PipelineDocument, Run } from '../../client.js';
import { graphOfDocument } from '../../pipelines/document/graph.js';
import type { Cli } from '../cli.js';
import { exitCodeOfRun, exitCodes } from '../exit-codes.js';
import { endingLines } from '../run/view/ending.js';
import { followRun } from '../run/view/follow.js';
import { type GraphOptions, graphLines } from '../run/view/graph-lines.js';
import { resultLines } from '../run/view/outcome.js';
import { itemText } from '../run/view/step-line.js';
import { itemName } from '../../steps/ends.js';
import { Stop } from '../stop.js';
import { plainPaint } from '../terminal/paint.js';
import { exampleFile, readExample } from './document.js';
import { createDemoPlatform } from './platform.js';
import { type DemoSettings, type Opened, withDemo } from './stage.js';

const settings: DemoSettings = { speed: 20, world: exampleFile('worlds/churn.yaml') };
const file = 'pipelines/sweep.yaml';
const input = { month: '2026-11' };
/** Many times what it takes; a demo that hangs is worse than one that fails. */
const patienceMs = 120_000;
/** Instead of the usual minute: the platform is sped up, and a run’s own timers are not. */
const backoff = '2s';

/** Starts everything, runs the document, and asks the platform what serves. */
export const demoSweep = (cli: Cli): Promise<number> =>
  withDemo(cli, settings, (opened) => play(cli, opened));

async function play(cli: Cli, { client, stack }: Opened): Promise<number> {
  const { terminal } = cli;
  const document = await readDocument();
  const graph = graphOfDocument(document);
  terminal.say(`\nexamples/${file}: six trainings at once; one fails at first.\n`);
  const { identity } = await import('../../client.js');
  const trigger = { kind: 'cli', by: identity() } as const;
  const { runId } = await client.startPipeline(document, input, { key: 'demo', trigger });
  const run = await followRun(client, runId, {
    ...{ terminal, show: 'progress', timeoutMs: patienceMs, interruption: stack.interruption },
    draw: (seen, options) => graphLines(seen, { ...options, graph }),
  });
  if (run.status !== 'succeeded') {
    const [ending = ''] = endingLines(run, Date.now(), plainPaint);
    throw new Stop(exitCodeOfRun(run), ending);
  }
  const { serving } = createDemoPlatform(stack.simulator);
  const { deploy } = Outputs.parse(outputsOf(run));
  const serves = await serving(deploy.modelApiId);
  write(cli, run, { graph, serves });
  return exitCodes.success;
}

/** The document of the example, with a shorter wait before a second try. */
async function readDocument(): Promise<PipelineDocument> {
  const document = await readExample(file, { 'domino-dev': 'domino' });
  const steps = Object.entries(document.steps).map(
    ([name, step]) => [name, step.tries ? { ...step, tries: { ...step.tries, backoff } } : step] as const,
  );
  return { ...document, steps: Object.fromEntries(steps) };
}

/** What is read of the outputs of steps. */
const Outputs = z.object({
  best: z.object({ index: z.number() }),
  deploy: z.object({ modelApiId: z.string() }),
});

const outputsOf = ({ steps }: Run): Record<string, unknown> =>
  Object.fromEntries(steps.map(({ name, state }) => [name, 'output' in state ? state.output : undefined]));

function write(
  { format, terminal }: Cli,
  run: Run,
  { graph, serves }: Pick<GraphOptions, 'graph'> & { readonly serves: string },
): void {
  if (format !== 'text') {
    terminal.result(format === 'ids' ? run.runId : JSON.stringify(run));
    return;
  }
  const paint = terminal.paintResult;
  const nowMs = Date.now();
  const { best } = Outputs.parse(outputsOf(run));
  const [chosen = ''] = run.steps.filter(({ name }) => name === itemName('train', best.index)).map(itemText);
  for (const line of [
    ...(terminal.isLive ? [] : graphLines(run, { graph, paint, nowMs })),
    '',
    ...endingLines(run, nowMs, paint).slice(0, 1),
    ...resultLines(run),
    `  best: ${chosen}`,
    `  the platform serves: ${serves}`,
    '',
    'Next:',
    '  longhaul pipeline graph examples/pipelines/sweep.yaml    as Mermaid or SVG',
    '  npm run dev    keeps everything up: Temporal, simulator, worker, HTTP API',
  ])
    terminal.result(line);
}
