/** `longhaul demo both`: one run on two platforms. UbiOps refuses it at first, its replay finishes it, and UbiOps answers. */
import { z } from 'zod';
import type { Run } from '../../client.js';
import type { ReplayPlan } from '../../run/replays/replays.js';
import { graphOfDocument } from '../../pipelines/document/graph.js';
import type { Cli } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import type { Stack } from '../process/stack.js';
import { planLines } from '../replay/lines.js';
import { endingLines } from '../run/view/ending.js';
import { followRun } from '../run/view/follow.js';
import { type GraphOptions, graphLines } from '../run/view/graph-lines.js';
import { resultLines } from '../run/view/outcome.js';
import { Stop } from '../stop.js';
import { harmless } from '../terminal/paint.js';
import { readExample } from './document.js';
import { type DemoSettings, type Opened, withDemo } from './stage.js';

const settings: DemoSettings = { speed: 20, hasUbiOps: true };
const file = 'pipelines/train-domino-serve-ubiops.yaml';
/** Many times what it takes; a demo that hangs is worse than one that fails. */
const patienceMs = 120_000;
const refusal = 'no instances of this type can be started at this moment';
/** A flower of the species virginica. */
const flower = { petal_length: 6 };
const timeoutMs = 30_000;

/** Starts everything, runs the document, plans and applies its replay, and asks UbiOps for a prediction. */
export const demoBoth = (cli: Cli): Promise<number> => withDemo(cli, settings, (opened) => play(cli, opened));

async function play(cli: Cli, { client, stack }: Opened): Promise<number> {
  const { terminal } = cli;
  const document = await readExample(file, { 'domino-dev': 'domino', 'ubiops-dev': 'ubiops' });
  const graph = graphOfDocument(document);
  const ubiops = createUbiOps(stack);
  await ubiops.refuseOnce('versions.create');
  terminal.say(`\nexamples/${file}: trains on Domino and serves on UbiOps, which refuses it at first.\n`);
  const { identity } = await import('../../client.js');
  const trigger = { kind: 'cli', by: identity() } as const;
  const { runId } = await client.startPipeline(document, {}, { key: 'demo', trigger });
  const follow = (): Promise<Run> =>
    followRun(client, runId, {
      ...{ terminal, show: 'progress', timeoutMs: patienceMs, interruption: stack.interruption },
      draw: (seen, options) => graphLines(seen, { ...options, graph }),
    });
  const failed = await follow();
  refuseUnless(failed, 'failed');
  const plan = await client.replays.plan({ runId });
  showFailure(cli, failed, { graph, plan });
  terminal.say('\nThe replay: what Domino has done is taken over, and UbiOps is asked again.\n');
  await client.replays.apply({ runId }, { plan: plan.hash, by: identity(), reason: 'there are instances' });
  const replayed = await follow();
  refuseUnless(replayed, 'succeeded');
  showSuccess(cli, replayed, { graph, plan, prediction: await ubiops.predict() });
  return exitCodes.success;
}

function refuseUnless({ runId, status, failure }: Run, wanted: Run['status']): void {
  if (status === wanted) return;
  const why = failure === undefined ? '' : `: ${failure.message}`;
  throw new Stop(exitCodes.error, `${runId} ${status}, and was to be ${wanted}${why}`);
}

/** What a prediction was asked with, and what was answered. */
interface Prediction {
  readonly asked: string;
  readonly answered: string;
}

/** Speaks to the simulator as anybody does: by UbiOps’ API, and by `/_simulator`. */
function createUbiOps({ ubiops }: Stack) {
  if (ubiops === undefined) throw new TypeError('there is no simulated UbiOps');
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(new URL(path, ubiops.ubiops), {
      method: 'POST',
      headers: { authorization: `Token ${ubiops.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    throw new Stop(exitCodes.error, `UbiOps answered ${answer.status} to POST ${path}: ${harmless(text)}`);
  };
  return {
    refuseOnce: (endpoint: string) =>
      post('/_simulator/faults', { endpoint, kind: 'status', status: 400, body: { error: refusal } }),
    predict: async (): Promise<Prediction> => {
      const path = '/v2.1/projects/iris/deployments/iris/requests';
      const { status, result, error_message: error } = Answer.parse(await post(path, flower));
      if (status !== 'completed') throw new Stop(exitCodes.error, `the request ${status}: ${error ?? ''}`);
      return {
        asked: `POST ${ubiops.ubiops}${path} ${JSON.stringify(flower)}`,
        answered: harmless(JSON.stringify(result)),
      };
    },
  };
}

const Answer = z.object({
  status: z.string(),
  result: z.unknown(),
  error_message: z.string().nullish(),
});

interface Shown extends Pick<GraphOptions, 'graph'> {
  readonly plan: ReplayPlan;
}

function showFailure({ format, terminal }: Cli, run: Run, { graph, plan }: Shown): void {
  if (format !== 'text') return;
  const paint = terminal.paintResult;
  const nowMs = Date.now();
  for (const line of [
    ...(terminal.isLive ? [] : graphLines(run, { graph, paint, nowMs })),
    '',
    ...endingLines(run, nowMs, paint).slice(0, 1),
    '',
    `longhaul replay plan ${run.runId}`,
    ...planLines(plan, paint),
  ])
    terminal.result(line);
}

function showSuccess(
  { format, terminal }: Cli,
  run: Run,
  { graph, plan, prediction }: Shown & { readonly prediction: Prediction },
): void {
  if (format !== 'text') {
    terminal.result(format === 'ids' ? run.runId : JSON.stringify({ run, plan, prediction }));
    return;
  }
  const paint = terminal.paintResult;
  const nowMs = Date.now();
  for (const line of [
    ...(terminal.isLive ? [] : graphLines(run, { graph, paint, nowMs })),
    '',
    ...endingLines(run, nowMs, paint).slice(0, 1),
    ...resultLines(run),
    `  asked       ${prediction.asked}`,
    `  answered    ${prediction.answered}`,
    '',
    'Next:',
    '  docs/ubiops.md    what there is for UbiOps, and how to connect',
    '  npm run dev       keeps everything up: Temporal with its Web UI, the simulator, a worker, the HTTP API',
  ])
    terminal.result(line);
}
