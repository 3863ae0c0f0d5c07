/** One trial: runs under one scenario and one seed, then rest, then everything that there is to judge. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type Simulator, createSimulator } from '../simulator/index.js';
import { cleanUpWorkflow } from '../run/ids.js';
import { quote } from '../run/search-attributes.js';
import { createDice } from './dice.js';
import { disturb } from './disturber.js';
import type { TrialEvidence, RunRecord } from './evidence.js';
import { fetchHistory, stepsOf } from './histories.js';
import { beOthers } from './domino/others.js';
import { type Here, placeOf } from './domino/place.js';
import {
  type Platform,
  clearFaults,
  createPlatform,
  ownerBy,
  readObjects,
  setFaults,
} from './domino/platform.js';
import { type AcceptedRun, createRuns } from './runs.js';
import type { Scenario } from './scenarios.js';
import type { SecretSearch } from './secrets.js';
import { type Stage, settleMs } from './stage.js';
import { openStranger } from './stranger.js';
import { type Workload, platformSpeed } from './workload.js';

export interface TrialOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly runs: number;
  /** So many at once. */
  readonly width: number;
  readonly workload: Workload;
  readonly workers: number;
  readonly search: SecretSearch;
}

/** An operator does not try for ever. */
const mostRetries = 8;
/** After the last start, so long are runs disturbed at most. */
const disturbedMs = 45_000;
/** Once faults have stopped, nothing stands still for so long: what is left of backoffs, and a run’s steps. */
const standstillMs = 120_000;
/** What goes on after the end of a run may take this long: sweeping, and undoing what was not confirmed. */
const cleansWithinMs = 60_000;
/** What was asked to stop has stopped then. */
const restMs = 1_500;

/** Plays one trial on the stage. */
export async function playTrial(stage: Stage, options: TrialOptions): Promise<TrialEvidence> {
  const { scenario, seed, workload } = options;
  const world = await worldOf(stage, workload, scenario);
  const beganMs = Date.now();
  const crashesBefore = stage.workers.crashes.length;
  const simulator = await createSimulator({
    ...{ port: stage.platformPort, apiKey: stage.secret, seed: 1 },
    ...{ speed: platformSpeed, ...(world !== undefined && { world }) },
  });
  const stranger = await openStranger();
  try {
    const platform = createPlatform(simulator);
    const place = await placeOf(stage, platform, scenario, `${scenario.name}-${seed}`);
    const played = await playRuns(stage, options, { simulator, platform, place, strangerUrl: stranger.url });
    const records = await recordsOf(stage, played.accepted, options.search);
    const ledger = simulator.ledger();
    const objects = await readObjects({
      ...{ platform, ownerOf: ownerBy(played.accepted.map(({ runId }) => runId)) },
      ledger,
      realMs: (simulatedMs) => beganMs + (simulatedMs - beganMs) / platformSpeed,
    });
    const { healedMs, processes, cleaning, unbegun } = played;
    return {
      ...{ scenario: scenario.name, seed, durationMs: Date.now() - beganMs, healedMs, processes, cleaning },
      ...{ unbegun, objects, ledger, ...records, crashes: stage.workers.crashes.slice(crashesBefore) },
      retryAfterMs: scenario.retryAfterMs ?? null,
      ...{ settleMs, buildMs: workload.buildMs },
      strayed: stranger.visits,
    };
  } finally {
    await stranger.close();
    await simulator.close();
  }
}

async function worldOf(
  { folder, secret }: Stage,
  { world }: Workload,
  { jobPace = 1 }: Scenario,
): Promise<string | undefined> {
  if (typeof world !== 'function') return world;
  const file = join(folder, 'world.json');
  await writeFile(file, JSON.stringify(world(secret, jobPace)));
  return file;
}

interface Ground {
  readonly simulator: Simulator;
  readonly platform: Platform;
  readonly place: Here;
  readonly strangerUrl: string;
}

/** From the first start until nothing moves any more. */
async function playRuns(
  stage: Stage,
  options: TrialOptions,
  { simulator, platform, place, strangerUrl }: Ground,
) {
  const { scenario, seed, workload, width, workers: count } = options;
  // Runs are the same in every scenario, so that figures of one can be held against those of another.
  const [sameDice, dice] = [createDice(seed, 'runs'), createDice(seed, scenario.name)];
  const sharing = { group: 2, retrain: 0.1, ...scenario.sharing };
  const planned = Array.from({ length: options.runs }, (_, index) =>
    workload.plan(index, { dice: sameDice, place, sharing }),
  );
  const runs = createRuns(stage, {
    ...{ dice, planned, width, cancels: scenario.cancels ?? 0, retries: scenario.retries ?? mostRetries },
    sicken: (runId) => sicken(stage, platform, runId),
  });
  await setFaults(simulator, scenario.faults(dice, { strangerUrl }), seed);
  const { projectId, prefix } = place;
  const others = scenario.others === true ? beOthers(platform, { dice, projectId, prefix }) : null;
  const disturber =
    scenario.processes === undefined ? null : disturb(stage, { faults: scenario.processes, dice, count });
  try {
    await runs.play(disturbedMs);
  } finally {
    await clearFaults(simulator);
    await others?.stop();
    await disturber?.mend();
  }
  const healedMs = Date.now();
  await runs.settle(standstillMs);
  const cleaning = await awaitCleanUps(stage);
  await delay(restMs);
  const unbegun = runs.unbegun.map(({ key }) => key);
  return { accepted: runs.accepted, unbegun, healedMs, processes: disturber?.events ?? [], cleaning };
}

const Deployed = z.object({
  deployment: z.object({ modelApiId: z.string(), versionId: z.string() }),
});

/** Makes unreachable what a run has deployed, if it has come to that. */
async function sicken({ longhaul }: Stage, platform: Platform, runId: string): Promise<void> {
  const run = await longhaul.get(runId).catch(() => null);
  const deployed = Deployed.safeParse(run?.result);
  if (!deployed.success) return;
  await platform.post('/_simulator/health', { ...deployed.data.deployment, status: 'Unreachable' });
}

/** Waits until nothing is being cleaned up any more; resolves with what still is after all that time. */
async function awaitCleanUps({ client }: Stage): Promise<readonly string[]> {
  const endMs = Date.now() + cleansWithinMs;
  const query = `WorkflowType = ${quote(cleanUpWorkflow)} AND ExecutionStatus = 'Running'`;
  for (;;) {
    const open = await listed(client, query).catch((error: unknown) => {
      if (Date.now() > endMs) throw error;
      return null; // a Temporal that has just been restarted answers a little later
    });
    if (open !== null && (open.length === 0 || Date.now() > endMs)) return open;
    await delay(500);
  }
}

async function listed(client: Stage['client'], query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

async function recordsOf(
  stage: Stage,
  accepted: readonly AcceptedRun[],
  search: SecretSearch,
): Promise<Pick<TrialEvidence, 'runs' | 'secrets'>> {
  const secrets: string[] = [];
  const runs: RunRecord[] = [];
  for (const one of accepted) {
    const run = await stage.longhaul.get(one.runId).catch(() => null);
    const history = await fetchHistory(stage.client, one.runId).catch(() => ({ events: [] }));
    if (search.inValue(run)) secrets.push(`the answer for run ${one.runId}`);
    if (search.inValue(history.events)) secrets.push(`the history of ${one.runId}`);
    runs.push({
      ...{ planned: one.planned, runId: one.runId, acceptedMs: one.acceptedMs },
      ...{ cancelAsked: one.cancelAsked, retried: one.retried, abortedFor: one.abortedFor, run },
      startedMs: Date.parse(run?.startedAt ?? ''),
      endedMs: run?.endedAt === undefined ? null : Date.parse(run.endedAt),
      attempts: run?.lineage?.number ?? 1,
      history: stepsOf(history),
      historyBytes: JSON.stringify(history).length,
    });
  }
  return { runs, secrets };
}
