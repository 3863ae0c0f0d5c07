/** `longhaul demo replay`: a run that fails at its deployment, the plan of its replay, and the replay that finishes it. */
import type { LonghaulClient, PipelineInput, Run } from '../../client.js';
import type { ReplayPlan } from '../../run/replays/replays.js';
import type { Cli } from '../cli.js';
import { type DemoPlatform, createDemoPlatform } from './platform.js';
import { type Opened, withDemo } from './stage.js';
import { endingLines } from '../run/view/ending.js';
import { exitCodes } from '../exit-codes.js';
import { followRun } from '../run/view/follow.js';
import { planLines } from '../replay/lines.js';
import { Stop } from '../stop.js';
import { tableLines } from '../terminal/table.js';
import { treeLines } from '../run/view/tree.js';

const speed = 20;
/** Many times what it takes; a demo that hangs is worse than one that fails. */
const patienceMs = 90_000;
const refusal = 'model APIs cannot be created while the cluster is being upgraded';
const reason = 'the cluster is upgraded';

/** What is counted, by the kinds of the simulator’s ledger. */
const counted = {
  environments: 'environment',
  builds: 'revision',
  jobs: 'job',
  registrations: 'modelVersion',
  deployments: 'modelApiVersion',
} as const;

/** Starts everything, lets a run fail, plans and applies its replay, and counts what both have created. */
export const demoReplay = (cli: Cli, input: PipelineInput<'train-and-deploy'>): Promise<number> =>
  withDemo(cli, { speed }, (opened) => play(cli, opened, input));

async function play(
  cli: Cli,
  { client, stack }: Opened,
  input: PipelineInput<'train-and-deploy'>,
): Promise<number> {
  const { terminal } = cli;
  const platform = createDemoPlatform(stack.simulator);
  const follow = (runId: string): Promise<Run> =>
    followRun(client, runId, {
      terminal,
      show: 'progress',
      timeoutMs: patienceMs,
      interruption: stack.interruption,
    });
  await platform.refuseOnce('modelApis.create', refusal);
  const { identity } = await import('../../client.js');
  const trigger = { kind: 'cli', by: identity() } as const;
  terminal.say('\nA run, on a platform that cannot deploy at this moment.');
  const { runId } = await client.start('train-and-deploy', input, { key: 'demo', trigger });
  const failed = await follow(runId);
  if (failed.status !== 'failed')
    throw new Stop(exitCodes.error, `${runId} ${failed.status}, and was to fail`);
  const first = await platform.created();
  const plan = await client.replays.plan({ runId });
  showFailure(cli, failed, plan);
  terminal.say('\nThe replay: what has finished is taken over, and the rest runs.');
  await client.replays.apply({ runId }, { plan: plan.hash, by: identity(), reason });
  const replayed = await follow(runId);
  if (replayed.status !== 'succeeded')
    throw new Stop(exitCodes.error, `the replay of ${runId} ${replayed.status}, and was to succeed`);
  await finish(cli, { client, platform, first, plan, run: replayed });
  return exitCodes.success;
}

function showFailure({ format, terminal }: Cli, run: Run, plan: ReplayPlan): void {
  if (format !== 'text') return;
  const paint = terminal.paintResult;
  const lines = [
    ...(terminal.isLive ? [] : treeLines(run, { paint, nowMs: Date.now() })),
    '',
    ...endingLines(run, Date.now(), paint).slice(0, 1),
    '',
    `longhaul replay plan ${run.runId}`,
    ...planLines(plan, paint),
  ];
  for (const line of lines) terminal.result(line);
}

interface Finishing {
  readonly client: LonghaulClient;
  readonly platform: DemoPlatform;
  /** What the first attempt has created. */
  readonly first: readonly string[];
  readonly plan: ReplayPlan;
  readonly run: Run;
}

async function finish(
  { format, terminal }: Cli,
  { client, platform, first, plan, run }: Finishing,
): Promise<void> {
  const replay = (await platform.created()).slice(first.length);
  const attempts = await client.replays.attempts(run.runId);
  if (format !== 'text') {
    const created = { first: countsOf(first), replay: countsOf(replay) };
    terminal.result(format === 'ids' ? run.runId : JSON.stringify({ run, plan, attempts, created }));
    return;
  }
  const paint = terminal.paintResult;
  const columns = Object.keys(counted);
  const row = (name: string, kinds: readonly string[]): string[] => [
    name,
    ...Object.values(countsOf(kinds)).map(String),
  ];
  for (const line of [
    ...(terminal.isLive ? [] : treeLines(run, { paint, nowMs: Date.now() })),
    '',
    ...endingLines(run, Date.now(), paint).slice(0, 1),
    '',
    'What the platform has created, by its ledger:',
    ...tableLines(['', ...columns], [row('first attempt', first), row('replay', replay)]),
    '',
    'Next:',
    '  npm run dev    keeps everything up: Temporal with its Web UI, the simulator, a worker, the HTTP API',
    '  longhaul replay plan RUN    says what a replay of any run would do; nothing is changed',
  ])
    terminal.result(line);
}

const countsOf = (kinds: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counted).map(([name, kind]) => [name, kinds.filter((one) => one === kind).length]),
  );
