/**
 * What one platform adds to the activities of its connections: one object, in the folder of its name beside this file. The
 * files in this folder know no platform; `wings.ts` lists the wings.
 */
import type { LiveModel } from '../run/undoing/effects.js';
import type { Preflight } from '../run/inputs/preflight.js';
import type { AttemptRecord } from '../run/replays/replays.js';
import type { LiveModelSpec } from '../steps/compare.js';
import type { Wing } from '../platform/wing.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Adoptions } from './effect/adoptions.js';
import type { Holds } from './effect/holds.js';
import type { AnyWatching } from './effect/lookout/watching.js';

/** One platform. `Deps`: what its effects are made from. `Own`: its effects, as steps call them. */
export interface ActivityWing<Deps extends ActivityDependencies, Own extends object> {
  readonly platform: Wing;
  /** The dependencies of its effects: with its client, typed by its contract. */
  dependenciesOf(deps: ActivityDependencies): Deps;
  /** Its effects, with its look-ups and its undoings. A plan calls the same, over a client that holds back what creates. */
  createEffects(deps: Deps, holds: MakingHolds): Own;
  /** How lookouts look for what its effects await; left out, by a platform on which nothing is awaited. */
  watchings?(deps: Deps): readonly AnyWatching[];
  /** What plans look up beside that; left out, by a platform on which there is no such thing. */
  readings?(of: Foreseeing<Deps, Own>): PlanReadings;
}

/** The holds that a creation takes, and that its undoing asks for. */
export type MakingHolds = Pick<Holds, 'ensureHold' | 'createAlone' | 'isAnothers' | 'isHeldByAnother'> &
  Adoptions;

/** How plans look ahead on one connection. `Own`: the effects of its platform’s wing. */
export interface Foreseeing<
  Deps extends ActivityDependencies = ActivityDependencies,
  Own extends object = object,
> {
  /** For looks at the platform; answers are remembered, so that all plans of one batch see one moment. */
  readonly deps: Deps;
  /** Lets an effect run up to what it would create. What it throws on the way is thrown. */
  foresee<T>(perform: (effects: Own) => Promise<T>): Promise<Foreseen<T>>;
}

/** What an effect would answer, or no answer where it would create something first; and what it would send. */
export interface Foreseen<T> {
  readonly answer: T | null;
  /** `<group>.<endpoint>`, in order. */
  readonly endpoints: readonly string[];
}

/** What plans look up for steps that any platform has. */
export interface PlanReadings {
  /**
   * Looks up what an input names. `tries`: how often that has been tried, this time included.
   * @throws LonghaulError `NOT_FOUND`, naming what is missing
   */
  check(preflight: Preflight, tries: number): Promise<void>;
  /** What is live; `null` when nothing is. @throws LonghaulError `BASELINE_UNKNOWN` */
  getLiveModel(of: LiveModelSpec & { readonly connection: string }): Promise<LiveModel | null>;
  /**
   * Why a verdict on the live model does not count any more: another model has been deployed since. `before` is `null` where
   * nothing was live.
   * @throws LonghaulError `BASELINE_UNKNOWN`
   */
  liveSince(
    record: AttemptRecord,
    verdict: { readonly before: ModelVersion | null; readonly live: LiveModelSpec },
  ): Promise<string | null>;
}

/** A version of a registered model. */
export interface ModelVersion {
  readonly model: string;
  readonly version: number;
}
