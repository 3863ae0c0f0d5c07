/**
 * Chaos: real worker processes on a real Temporal run pipelines on the simulated platform, while answers are lost,
 * processes die and Temporal restarts; then everything is mended, and the ledger, histories and logs are judged.
 */
import { judgeTrial } from './checks/index.js';
import type { TrialEvidence } from './evidence.js';
import { type Judged, figuresOf } from './figures.js';
import { explain, explainRecoveries } from './report.js';
import { type Scenario, scenarios } from './scenarios.js';
import { type SecretSearch, createSecretSearch } from './secrets.js';
import type { FailedSeed } from './seeds.js';
import { type Stage, type StageOptions, openStage } from './stage.js';
import { playTrial } from './trial.js';
import { type Workload, builtInWorkload } from './workload.js';

export { type Row, figureRows, tableOf } from './report.js';
export { scenarios } from './scenarios.js';
export { unplayable, workloadOfDocument } from './documents.js';
export { type Workload, builtInAt, workloadOf } from './workload.js';
export type { Judged } from './figures.js';
export { addSeeds, readSeeds } from './seeds.js';
export { loadWorld } from '../simulator/index.js';

export interface ChaosOptions extends Pick<StageOptions, 'cliPath' | 'mainFile' | 'env' | 'settings'> {
  /** Of all scenarios together. */
  readonly runs: number;
  readonly seed: number;
  /** Names of the scenarios to play; left out, all. */
  readonly only?: readonly string[] | undefined;
  /** Runs at once. */
  readonly width?: number | undefined;
  readonly workers?: number | undefined;
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
  const { workers = 3, workload = builtInWorkload, say, withinMs } = options;
  const width = Math.min(options.width ?? 60, workload.width ?? Number.POSITIVE_INFINITY);
  const trials = [...failedBefore(options), ...plan(options)];
  const stage = await openStage({ ...options, workers, connection: workload.connection });
  const search = createSecretSearch(stage.secret);
  const judged: Judged[] = [];
  const endMs = Date.now() + (withinMs ?? Number.POSITIVE_INFINITY);
  const play = (trial: Trial): Promise<TrialEvidence> =>
    untilAborted(playTrial(stage, { ...trial, width, workload, workers, search }), options.signal);
  try {
    if (workload.isGiven === true) refuseUnfit(await play(rehearsal));
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

/** One run that nothing disturbs. */
const rehearsal: Trial = {
  scenario: { name: 'rehearsal', says: 'nothing is disturbed', faults: () => [], retries: 0, weight: 0 },
  ...{ seed: 1, runs: 1 },
};

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
function plan({ runs, seed, only }: ChaosOptions): Trial[] {
  const played = scenarios.filter(({ name }) => only?.includes(name) ?? true);
  if (played.length === 0)
    throw new Error(
      `there is no scenario ${only?.join(', ') ?? ''}; there are ${scenarios.map(({ name }) => name).join(', ')}`,
    );
  const weights = played.reduce((sum, { weight }) => sum + weight, 0);
  return played.flatMap((scenario) => {
    const share = Math.max(1, Math.round((runs * scenario.weight) / weights));
    const count = Math.ceil(share / runsOfTrial);
    return Array.from({ length: count }, (_, at) => ({
      ...{ scenario, seed: seed + at },
      runs: Math.ceil((share - at) / count),
    }));
  });
}

function failedBefore({ first = [], only }: ChaosOptions): Trial[] {
  return first.flatMap(({ scenario: name, seed, runs }) => {
    const scenario = scenarios.find((one) => one.name === name);
    return scenario === undefined || only?.includes(name) === false ? [] : [{ scenario, seed, runs }];
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
