/**
 * The effects of Domino's steps, as workflows call them: signatures alone, so that no type of an activity file, and with it
 * Node's types, enters workflow code. What undoes is known by what it returns (`UndoTargetOf`).
 *
 * `ensure…` finds or creates and returns ids at once; `await…` looks until an end is reached; `stop…`, `cancel…`
 * and `archive…` undo and are safe to repeat. Failures carry a code of `errors.ts`.
 */
import type {
  DeploymentUndoing,
  Effect,
  Restoring,
  ServingVersion,
  UndoTargetOf,
  Undoing,
  Undone,
} from '../../run/undoing/effect.js';
import type {
  EnvironmentOutput,
  EnvironmentSpec,
  RevisionOutput,
  BuildOutput,
  JobSpec,
  JobStart,
  JobOutput,
  RegistrationSpec,
  RegistrationOutput,
  DeploymentSpec,
  DeploymentStart,
  DeploymentOutput,
  WatchOutput,
  First,
  ReadingEffects,
  Effects,
} from '../../run/undoing/effects.js';
import type { Origin } from '../../run/ids.js';
import type { When } from '../../run/inputs/retrain-input.js';
import type { Decision } from '../../run/retraining/retraining.js';
import type { Json } from '../../run/steps.js';
import type { StepContext } from '../context.js';
import { type StepKind, defineStep } from '../define.js';
import type { SnapshotEffects } from './snapshots.js';

/** Those of its own. */
export interface DominoEffects extends ReadingEffects, SnapshotEffects {
  getEnvironment(
    of: First & { readonly connection: string; readonly environmentId: string },
  ): Promise<EnvironmentOutput>;
  ensureEnvironment(effect: Effect & First & EnvironmentSpec): Promise<EnvironmentOutput>;
  ensureRevision(
    effect: Effect & { readonly environment: EnvironmentOutput; readonly dockerfile: string },
  ): Promise<RevisionOutput>;
  /**
   * Builds a revision once more whose build has failed or was cancelled; `rebuilt` where it is this one that does, and not
   * another run. Code of before has answered `null`.
   */
  ensureBuilding(
    effect: Effect & { readonly environmentId: string; readonly revisionId: string },
  ): Promise<{ readonly rebuilt: boolean } | null>;
  awaitBuild(of: {
    readonly connection: string;
    readonly environmentId: string;
    readonly revisionId: string;
    /** It was just begun again: for a moment, reads may show how it was before. */
    readonly rebuilt?: true | undefined;
  }): Promise<BuildOutput>;
  ensureJob(effect: Effect & First & JobSpec): Promise<JobStart>;
  awaitJob(
    effect: Effect & {
      readonly job: JobStart;
      readonly revisionId?: string | undefined;
      readonly logLines: number;
      /** Metrics that are kept before all others. */
      readonly metrics?: readonly string[] | undefined;
      /** One of many: of what is not named, less is kept. */
      readonly isItem?: true | undefined;
      /** When the wait is given up as `WAIT_EXPIRED`; left out, after two days. */
      readonly withinMs?: number | undefined;
    },
  ): Promise<JobOutput>;
  ensureModelVersion(effect: Effect & RegistrationSpec): Promise<RegistrationOutput>;
  ensureModelApiVersion(effect: Effect & DeploymentSpec): Promise<DeploymentStart>;
  /** Waits until a version serves; with `withinMs`, no longer than that. */
  awaitModelApiVersion(of: {
    readonly connection: string;
    readonly deployment: DeploymentStart;
    readonly withinMs?: number | undefined;
    /** It was just started again: for a moment, reads may show how it was before. */
    readonly restarted?: true | undefined;
  }): Promise<DeploymentOutput>;

  /** Reads what the conditions ask for and decides. What cannot be read is evidence too. */
  decideRetraining(of: {
    readonly connection: string;
    readonly project: string;
    readonly modelApi: string;
    /** As `modelOf` names it. */
    readonly model: string;
    readonly runId: string;
    readonly when: When;
  }): Promise<Decision>;
  /** `null` when nothing serves. Where what serves is of the origin, what served before that. */
  getServingVersion(of: {
    readonly connection: string;
    readonly project: string;
    readonly modelApi: string;
    /** Given where an attempt before may have deployed. */
    readonly origin?: Origin | undefined;
    /** What that attempt was told, where it is known. */
    readonly replaced?: ServingVersion | null | undefined;
  }): Promise<ServingVersion | null>;
  /** Looks at a version again and again for `forMs`; ends early when it is unhealthy. */
  watchModelApiVersion(of: {
    readonly connection: string;
    readonly deployment: DeploymentOutput;
    readonly forMs: number;
    readonly failures: number;
    readonly probe?: string | undefined;
    readonly sample?: unknown;
  }): Promise<WatchOutput>;
  /**
   * Stops what the origin has deployed, and starts the previous version again if it does not serve. With `awaited`, that it
   * serves is awaited by `awaitModelApiVersion`; left out, it is undone only then.
   */
  takeBackModelApiVersion(
    undoing: DeploymentUndoing & {
      /** Left out, it is looked for. */
      readonly previous?: ServingVersion | null | undefined;
      readonly awaited?: true | undefined;
    },
  ): Promise<Undone>;

  /** Stops the job that is known, and every other one with the origin’s marker. */
  stopJobs(undoing: Undoing & { readonly project: string }): Promise<Undone>;
  /**
   * Cancels the build of the revision with the origin’s marker, or of the one given; without an environment, the builds
   * of the environments that carry the marker. A second build of what was adopted ends by itself: another run may use it.
   */
  cancelBuild(
    undoing: Undoing & {
      readonly environmentId?: string | undefined;
      readonly revisionId?: string | undefined;
      readonly ifMarked?: true;
    },
  ): Promise<Undone>;
  /**
   * Stops what the origin has deployed; the version that served before keeps serving or, with `restoring`, is started
   * again where it does not. With `keep`, the one that was adopted serves again where a later one has taken over, and a
   * second model API that the origin made is archived.
   */
  stopModelApiVersion(
    undoing: DeploymentUndoing & { readonly restoring?: Restoring | undefined },
  ): Promise<Undone>;
  /** Archives the environment with the origin’s marker, and cancels what it builds. */
  archiveEnvironment(undoing: Undoing): Promise<Undone>;
  /** Lists versions that an MLflow run was registered as beside the one that was adopted: no request takes one back. */
  sweepModelVersions(
    undoing: Undoing & { readonly model: string; readonly experimentRunId: string },
  ): Promise<Undone>;
}

/** All that its steps call. */
export type DominoCalls = Effects & DominoEffects;

/** What the code of a step may say and call. */
export type DominoStep = StepContext<DominoCalls>;

/** How its effects are undone. */
export type DominoUndoTarget = UndoTargetOf<DominoCalls>;

/** States a kind of step. */
export const defineDominoStep = <Spec extends object, Output extends Json>(
  kind: StepKind<Spec, Output, DominoCalls>,
): StepKind<Spec, Output, DominoCalls> => defineStep(kind);
