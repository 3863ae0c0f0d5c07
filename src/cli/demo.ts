/** `longhaul demo`: one whole run, on free ports and in memory, that leaves nothing behind. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { loadConfig } from '../config.js';
import { freePort } from '../dev/ports.js';
import { failureKinds } from '../pipeline/errors.js';
import type { Run } from '../pipeline/steps.js';
import { type Cli, cliOf } from './cli.js';
import { askPrediction } from './demo-prediction.js';
import { endingLines } from './ending.js';
import { exitCodeOfRun, exitCodes } from './exit-codes.js';
import { followRun } from './follow.js';
import { readInput } from './input.js';
import { plainPaint } from './paint.js';
import type { Stack } from './stack.js';
import { Stop } from './stop.js';
import { treeLines } from './tree.js';

/** Fast enough to watch, slow enough to see. */
const speed = 20;

const examples = `
Example:
  longhaul demo

Needs nothing: it finds or fetches Temporal’s CLI, and trains a small model for real with a simulated Domino.`;

/** Adds `demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('see a whole run, with nothing to prepare')
    .description(
      'Start everything in memory, run train-and-deploy once, ask the deployed model, stop everything.',
    )
    .addHelpText('after', examples)
    .action(async (_flags: unknown, command: Command) => {
      process.exitCode = await demo(cliOf(command));
    });
}

async function demo(cli: Cli): Promise<number> {
  const metricsPort = await freePort();
  const { cleanEnvironment, withStack } = await import('./stack.js');
  // From here to withStack nothing waits: a signal in between would leave the folder behind.
  const directory = mkdtempSync(join(tmpdir(), 'longhaul-demo-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove); // also when a second Ctrl-C ends it at once
  const configFile = join(directory, 'longhaul.yaml');
  // What the simulator writes while it executes jobs goes where it is removed, even if it is killed.
  const env = { ...cleanEnvironment('LONGHAUL_'), TMPDIR: directory };
  cli.terminal.say('Starting Temporal, a Domino simulator and a worker …');
  return withStack(
    {
      temporal: { port: 0 },
      fastTimers: true,
      simulator: { port: 0, speed, seed: 1 },
      worker: (domino) => {
        writeFileSync(configFile, demoConfig(domino, metricsPort));
        return ['--config', configFile];
      },
      env,
      directory,
      interrupted: 'the demo was stopped; everything it had started is gone',
      say: cli.terminal.say,
    },
    (stack) => runOnce(cli, stack, configFile),
  );
}

const demoConfig = (domino: string, metricsPort: number): string =>
  stringify({
    worker: {
      healthAddress: '127.0.0.1:0',
      metricsAddress: `127.0.0.1:${metricsPort}`,
      shutdownGraceMs: 2_000,
    },
    waits: { firstLookMs: 200, lastLookMs: 1_000, settleMs: 500 },
    connections: {
      'domino-dev': { platform: 'domino', url: domino, apiKey: { env: 'DOMINO_DEV_API_KEY' } },
    },
  });

async function runOnce(cli: Cli, stack: Stack, configFile: string): Promise<number> {
  const { terminal } = cli;
  const { temporal, connections } = loadConfig({ file: configFile, env: stack.env });
  const input = await readInput(exampleFile, []);
  const { connectClient, identity } = await import('../client.js');
  const client = await connectClient({ temporal, connections: Object.keys(connections) });
  try {
    const { runId } = await client.start(
      'train-and-deploy',
      input as Parameters<typeof client.start<'train-and-deploy'>>[1], // the client checks it at its door
      { key: 'demo', trigger: { kind: 'cli', by: identity() } },
    );
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
  } finally {
    await client.close();
  }
}

/** The run is gone with the demo, so there is nothing to type about it. */
function failed(run: Run): Stop {
  const [ending = ''] = endingLines(run, Date.now(), plainPaint);
  return new Stop(exitCodeOfRun(run), ending, run.failure && failureKinds[run.failure.code].operator);
}

/** Many times what it takes; a demo that hangs is worse than one that fails. */
const patienceMs = 180_000;
const exampleFile = fileURLToPath(new URL('../../examples/train-and-deploy.yaml', import.meta.url));

async function writeSuccess({ format, terminal }: Cli, { simulator }: Stack, run: Run): Promise<void> {
  const { metrics, lines: prediction } = await askPrediction(run, simulator.apiKey);
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
