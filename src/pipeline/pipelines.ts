/** The pipelines: their workflow, their steps in order, and what each step's output must hold. */
import type {
  BuildOutput,
  DeploymentOutput,
  EnvironmentOutput,
  JobOutput,
  LiveModel,
  RegistrationOutput,
  RevisionOutput,
  ServingVersion,
  WatchOutput,
} from './effects.js';
import type { Verdict } from './gate.js';
import type { PipelineName } from './inputs.js';
import { type OutputKind, isOfKind, sayKind } from './output-kinds.js';
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
  deploy: DeploymentOutput & { readonly previous: ServingVersion | null };
  watch: WatchOutput;
};

/** What an output must be that a person supplies or a file names. */
export interface OutputRule {
  /** What later steps read: without it a run would stop half-way. */
  readonly holds: Readonly<Record<string, OutputKind>>;
  /** What they read if it is there. */
  readonly mayHold?: Readonly<Record<string, OutputKind>>;
  /** Whether the pipeline goes on without it: then `null` stands for it where it was passed over. */
  readonly optional: boolean;
}

interface RuleOf<Output> extends Pick<OutputRule, 'optional'> {
  readonly holds: { readonly [K in keyof Output]?: OutputKind };
  readonly mayHold?: { readonly [K in keyof Output]?: OutputKind };
}

type Steps<Outputs> = { readonly [S in keyof Outputs]: RuleOf<Outputs[S]> };

const trainAndDeploy = {
  environment: {
    holds: { environmentId: 'an id', revisionId: 'an id or null', created: 'true or false' },
    mayHold: { name: 'a text', image: 'a text or null' },
    optional: true,
  },
  revision: {
    holds: { environmentId: 'an id', revisionId: 'an id', created: 'true or false' },
    mayHold: { builtImage: 'a text' },
    optional: true,
  },
  build: { holds: { revisionId: 'an id' }, mayHold: { image: 'a text or null' }, optional: true },
  train: {
    holds: {
      projectId: 'an id',
      jobId: 'an id',
      metrics: 'an object of numbers',
      experimentRunId: 'an id or null',
      outputCommitId: 'an id or null',
    },
    mayHold: {
      notNumbers: 'an object of texts',
      metricsLeftOut: 'a number',
      commitId: 'a text or null',
      revisionId: 'a text or null',
      logTail: 'a list of texts',
    },
    optional: false,
  },
  gate: { holds: { verdicts: 'a list of objects with condition' }, optional: true },
  register: { holds: { model: 'an id', version: 'a number' }, optional: true },
  deploy: {
    holds: { modelApiId: 'an id', versionId: 'an id' },
    mayHold: { number: 'a number or null' },
    optional: true,
  },
} satisfies Steps<TrainAndDeployOutputs>;

const retrain = {
  decide: {
    holds: { verdict: ['retrain', 'skip', 'undecided', 'busy'], reason: 'a text' },
    mayHold: { evidence: 'a list of objects with condition' },
    optional: false,
  },
  environment: trainAndDeploy.environment,
  revision: trainAndDeploy.revision,
  build: trainAndDeploy.build,
  train: trainAndDeploy.train,
  gate: trainAndDeploy.gate,
  compare: { holds: { better: 'true or false' }, optional: true },
  register: { ...trainAndDeploy.register, optional: false },
  approve: { holds: { decision: ['approved', 'rejected', 'expired'] }, optional: true },
  deploy: {
    holds: { modelApiId: 'an id', versionId: 'an id' },
    mayHold: { number: 'a number or null', previous: 'an object with modelApiId and versionId or null' },
    optional: false,
  },
  watch: { holds: { well: 'true or false' }, optional: true },
} satisfies Steps<RetrainOutputs>;

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
  /** In order; each with what its output must be. */
  readonly steps: Readonly<Record<string, OutputRule>>;
}

export const pipelines: Readonly<Record<PipelineName, PipelineDefinition>> = {
  'train-and-deploy': { workflow: 'trainAndDeploy', overlap: 'skip', steps: trainAndDeploy },
  retrain: { workflow: 'retrain', overlap: 'allow-all', steps: retrain },
};

/** Whether a string names a pipeline. */
export const isPipeline = (name: string): name is PipelineName => Object.hasOwn(pipelines, name);

/** What is wrong with an output that a person supplies for a step; `null` when nothing is. */
export function outputFault(definition: PipelineDefinition, step: string, output: Json): string | null {
  const rule = ruleOf(definition, step);
  if (rule === null)
    return `there is no step "${step}"; the steps are ${Object.keys(definition.steps).join(', ')}`;
  if (output === null || typeof output !== 'object' || Array.isArray(output))
    return 'the output must be a JSON object';
  const values = new Map(Object.entries(output as { readonly [key: string]: Json }));
  const missing = Object.keys(rule.holds).filter((key) => !values.has(key));
  if (missing.length > 0) return `the output of "${step}" lacks ${missing.join(', ')}`;
  const unfit = Object.entries({ ...rule.holds, ...rule.mayHold }).find(([key, kind]) => {
    const value = values.get(key);
    return value !== undefined && !isOfKind(value, kind);
  });
  return unfit === undefined ? null : `in the output of "${step}", ${unfit[0]} must be ${sayKind(unfit[1])}`;
}

/** The same where a step may have been passed over: `null` stands for the output of one that the pipeline can do without. */
export function passedOverFault(definition: PipelineDefinition, step: string, output: Json): string | null {
  if (output !== null || ruleOf(definition, step) === null) return outputFault(definition, step, output);
  return ruleOf(definition, step)?.optional === true ? null : `the output of "${step}" cannot be left out`;
}

const ruleOf = ({ steps }: PipelineDefinition, step: string): OutputRule | null =>
  Object.hasOwn(steps, step) ? (steps[step] ?? null) : null;

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
