/** The pipelines: their workflow, their steps in order, and what each step's output must hold. */
import type {
  BuildOutput,
  DeploymentOutput,
  EnvironmentOutput,
  JobOutput,
  LiveModel,
  RegistrationOutput,
  RevisionOutput,
  WatchOutput,
} from './effects.js';
import type { Verdict } from './gate.js';
import type { PipelineName } from './inputs.js';
import type { ApprovalOutput, Comparison, Decision, Outcome } from './retraining.js';
import type { Json } from './steps.js';

/** What the gate decided, and by what. */
export type GateOutput = {
  readonly verdicts: readonly Verdict[];
  readonly baseline: LiveModel | 'numbers' | null;
};

/** Outputs of the steps of `train-and-deploy`. */
export type TrainAndDeployOutputs = {
  environment: EnvironmentOutput;
  revision: RevisionOutput;
  build: BuildOutput;
  train: JobOutput;
  gate: GateOutput;
  register: RegistrationOutput;
  deploy: DeploymentOutput;
};

/** Outputs of the steps of `retrain`. */
export type RetrainOutputs = Omit<TrainAndDeployOutputs, 'deploy'> & {
  decide: Decision;
  compare: Comparison;
  approve: ApprovalOutput;
  deploy: DeploymentOutput;
  watch: WatchOutput;
};

/** Keys that an output must have when a person supplies it: those that later steps read. */
type Steps<Outputs> = { readonly [S in keyof Outputs]: readonly (keyof Outputs[S])[] };

const trainAndDeploy: Steps<TrainAndDeployOutputs> = {
  environment: ['environmentId', 'revisionId', 'created'],
  revision: ['environmentId', 'revisionId', 'created'],
  build: ['revisionId'],
  train: ['projectId', 'jobId', 'metrics', 'experimentRunId', 'outputCommitId'],
  gate: ['verdicts'],
  register: ['model', 'version'],
  deploy: ['modelApiId', 'versionId'],
};

const retrain: Steps<RetrainOutputs> = {
  decide: ['verdict', 'reason'],
  environment: trainAndDeploy.environment,
  revision: trainAndDeploy.revision,
  build: trainAndDeploy.build,
  train: trainAndDeploy.train,
  gate: trainAndDeploy.gate,
  compare: ['better'],
  register: trainAndDeploy.register,
  approve: ['decision'],
  deploy: trainAndDeploy.deploy,
  watch: ['well'],
};

/** What happens when a schedule ticks while its last run goes on. */
export const overlaps = [
  'skip',
  'buffer-one',
  'buffer-all',
  'cancel-other',
  'terminate-other',
  'allow-all',
] as const;
export type Overlap = (typeof overlaps)[number];

/** A backfill of a schedule that would start more runs than this must be asked for expressly. */
export const usualBackfillMax = 100;

export interface PipelineDefinition {
  /** The Temporal workflow type. */
  readonly workflow: string;
  /** Of schedules that state none. */
  readonly overlap: Overlap;
  /** In order; each with the keys its output must have. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
}

export const pipelines: Readonly<Record<PipelineName, PipelineDefinition>> = {
  'train-and-deploy': { workflow: 'trainAndDeploy', overlap: 'skip', steps: trainAndDeploy },
  retrain: { workflow: 'retrain', overlap: 'allow-all', steps: retrain },
};

/** Whether a string names a pipeline. */
export const isPipeline = (name: string): name is PipelineName => Object.hasOwn(pipelines, name);

/** What is wrong with an output that a person supplies for a step; `null` when nothing is. */
export function outputFault(definition: PipelineDefinition, step: string, output: Json): string | null {
  const keys = definition.steps[step];
  if (keys === undefined)
    return `there is no step "${step}"; the steps are ${Object.keys(definition.steps).join(', ')}`;
  if (output === null || typeof output !== 'object' || Array.isArray(output))
    return 'the output must be a JSON object';
  const missing = keys.filter((key) => !(key in output));
  return missing.length === 0 ? null : `the output of "${step}" lacks ${missing.join(', ')}`;
}

/** What `train-and-deploy` hands over: every id, image, metric and time of the release. */
export type Release = {
  readonly project: string;
  readonly environment: EnvironmentOutput | null;
  readonly revision: { readonly id: string; readonly image: string | null } | null;
  readonly job: JobOutput;
  readonly gate: GateOutput | null;
  readonly registered: RegistrationOutput | null;
  readonly deployment: DeploymentOutput | null;
};

/** What `retrain` hands over. Parts that it did not come to are `null`. */
export type Retraining = {
  readonly outcome: Outcome;
  /** In one line. */
  readonly conclusion: string;
  readonly decision: Decision;
  readonly comparison: Comparison | null;
  readonly approval: ApprovalOutput | null;
  readonly release: Release | null;
};
