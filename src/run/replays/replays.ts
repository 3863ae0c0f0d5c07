/** Replays: what an operator asks for, the plan of it, and what came of it. */
import type { PipelineDocument } from '../documents/documents.js';
import type { ServingVersion } from '../undoing/effect.js';
import type { Failure, FieldFault } from '../failures/errors.js';
import type { RunOrigin } from '../ids.js';
import type { Json, Lineage, RemoteReference, RunStart, RunStatus, Step, Trigger } from '../steps.js';

/** Ids of the workflows that plan and perform replays. One replay of a run at a time: its id is the run's. */
export const planPrefix = 'plan.';
export const replayPrefix = 'replay.';

/**
 * An attempt as a replay reads it, and as `longhaul run export` writes it: all that another attempt needs, so that
 * it can be made after Temporal has forgotten the run.
 */
export interface AttemptRecord {
  readonly format: 'longhaul.attempt/1';
  readonly runId: string;
  readonly attemptId: string;
  /** Temporal's run id of the run's first attempt, of which markers are made. */
  readonly firstAttemptId: string;
  /** Of a fork: the runs that it was forked from, the nearest first. */
  readonly origins?: readonly RunOrigin[];
  readonly pipeline: string;
  /** Of a run of a document, that document. */
  readonly document?: PipelineDocument;
  readonly connection: string;
  readonly input: Json;
  /** Of the run’s first attempt, where this is another and that one is still known. */
  readonly firstInput?: Json;
  /** Of the input that the run's key was first used with. */
  readonly inputDigest: string;
  readonly trigger: Trigger;
  readonly status: RunStatus;
  readonly failure?: Failure & { readonly step?: string };
  readonly steps: readonly Step[];
  /** Steps that attempts before this one have begun, in the generation that it has gone on with. */
  readonly begun?: readonly string[];
  /** What served before a retraining deployed, where it or an attempt before has asked; `null` when nothing did. */
  readonly replaced?: ServingVersion | null;
  readonly startedAt: string;
  /** Of the run’s first attempt, where this is another. */
  readonly firstStartedAt?: string;
  readonly endedAt?: string;
  readonly lineage?: Lineage;
  /** Who is told of what, as the run was started. */
  readonly notify?: RunStart<unknown>['notify'];
  /** The worker's build that ran it, where Temporal knows it. */
  readonly buildId?: string;
  /** Why this is less than whole. */
  readonly notice?: string;
}

/** What an operator asks for. With nothing but the run, it is continued from the step that failed. */
export interface ReplayRequest {
  readonly runId: string;
  /** Every step from this one on is run again, also one that had finished. */
  readonly from?: string | undefined;
  /** New values of the input, by path: `train.command`. */
  readonly set?: Readonly<Record<string, Json>> | undefined;
  /** Outputs supplied for steps, which run nothing; `null` for a step whose output no later step needs. */
  readonly skip?: Readonly<Record<string, Json>> | undefined;
  /** Steps that make a new effect although an earlier one could be adopted or reused. */
  readonly fresh?: readonly string[] | undefined;
  /** End an attempt that is under way first. A parked one is ended without being asked. */
  readonly stopFirst?: boolean | undefined;
  /** The key of a new run that goes on instead; this one stays as it is. */
  readonly forkTo?: string | undefined;
  /** Of a run of a document that is configured: goes on by that document as it is now. */
  readonly definition?: 'latest' | undefined;
  /** What that is; the client finds it. */
  readonly document?: PipelineDocument | undefined;
  /** The attempt to go on from where Temporal does not know the run any more. */
  readonly exported?: AttemptRecord | undefined;
}

/** A request to a platform that will create or change something. */
export interface PlannedCall {
  /** `<group>.<endpoint>` of the contract: `jobs.start`. */
  readonly endpoint: string;
  /** What it is about, in a few words. */
  readonly on: string;
}

/**
 * `reused`: finished before, runs nothing. `supplied`: the operator gives its output. `skipped`: not in the input.
 * `dropped`: the new attempt does not go on with it, and what it left running is stopped.
 * `adopted`: its effect is on the platform, running or finished, and is taken over. `run`: runs again.
 * `clean`: what it left running is stopped first, then it runs again.
 */
export type PlannedAction = 'reused' | 'supplied' | 'skipped' | 'adopted' | 'run' | 'clean' | 'dropped';

/** Where a step acts, by the names that calls have for it which undo what it makes. */
export type WhereActing = Readonly<Record<string, string>>;

export interface PlannedStep {
  readonly name: string;
  readonly action: PlannedAction;
  /** In one line. */
  readonly why: string;
  /** Of reused and supplied steps. */
  readonly output?: Json;
  /** Of adopted steps. */
  readonly adopts?: RemoteReference;
  /** What is stopped first. */
  readonly cleans: readonly PlannedCall[];
  /** What running it will create or change. */
  readonly calls: readonly PlannedCall[];
  /** Of its effect; above 1 an earlier one is left behind. */
  readonly generation: number;
  /** Where it acts now; `null` where no attempt before has acted. Left out, that is not known. */
  readonly at?: WhereActing | null;
  /** How long it took in past runs that succeeded. */
  readonly minutes?: { readonly p50: number; readonly p90: number; readonly runs: number };
}

/** A step that is planned, and what is known of it for those that come after. */
export interface Planned {
  readonly step: PlannedStep;
  /** Of a step that is done for each item, where its items are known. */
  readonly items?: readonly PlannedStep[];
  /** Left out: it will be known when the step has run. */
  readonly output?: Json | undefined;
  /** Whether those who read its output must run again. */
  readonly changed: boolean;
  /** Whether what it had made cannot be used any more. */
  readonly lost?: boolean;
  /** What of that which it would be made from is not as it was. */
  readonly differs?: readonly string[];
  readonly warning?: string;
}

/** What a worker of another connection is asked: what one step of a replay will do there. */
export interface StepPlanAsked {
  readonly connection: string;
  readonly request: ReplayRequest;
  /** The attempt that the replay goes on from. */
  readonly attemptId: string;
  readonly step: string;
  /** By name: what is known of the steps that it needs and reads. */
  readonly before: Readonly<Record<string, Pick<Planned, 'output' | 'changed'>>>;
}

/** The answer: the step, or what stands in the way of the replay. */
export type StepPlanOutcome = { readonly planned: Planned } | { readonly refused: Refused };

/** What stands in the way, with the faults of the edited input, by JSON Pointer into it. */
export type Refused = Failure & { readonly fields?: readonly FieldFault[] };

/** The Temporal workflow type that asks, and what every id of one begins with. */
export const planStepWorkflow = 'planStep';
export const planStepPrefix = 'plan-step.';

/** Something that is not as it was at the first attempt. */
export interface Difference {
  readonly what: 'input' | 'definition' | 'code' | 'environment';
  readonly detail: string;
}

export interface ReplayPlan {
  /** Stands for all that will be done; `apply` does that and nothing else. */
  readonly hash: string;
  /** What was asked for. */
  readonly request: ReplayRequest;
  /** The run that goes on: of a fork, the new one. */
  readonly runId: string;
  /** The attempt that it goes on from. */
  readonly of: {
    readonly runId: string;
    readonly attemptId: string;
    readonly status: RunStatus;
  };
  readonly pipeline: string;
  readonly connection: string;
  /** Edited, and checked. */
  readonly input: Json;
  readonly steps: readonly PlannedStep[];
  /** Names of the steps under `finally`: every attempt does them anew at its end, whatever becomes of it. */
  readonly finally?: readonly string[];
  readonly differences: readonly Difference[];
  /** What an operator should know before applying it. */
  readonly warnings: readonly string[];
}

/** Who replays, why, and by which plan: part of the new attempt for good. */
export interface Replaying {
  readonly plan: string;
  readonly by: string;
  /** All that whoever replays is known by. */
  readonly ids?: readonly string[] | undefined;
  /** The pipelines whose runs on the connection whoever replays may cancel; left out, that of the run. */
  readonly mayCancel?: readonly string[] | undefined;
  readonly reason: string;
  readonly campaign?: string | undefined;
}

/** The new attempt. */
export interface Replayed {
  readonly runId: string;
  readonly attemptId: string;
  readonly plan: string;
}

/** One of several plans: the plan, or why there is none. */
export type PlanOutcome =
  | { readonly runId: string; readonly plan: ReplayPlan }
  | { readonly runId: string; readonly refused: Refused };

/** The argument of the workflow that performs a replay; `planReplay` takes it without `replaying`. */
export interface ReplayStart {
  readonly connection: string;
  readonly request: ReplayRequest;
  readonly replaying: Replaying;
}

/** Temporal workflow types. */
export const planWorkflow = 'planReplay';
export const replayWorkflow = 'replayRun';
