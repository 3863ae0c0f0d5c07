/**
 * Chaos: real worker processes on a real Temporal run pipelines on the simulated platform, while answers are lost,
 * processes die and Temporal restarts; then everything is mended, and the ledger, histories and logs are judged.
 */
import { judgeTrial } from './checks/index.js';
import type { TrialEvidence } from './evidence.js';
import { type Judged, figuresOf } from './figures.js';
import { explain, explainRecoveries } from './report.js';
import { type Scenario, scenarios, scenariosNamed } from './scenarios.js';
import { type SecretSearch, createSecretSearch } from './secrets.js';
import type { FailedSeed } from './seeds.js';
import { type Stage, type StageOptions, openStage } from './stage.js';
import { playTrial } from './trial.js';
import { builtInWorkload } from './domino/workload.js';
import { ubiopsWorkload } from './ubiops/workload.js';
import type { PlatformName, StagedConnection, Workload } from './workload.js';

export { type Row, figureRows, tableOf } from './report.js';
export { scenarios, scenariosNamed } from './scenarios.js';
export { type Worlds, platformsOf, unplayable, workloadOfDocument } from './documents.js';
export { builtInAt, workloadOf } from './domino/workload.js';
export type { PlatformName, Workload } from './workload.js';
export type { Judged } from './figures.js';
export { addSeeds, readSeeds } from './seeds.js';
export { checkWorld } from '../simulator/index.js';

export interface ChaosOptions extends Pick<StageOptions, 'cliPath' | 'mainFile' | 'env' | 'settings'> {
  /** Of all scenarios together. */
  readonly runs: number;
  readonly seed: number;
  /** Names of the scenarios to play, or of a platform for all of its own; left out, all. */
  readonly only?: readonly string[] | undefined;
  /** Runs at once. */
  readonly width?: number | undefined;
  readonly workers?: number | undefined;
  /** Left out, in each scenario the built-in one of its platform. */
  readonly workload?: Workload | undefined;
  /** Played first: what has failed before. */
  readonly first?: readonly FailedSeed[] | undefined;
  /** No trial begins after this time. */
  readonly withinMs?: number | undefined;
  /** Ends everything. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each trial, and of each violation. */
  readonly say: (line: string) => void;
}

interface Trial {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly runs: number;
  readonly workload: Workload;
}

/** An input of the caller’s that does not succeed although nothing is disturbed, or makes nothing: it would prove nothing. */
export class UnfitInput extends Error {
  override readonly name = 'UnfitInput';
}

/** What a trial holds at most, so that its lists and histories stay short. */
const runsOfTrial = 120;
/** Violations of one trial that are explained. */
const explained = 6;

/**
 * Plays trials and judges them.
 *
 * @throws Error when there is no scenario of that name, or when Temporal or workers do not start
 * @throws UnfitInput
 */
export async function runChaos(options: ChaosOptions): Promise<Judged[]> {
  const { workers = 3, say, withinMs } = options;
  const before = failedBefore(options);
  // Runs are named by their scenario and seed: the same trial again would find them, and do nothing.
  const trials = [...before, ...plan(options).filter((trial) => !before.some(isSame(trial)))];
  const stage = await openStage({ ...options, workers, connections: connectionsOf(trials) });
  const search = createSecretSearch(stage.secret);
  const judged: Judged[] = [];
  const endMs = Date.now() + (withinMs ?? Number.POSITIVE_INFINITY);
  const play = (trial: Trial): Promise<TrialEvidence> =>
    untilAborted(
      playTrial(stage, { ...trial, width: widthOf(trial, options), workers, search }),
      options.signal,
    );
  try {
    if (options.workload?.isGiven === true) refuseUnfit(await play(rehearsalOf(options.workload)));
    for (const trial of trials) {
      if (Date.now() > endMs) break;
      judged.push(tell(await play(trial), trial, say));
    }
    const leaks = await leaksOf(stage, search);
    const last = judged.pop();
    if (last) judged.push({ ...last, violations: [...last.violations, ...leaks] });
    for (const { what } of leaks) say(what);
  } finally {
    await stage.close();
  }
  return judged;
}

const isSame =
  ({ scenario: { name }, seed }: Trial) =>
  (other: Trial): boolean =>
    other.scenario.name === name && other.seed === seed;

/** What the built-in scenarios of each platform disturb. */
const builtIn: Readonly<Record<PlatformName, Workload>> = { domino: builtInWorkload, ubiops: ubiopsWorkload };

/** One of the caller’s is played in place of the built-in one on Domino, whatever platforms it acts on. */
const workloadIn = ({ platform }: Scenario, { workload }: ChaosOptions): Workload =>
  platform === 'domino' && workload !== undefined ? workload : builtIn[platform];

const widthOf = ({ workload }: Trial, { width = 60 }: ChaosOptions): number =>
  Math.min(width, workload.width ?? Number.POSITIVE_INFINITY);

const connectionsOf = (trials: readonly Trial[]): readonly StagedConnection[] => [
  ...new Map(
    trials.flatMap(({ workload }) => workload.connections).map((one) => [one.name, one] as const),
  ).values(),
];

/** One run that nothing disturbs. */
const rehearsalOf = (workload: Workload): Trial => ({
  scenario: {
    ...{ name: 'rehearsal', says: 'nothing is disturbed', platform: 'domino' },
    ...{ faults: () => [], retries: 0, weight: 0 },
  },
  ...{ seed: 1, runs: 1, workload },
});

function refuseUnfit(evidence: TrialEvidence): void {
  const [violation] = judgeTrial(evidence);
  if (violation !== undefined)
    throw new UnfitInput(`the input does not succeed on the simulator, undisturbed: ${violation.what}`);
  if (figuresOf(evidence).progressed === 0)
    throw new UnfitInput('the input succeeds, and makes nothing on the simulator that could be judged');
}

/** Who aborts does not wait for a trial; its stage is taken down under it. */
function untilAborted<T>(playing: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return playing;
  playing.catch(() => undefined); // it fails once its stage is gone
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    playing.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** All scenarios by their weights, or the one that is named, in trials of a size that can be looked at. */
function plan(options: ChaosOptions): Trial[] {
  const { runs, seed, only } = options;
  const played = playable(options);
  if (played.length === 0)
    throw new Error(
      `there is no scenario ${only?.join(', ') ?? ''}; there are ${scenarios.map(({ name }) => name).join(', ')}`,
    );
  const weights = played.reduce((sum, { weight }) => sum + weight, 0);
  return played.flatMap((scenario) => {
    const share = Math.max(1, Math.round((runs * scenario.weight) / weights));
    const count = Math.ceil(share / runsOfTrial);
    return Array.from({ length: count }, (_, at) => ({
      ...{ scenario, seed: seed + at, workload: workloadIn(scenario, options) },
      runs: Math.ceil((share - at) / count),
    }));
  });
}

/** What is named; a workload of the caller’s is disturbed in the scenarios without a platform in their name. */
const playable = ({ only, workload }: ChaosOptions): readonly Scenario[] =>
  scenariosNamed(only).filter(({ platform }) => workload?.isGiven !== true || platform === 'domino');

function failedBefore(options: ChaosOptions): Trial[] {
  const played = playable(options);
  return (options.first ?? []).flatMap(({ scenario: name, seed, runs }) => {
    const scenario = played.find((one) => one.name === name);
    return scenario === undefined ? [] : [{ scenario, seed, runs, workload: workloadIn(scenario, options) }];
  });
}

function tell(evidence: TrialEvidence, { runs }: Trial, say: (line: string) => void): Judged {
  const { scenario, seed, durationMs } = evidence;
  const violations = judgeTrial(evidence);
  const figures = figuresOf(evidence);
  const seconds = (durationMs / 1_000).toFixed(0);
  say(
    `${scenario} ${seed}: ${runs} runs in ${seconds} s, ${figures.faults} faults, ${figures.events.kill} kills, ${figures.succeeded} of ${figures.hopeful} succeeded that must, ${violations.length} violations`,
  );
  for (const violation of violations.slice(0, explained))
    for (const line of explain(evidence, violation)) say(line);
  if (violations.length > explained) say(`and ${violations.length - explained} more violations`);
  for (const line of explainRecoveries(figures)) say(line);
  return { scenario, seed, runs, durationMs, violations, figures };
}

/** Secrets in what all trials write to: logs, and the files in which Temporal keeps its state. */
async function leaksOf({ workers, temporal }: Stage, search: SecretSearch): Promise<Judged['violations']> {
  const leaks = [];
  for (const file of [...workers.logFiles, ...temporal.files])
    if (await search.inFile(file))
      leaks.push({ rule: 'secret' as const, what: `the platform’s key stands in ${file}` });
  return leaks;
}
