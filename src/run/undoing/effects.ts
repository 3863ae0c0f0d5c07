/**
 * The port between workflows and activities, as far as any platform has it; a wing states its own beside its steps
 * (`effects.ts`). Signatures only, so that no type of an activity file, and with it Node's types, enters
 * workflow code.
 *
 * `ensure…` finds or creates and returns ids at once; `await…` looks until an end is reached; `stop…`, `cancel…`
 * and `archive…` undo and are safe to repeat. Failures carry a code of `errors.ts`.
 */
import type { PlanTotals, PlannedRun, RunVerdict } from '../replays/campaigns.js';
import type { ChildEffects } from '../child-runs.js';
import type { Doubt, Effect, ServingVersion } from './effect.js';
import type { Measured } from '../retraining/metrics.js';
import type { Finding, Preflight, PreflightAsked } from '../inputs/preflight.js';
import type {
  PlanOutcome,
  ReplayPlan,
  ReplayRequest,
  Replayed,
  Replaying,
  StepPlanAsked,
  StepPlanOutcome,
} from '../replays/replays.js';
import type { RunAsked, RunFacts } from '../run-facts.js';
import type { RequestEffects } from '../documents/requests.js';
import type { Cleanup, Delivery } from '../steps.js';

export type { Doubt, Effect, ServingVersion };

/** Of an effect that may be the first of its run. */
export interface First {
  /** What the input names: it is looked up before anything is made. */
  readonly preflight?: Preflight | undefined;
}

/** Where a new environment comes from. */
export type EnvironmentBase =
  { readonly image: string } | { readonly environmentId: string } | { readonly duplicateOf: string };

export interface EnvironmentSpec {
  readonly name: string;
  readonly base: EnvironmentBase;
  /** Instructions of the first revision, so that a new environment builds once, not twice. */
  readonly dockerfile?: string | undefined;
  /** Use an environment of this name that Longhaul did not make. */
  readonly adopt?: boolean | undefined;
}

export type EnvironmentOutput = Doubt & {
  readonly environmentId: string;
  readonly name: string;
  /** The image that its revisions build on, where the run knows it. */
  readonly image: string | null;
  /** The revision that a job would run on: a new environment’s first, else the active one. */
  readonly revisionId: string | null;
  /** Whether this run made it. */
  readonly created: boolean;
};

export type RevisionOutput = Doubt & {
  readonly environmentId: string;
  readonly revisionId: string;
  readonly number: number;
  /** Whether this run made it; else its content was what is asked. */
  readonly created: boolean;
  /** Given where it was found already built: nothing is left to await. */
  readonly builtImage?: string;
};

export type BuildOutput = { readonly revisionId: string; readonly image: string | null };

/** The right of one run at a time to train and deploy a model, by the key of `holdKeyOf`. */
export interface Hold {
  readonly key: string;
  /** The attempt that asks, where that goes on in another execution of Temporal than its first; left out, the execution. */
  readonly attemptId?: string;
}

export interface JobSpec {
  /** Refuses as `MODEL_BUSY` while another run has it. */
  readonly hold?: Hold | undefined;
  /** `owner/name`. */
  readonly project: string;
  readonly command: string;
  readonly title: string;
  readonly environmentId?: string | undefined;
  /** Pinned: without it a platform runs the active revision, not the one just built. */
  readonly revisionId?: string | undefined;
  readonly hardwareTier?: string | undefined;
  readonly commitId?: string | undefined;
  readonly gitRef?:
    | { readonly type: 'head' | 'commitId' | 'tags' | 'branches'; readonly value?: string | undefined }
    | undefined;
}

export type JobStart = Doubt & {
  readonly projectId: string;
  readonly jobId: string;
  readonly number: number;
  readonly link: string;
};

export type JobOutput = JobStart &
  Measured & {
    readonly commitId: string | null;
    readonly outputCommitId: string | null;
    readonly revisionId: string | null;
    /** The MLflow run that holds the model, if the training said so. */
    readonly experimentRunId: string | null;
    /** What the training wrote in its place, which is no id of one. Left out where it is one, or none was written. */
    readonly notAnExperimentRun?: string;
    readonly startedAt: string | null;
    readonly completedAt: string | null;
    /** The last lines of the log, oldest first; none where it cannot be read. */
    readonly logTail: readonly string[];
    /** Why the log, or its end, could not be read. */
    readonly logNotice?: string;
    /** Jobs with the same marker that were found later and stopped. */
    readonly duplicatesStopped: number;
  };

/** What was last deployed to a model API, whatever its state. */
export type LiveModel = Measured & {
  readonly modelApiVersionId: string;
  readonly model: string;
  readonly modelVersion: number;
  /** When the job began that trained it, and on which commit of the project; ISO 8601, UTC. */
  readonly trainedAt: string | null;
  readonly commitId: string | null;
};

export interface RegistrationSpec {
  readonly model: string;
  readonly description?: string | undefined;
  readonly experimentRunId: string;
  readonly artifactPath?: string | undefined;
  /** Ids that only the input names: nobody has seen what they stand for. */
  readonly given?: readonly string[] | undefined;
}

export type RegistrationOutput = Doubt & {
  readonly model: string;
  readonly version: number;
  readonly created: boolean;
};

export interface DeploymentSpec {
  /** Refuses as `MODEL_BUSY` while another run has it. */
  readonly hold?: Hold | undefined;
  readonly name: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly source:
    | { readonly model: string; readonly version: number }
    | { readonly file: string; readonly function: string };
  readonly commitId?: string | undefined;
  readonly hardwareTier?: string | undefined;
  readonly replicas?: number | undefined;
  readonly description?: string | undefined;
  /** Ids that only the input names: nobody has seen what they stand for. */
  readonly given?: readonly string[] | undefined;
}

export type DeploymentStart = Doubt & {
  readonly modelApiId: string;
  readonly versionId: string;
  readonly number: number | null;
  /** The version that served before, for taking a deployment back. */
  readonly previousVersionId: string | null;
  /** Whether this run made the model API, not only a version of it. */
  readonly modelApiCreated: boolean;
  readonly link: string;
};

export type DeploymentOutput = DeploymentStart & {
  /** Where predictions are asked for. */
  readonly predictUrl: string;
};

/** Whether the run has the model to itself now; else who has, and why it will not be waited for. */
export type HoldOutput =
  { readonly held: true; readonly waited: boolean } | { readonly held: false; readonly reason: string };

/** How a new version did while it was watched. */
export type WatchOutput = {
  readonly well: boolean;
  readonly looks: number;
  /** What the last look saw. */
  readonly seen: string;
};

/** The effects that steps of any platform call. */
export interface Effects extends RequestEffects, ChildEffects {
  /** Waits until no other run has the model, or gives up at once, or cancels the one that has it. */
  awaitHold(of: {
    readonly connection: string;
    readonly hold: Hold;
    readonly runId: string;
    /** When the run started, ISO 8601: a run does not replace one that started after it. */
    readonly startedAt: string;
    readonly whenBusy: 'wait' | 'skip' | 'replace';
  }): Promise<HoldOutput>;
}

/** What a wing reads for those who know no platform; of a platform without models, nothing is asked that way. */
export interface ReadingEffects {
  /** `null` when the model API has no version, nor had one when looked at again. */
  getLiveModel(of: {
    connection: string;
    project: string;
    modelApi: string;
    /** Metrics that are kept before all others. */
    metrics?: readonly string[] | undefined;
  }): Promise<LiveModel | null>;
  /** Looks up what an input names. What cannot be looked up is said to be so. */
  lookUp(of: PreflightAsked): Promise<readonly Finding[]>;
  /** What the platform tells of a run, for comparing it with another. What cannot be read says why. */
  getRunFacts(of: RunAsked): Promise<RunFacts>;
}

/** What is sent to receivers of events. */
export interface Deliveries {
  /**
   * Sends an event once; a receiver that saw it before knows it by its id.
   *
   * Fails as `DELIVERY_FAILED`, for a while retryably.
   */
  ensureDelivered(delivery: Delivery): Promise<{ readonly status: number }>;
}

/** What plans and performs replays on one connection. */
export interface ReplayEffects {
  /** Plans replays of runs. Reads only; what refuses a replay is part of the answer. */
  planReplays(of: {
    readonly connection: string;
    readonly requests: readonly ReplayRequest[];
    /** The build whose workflow code will go on. */
    readonly buildId: string | undefined;
  }): Promise<readonly PlanOutcome[]>;
  /** Plans one step of a replay whose run acts elsewhere, too. Reads only. */
  planStep(of: StepPlanAsked): Promise<StepPlanOutcome>;
  /** Ends the attempt that a plan goes on from; what it has on the platform stays. Fails as `REPLAY_STALE`. */
  endAttempt(of: { readonly plan: ReplayPlan; readonly reason: string }): Promise<void>;
  /** Stops what a step of the ended attempt has left running. */
  cleanUp(of: {
    readonly request: ReplayRequest;
    readonly plan: ReplayPlan;
    readonly step: string;
  }): Promise<Cleanup>;
  /** Has the attempt cleaned up after that was ended for a new one, where there is no new one. */
  cleanUpCutOff(of: { readonly plan: ReplayPlan }): Promise<void>;
  /** Starts the new attempt, once. */
  startAttempt(of: {
    readonly request: ReplayRequest;
    readonly plan: ReplayPlan;
    readonly replaying: Replaying;
  }): Promise<Replayed>;
}

/** What campaigns need of one connection. */
export interface CampaignEffects {
  /** Plans a batch of replays; of the plans themselves only their hashes and what they come to are told. */
  planCampaign(of: {
    readonly connection: string;
    readonly runIds: readonly string[];
    /** The build whose workflow code will go on. */
    readonly buildId: string | undefined;
  }): Promise<{ readonly runs: readonly PlannedRun[]; readonly totals: PlanTotals }>;
  /** Waits until runs of a campaign have ended or parked; those that it awaits, it is asked for itself. */
  awaitVerdicts(of: {
    readonly connection: string;
    readonly campaign: string;
  }): Promise<readonly RunVerdict[]>;
}
