/** One trial: runs under one scenario and one seed, then rest, then everything that there is to judge. */
import { setTimeout as delay } from 'node:timers/promises';
import { createSimulator } from '../simulator/index.js';
import { cleanUpWorkflow } from '../run/ids.js';
import { quote } from '../run/search-attributes.js';
import { createDice } from './dice.js';
import { disturb } from './disturber.js';
import type { RunRecord, TrialEvidence } from './evidence.js';
import { fetchHistory, stepsOf } from './histories.js';
import { clearFaults, createPlatform, setFaults } from './platform.js';
import { type Ground, readAll } from './reading.js';
import { type AcceptedRun, createRuns } from './runs.js';
import type { Scenario } from './scenarios.js';
import type { SecretSearch } from './secrets.js';
import { type Stage, settleMs } from './stage.js';
import { openStranger } from './stranger.js';
import { wings } from './wings.js';
import { type Place, type StagedConnection, type Workload, platformSpeed } from './workload.js';

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
/** Once faults have stopped, nothing stands still for so long: what is left of backoffs, and a run’s steps. */
const standstillMs = 120_000;
/** What goes on after the end of a run may take this long: sweeping, and undoing what was not confirmed. */
const cleansWithinMs = 60_000;
/** What was asked to stop has stopped then. */
const restMs = 1_500;

/** What a trial is played on. */
interface Grounds {
  readonly grounds: readonly [Ground, ...Ground[]];
  readonly strangerUrl: string;
}

/** Plays one trial on the stage. */
export async function playTrial(stage: Stage, options: TrialOptions): Promise<TrialEvidence> {
  const { scenario, seed, workload } = options;
  const beganMs = Date.now();
  const crashesBefore = stage.workers.crashes.length;
  const stranger = await openStranger();
  const grounds: Ground[] = [];
  try {
    for (const connection of workload.connections) grounds.push(await openGround(stage, options, connection));
    const [first, ...more] = grounds;
    if (first === undefined) throw new Error('the workload acts on no connection');
    const played = await playRuns(stage, options, { grounds: [first, ...more], strangerUrl: stranger.url });
    const { runs, secrets } = await recordsOf(stage, played.accepted, options.search);
    const { healedMs, processes, cleaning, unbegun } = played;
    return {
      ...{ scenario: scenario.name, seed, durationMs: Date.now() - beganMs, healedMs, processes, cleaning },
      ...{ unbegun, secrets, ...(await readAll(grounds, runs, beganMs)) },
      crashes: stage.workers.crashes.slice(crashesBefore),
      retryAfterMs: scenario.retryAfterMs ?? null,
      ...{ settleMs, buildMs: workload.buildMs },
      strayed: stranger.visits,
    };
  } finally {
    await stranger.close();
    for (const { simulator } of grounds) await simulator.close();
  }
}

async function openGround(
  { portOf, secret }: Stage,
  { workload, seed, scenario: { name, jobPace = 1 } }: TrialOptions,
  connection: StagedConnection,
): Promise<Ground> {
  const { platform, dialect } = connection;
  const world = workload.worldOf(connection, { secret, jobPace });
  const simulator = await createSimulator({
    ...{ platform, port: portOf(connection), apiKey: secret, speed: platformSpeed },
    // No two objects that a worker meets have the same id: it remembers from trial to trial what they hold.
    seed: createDice(seed, name).between(`ids of ${connection.name}`, 1, 0xffff_ffff),
    ...(dialect && { dialect }),
    ...(world !== undefined && { world }),
  });
  const wing = wings[platform];
  const address = { url: simulator.url, root: wing.rootOf(dialect), headers: wing.headersOf(secret) };
  return { connection, wing, simulator, platform: createPlatform(address) };
}

/** From the first start until nothing moves any more. */
async function playRuns(stage: Stage, options: TrialOptions, { grounds, strangerUrl }: Grounds) {
  const { scenario, seed, workload, width, workers: count } = options;
  const prefix = `${scenario.name}-${seed}`;
  const place = await placeOf(grounds, { scenario, prefix });
  // Runs are the same in every scenario, so that figures of one can be held against those of another.
  const [sameDice, dice] = [createDice(seed, 'runs'), createDice(seed, scenario.name)];
  const sharing = { group: 2, retrain: 0.1, ...scenario.sharing };
  const planned = Array.from({ length: options.runs }, (_, index) =>
    workload.plan(index, { dice: sameDice, place, sharing }),
  );
  const [first] = grounds;
  const runs = createRuns(stage, {
    ...{ dice, planned, width, cancels: scenario.cancels ?? 0, retries: scenario.retries ?? mostRetries },
    cancelledWithinMs: workload.cancelledWithinMs,
    sicken: async (runId) => {
      const run = await stage.longhaul.get(runId).catch(() => null);
      await first.wing.sicken(first.platform, run?.result);
    },
  });
  for (const ground of grounds) {
    const { wing, connection, platform } = ground;
    const creations = wing.creationsIn(connection.dialect);
    await setFaults(platform, scenario.faults(dice, { strangerUrl, creations }), seed);
  }
  const others =
    scenario.others === true
      ? grounds.map((ground) => ground.wing.beOthers(ground.platform, { dice, prefix }))
      : [];
  const disturber =
    scenario.processes === undefined ? null : disturb(stage, { faults: scenario.processes, dice, count });
  try {
    await runs.play(workload.disturbedMs);
  } finally {
    for (const { simulator } of grounds) await clearFaults(simulator);
    for (const other of others) await other.stop();
    await disturber?.mend();
  }
  const healedMs = Date.now();
  await runs.settle(standstillMs);
  const cleaning = await awaitCleanUps(stage);
  await delay(restMs);
  const unbegun = runs.unbegun.map(({ key }) => key);
  return { accepted: runs.accepted, unbegun, healedMs, processes: disturber?.events ?? [], cleaning };
}

/** Every platform is prepared; the first one says where runs act. */
async function placeOf(
  [first, ...more]: Grounds['grounds'],
  of: { readonly scenario: Scenario; readonly prefix: string },
): Promise<Place> {
  for (const { wing, platform } of more) await wing.placeOf(platform, of);
  return { ...(await first.wing.placeOf(first.platform, of)), connection: first.connection.name };
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
    if (open !== null && (open.length === 0 || Date.now() > endMs))
      return Promise.all(open.map((id) => standingOf(client, id)));
    await delay(500);
  }
}

/** What a workflow is at, with why that has not ended. */
async function standingOf(client: Stage['client'], id: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(id).describe();
  const pending = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name ?? '?'}, try ${attempt ?? 1}: ${lastFailure?.message ?? 'nothing has failed'}`,
  );
  return `${id} (${pending.join('; ') || 'no activity'})`;
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
