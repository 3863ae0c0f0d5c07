/** `longhaul demo`: one whole run, on free ports and in memory, that leaves nothing behind. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { PipelineInput } from '../../run/inputs/inputs.js';
import type { Run } from '../../run/steps.js';
import { type Cli, cliOf } from '../cli.js';
import { demoBoth } from './both.js';
import { askPrediction } from './prediction.js';
import { demoReplay } from './replay.js';
import { demoRetrain } from './retrain.js';
import { demoSweep } from './sweep.js';
import { type Opened, withDemo } from './stage.js';
import { adviceFor, endingLines } from '../run/view/ending.js';
import { exitCodeOfRun, exitCodes } from '../exit-codes.js';
import { followRun } from '../run/view/follow.js';
import { readInput } from '../input.js';
import { plainPaint } from '../terminal/paint.js';
import type { Stack } from '../process/stack.js';
import { Stop } from '../stop.js';
import { treeLines } from '../run/view/tree.js';

/** Fast enough to watch, slow enough to see. */
const speed = 20;

const examples = `
Example:
  longhaul demo

Needs nothing: it finds or fetches Temporal’s CLI, and trains a small model for real with a simulated Domino.`;

/** Adds `demo`. */
export function addDemo(program: Command): void {
  const demo = program
    .command('demo')
    .summary('see a whole run, with nothing to prepare')
    .description(
      'Start everything in memory, run train-and-deploy once, ask the deployed model, stop everything.',
    )
    .addHelpText('after', examples)
    .action(async (_flags: unknown, command: Command) => {
      const cli = cliOf(command);
      process.exitCode = await withDemo(cli, { speed }, (opened) => runOnce(cli, opened));
    });
  demo
    .command('retrain')
    .summary('see a model retrain itself on a schedule')
    .description(
      'Start everything in memory, let a schedule retrain a model while its data changes, show its ledger, stop everything.',
    )
    .addHelpText('after', '\nExample:\n  longhaul demo retrain')
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await demoRetrain(cliOf(command));
    });
  demo
    .command('replay')
    .summary('see a run fail at its deployment, and a replay finish it')
    .description(
      'Start everything in memory, let a run fail, plan and apply its replay, count what both created, stop everything.',
    )
    .addHelpText('after', '\nExample:\n  longhaul demo replay')
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await demoReplay(cliOf(command), await exampleInput());
    });
  demo
    .command('sweep')
    .summary('see the graph of a pipeline from a file fill in')
    .description(
      'Start everything in memory, run examples/pipelines/sweep.yaml, show its graph as six trainings run at once, stop everything.',
    )
    .addHelpText('after', '\nExample:\n  longhaul demo sweep')
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await demoSweep(cliOf(command));
    });
  demo
    .command('both')
    .summary('see a run train on Domino and serve on UbiOps, and a replay finish it')
    .description(
      'Start everything in memory, run examples/pipelines/train-domino-serve-ubiops.yaml, let UbiOps refuse it once, plan and apply its replay, ask UbiOps for a prediction, stop everything.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  longhaul demo both\n\nNeeds python3: the simulated UbiOps really runs the package.',
    )
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await demoBoth(cliOf(command));
    });
}

/** The client checks it at its door. */
const exampleInput = async (): Promise<PipelineInput<'train-and-deploy'>> =>
  (await readInput(exampleFile, [])) as PipelineInput<'train-and-deploy'>;

async function runOnce(cli: Cli, { client, stack }: Opened): Promise<number> {
  const { terminal } = cli;
  const { identity } = await import('../../client.js');
  const { runId } = await client.start('train-and-deploy', await exampleInput(), {
    key: 'demo',
    trigger: { kind: 'cli', by: identity() },
  });
  const { interruption } = stack;
  const run = await followRun(client, runId, {
    terminal,
    show: 'progress',
    timeoutMs: patienceMs,
    interruption,
  });
  if (run.status !== 'succeeded') throw failed(run);
  await writeSuccess(cli, stack, run);
  return exitCodes.success;
}

/** The run is gone with the demo, so there is nothing to type about it. */
function failed(run: Run): Stop {
  const [ending = ''] = endingLines(run, Date.now(), plainPaint);
  return new Stop(exitCodeOfRun(run), ending, run.failure && adviceFor(run.failure));
}

/** Many times what it takes; a demo that hangs is worse than one that fails. */
const patienceMs = 180_000;
const exampleFile = fileURLToPath(new URL('../../../examples/train-and-deploy.yaml', import.meta.url));

async function writeSuccess({ format, terminal }: Cli, { simulator }: Stack, run: Run): Promise<void> {
  const { metrics, lines: prediction } = await askPrediction(run.result, simulator.apiKey);
  if (format !== 'text') {
    terminal.result(format === 'ids' ? run.runId : JSON.stringify(run));
    return;
  }
  const paint = terminal.paintResult;
  const [ending = ''] = endingLines(run, Date.now(), paint);
  const lines = [
    ...(terminal.isLive ? [] : treeLines(run, { paint, nowMs: Date.now() })),
    '',
    ending,
    `  metrics     ${metrics}`,
    ...prediction,
    '',
    'Next:',
    '  npm run dev    keeps everything up: Temporal with its Web UI, the simulator, a worker',
  ];
  for (const line of lines) terminal.result(line);
}
