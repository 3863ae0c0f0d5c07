/** What is known of a kind of step on its platform, beside how it is done: for plans, and for what an attempt has left. */
import { ApplicationFailure } from '@temporalio/common';
import type { Effect } from '../../run/undoing/effects.js';
import { LonghaulError } from '../../run/failures/errors.js';
import type { AttemptRecord, PlannedCall } from '../../run/replays/replays.js';
import type { Json, RemoteReference } from '../../run/steps.js';
import type { StepKind } from '../../steps/define.js';
import type { Foresight } from '../replay/foresight.js';
import type { Foreseeing } from '../wing.js';
import type { ActivityDependencies } from '../dependencies.js';

/** What a step would do. */
export interface StepForesight {
  readonly why: string;
  /** What it would create. */
  readonly calls: readonly PlannedCall[];
  /** What it would take over. */
  readonly adopts?: RemoteReference;
  /** Its output, where it can be known. */
  readonly output?: Json;
  /** How an effect of this generation has ended: only another generation gets further. */
  readonly dead?: string;
}

/** What a file says that a step has come to. */
export interface Claim<Output, Spec extends object = object> {
  /** What it is made from; `undefined` where that is not known before others have run. */
  readonly spec: Spec | undefined;
  readonly record: AttemptRecord;
  readonly name: string;
  readonly output: Output;
  readonly effect: Effect;
  /** Whether the input asks for an approval. */
  readonly isShown: boolean;
}

/** What is known of it. */
export interface Confirmed<Output> {
  readonly output: Output;
  readonly warning?: string;
}

/** The effects of a kind of step, as far as others than its run look at them. `F`: how plans look ahead on its platform. */
export interface StepEffects<Spec extends object, Output extends Json, F extends Foresight = Foresight> {
  /** What it would do if it ran now. */
  foresee(foresight: F, effect: Effect, spec: Spec): Promise<StepForesight>;
  /** The same where what it is made from is not known before the steps in front of it have run. */
  readonly unforeseen: {
    readonly why: string;
    readonly endpoints?: readonly string[];
    /** Instead, where it depends on what is there under the name that it acts on, in this project. */
    endpointsFor?(
      foresight: F,
      named: { readonly name: string; readonly project: string },
    ): Promise<readonly string[]>;
  };
  /** Whether what its output names can still be used: not archived, not stopped, not failed meanwhile. */
  stands?(foresight: F, output: Output, spec: Spec): Promise<boolean>;
  /**
   * Its output in place of the one that a file names, as far as the platform confirms it. Where an approver is shown it, it
   * must be.
   * @throws LonghaulError `REPLAY_INVALID`
   */
  confirm?(foresight: F, claim: Claim<Output, Spec>): Promise<Confirmed<Output>>;
  /** What of that which it would be made from is not as it was, each in one line, although it can be used. */
  differences?(foresight: F, spec: Spec): Promise<readonly string[]>;
  /** Why its output does not count any more, for the world has moved on since; `null` where it counts. */
  outdated?(
    foresight: F,
    of: { readonly record: AttemptRecord; readonly output: Output; readonly spec: Spec },
  ): Promise<string | null>;
  /** The request by which undoing stops it, in words, where nobody can look what it has running. */
  readonly stopsBy?: string;
  /** The requests that stop what its effect has running, as undoing it would send them. */
  leftRunning?(foresight: F, effect: Effect, spec: Spec): Promise<PlannedCall[]>;
}

/** The effects of a kind. */
export type EffectsOf<K, F extends Foresight = Foresight> =
  K extends StepKind<infer Spec, infer Output, infer _> ? StepEffects<Spec, Output, F> : never;

/** It runs, and makes what is named. */
export const runs = (why: string, calls: readonly PlannedCall[] = []): StepForesight => ({ why, calls });

/** A step of which a plan can say no more than that it runs. */
export const computed = (why: string) => ({ unforeseen: { why }, foresee: () => Promise.resolve(runs(why)) });

/** Requests on one object. */
export const calling = (endpoints: readonly string[], on: string): PlannedCall[] =>
  endpoints.map((endpoint) => ({ endpoint, on }));

/** What is there, by how far it has come. */
export const taken = (seen: Seen<Json>, adopts: RemoteReference, whyFinished: string): StepForesight => ({
  why: seen.state === 'finished' ? whyFinished : seen.why,
  calls: [],
  adopts,
  ...(seen.state === 'finished' && { output: seen.output }),
  ...(seen.state === 'dead' && { dead: seen.why }),
});

/** How far an effect has come. */
export type Seen<T> =
  | { readonly state: 'finished'; readonly output: T }
  | { readonly state: 'under way' | 'dead'; readonly why: string };

/** Ends that an effect has come to; any other failure is one of looking. */
const deaths: readonly string[] = [
  'BUILD_FAILED',
  'BUILD_CANCELLED',
  'BUILD_SUPERSEDED',
  'JOB_FAILED',
  'JOB_STOPPED',
  'JOB_BROKEN',
  'JOB_ON_OTHER_REVISION',
  'SNAPSHOT_FAILED',
  'DEPLOYMENT_FAILED',
];

/** One look of an await: what it would have waited for. */
export async function look<T extends Json, Own extends object>(
  { foresee }: Foreseeing<ActivityDependencies, Own>,
  perform: (effects: Own) => Promise<T>,
): Promise<Seen<T>> {
  try {
    const { answer } = await foresee(perform);
    return answer === null
      ? { state: 'under way', why: 'it is under way' }
      : { state: 'finished', output: answer };
  } catch (error) {
    if (error instanceof ApplicationFailure) return { state: 'under way', why: error.message };
    if (error instanceof LonghaulError && deaths.includes(error.code))
      return { state: 'dead', why: error.message };
    throw error;
  }
}
