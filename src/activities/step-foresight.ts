/** What each step of a pipeline would do on the platform if it ran now. */
import { ApplicationFailure } from '@temporalio/common';
import type {
  BuildOutput,
  DeploymentStart,
  Effect,
  EnvironmentOutput,
  JobOutput,
  RegistrationOutput,
  RevisionOutput,
} from '../pipeline/effects.js';
import { compareMetrics, missingMetric } from '../pipeline/comparison.js';
import { LonghaulError } from '../pipeline/errors.js';
import { judgeGate, metricsNamed } from '../pipeline/gate.js';
import type { RetrainInput, TrainAndDeployInput } from '../pipeline/inputs.js';
import { namedMetrics, neededStats } from '../pipeline/named-metrics.js';
import type { PlannedCall } from '../pipeline/replays.js';
import type { Json, RemoteReference } from '../pipeline/steps.js';
import type { ForeseenEffects, Foresight } from './foresight.js';
import { createProjectIds } from './projects.js';

/** What is known when a step is foreseen. */
export interface Known {
  /** The beginning of its effects' arguments, with its generation. */
  readonly effect: Effect;
  readonly input: TrainAndDeployInput & Partial<Pick<RetrainInput, 'compare' | 'when'>>;
  /** Outputs of earlier steps, as far as they are known before the replay. */
  readonly outputs: Readonly<Record<string, Json | undefined>>;
}

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

type Foresee = (foresight: Foresight, known: Known) => Promise<StepForesight>;

const runs = (why: string, calls: readonly PlannedCall[] = []): StepForesight => ({ why, calls });
const calling = (endpoints: readonly string[], on: string): PlannedCall[] =>
  endpoints.map((endpoint) => ({ endpoint, on }));

const environment: Foresee = async ({ foresee }, { effect, input }) => {
  const spec = input.environment;
  if (spec === undefined) return runs('not in the input');
  if ('id' in spec) {
    const { connection } = effect;
    const found = await foresee((effects) => effects.getEnvironment({ connection, environmentId: spec.id }));
    return {
      why: `environment ${spec.id} is there`,
      calls: [],
      ...(found.answer && { output: found.answer }),
    };
  }
  const { answer, endpoints } = await foresee((effects) =>
    effects.ensureEnvironment({ ...effect, ...spec, dockerfile: input.revision?.dockerfile }),
  );
  if (answer === null) return runs(`there is no environment ${spec.name}`, calling(endpoints, spec.name));
  return {
    why: `environment ${spec.name} is there`,
    calls: calling(endpoints, spec.name),
    adopts: { kind: 'environment', id: answer.environmentId },
    output: answer,
  };
};

const revision: Foresee = async (foresight, { effect, input, outputs }) => {
  const dockerfile = input.revision?.dockerfile ?? '';
  const made = outputs['environment'] as EnvironmentOutput | undefined; // the output of that step
  if (made === undefined) return runs('the first revision of the new environment has its instructions');
  const { answer, endpoints } = await foresight.foresee((effects) =>
    effects.ensureRevision({ ...effect, environment: made, dockerfile }),
  );
  const calls = calling(endpoints, `environment ${made.name}`);
  if (answer === null) return runs('no revision has these instructions', calls);
  const { environmentId, revisionId, number } = answer;
  const adopted = { calls, adopts: { kind: 'revision', id: revisionId }, output: answer } as const;
  const seen = await look(foresight, (effects) =>
    effects.awaitBuild({ connection: effect.connection, environmentId, revisionId }),
  );
  if (seen.state === 'dead') return { ...adopted, why: seen.why, dead: seen.why };
  return { ...adopted, why: `revision ${number} has these instructions` };
};

const build: Foresee = async (foresight, { effect, outputs }) => {
  const made = outputs['environment'] as EnvironmentOutput | null | undefined; // outputs of these very steps
  const added = outputs['revision'] as RevisionOutput | null | undefined;
  if (added === undefined) return runs('the new revision is built');
  const revisionId = added?.revisionId ?? made?.revisionId;
  const environmentId = added?.environmentId ?? made?.environmentId;
  if (revisionId == null || environmentId == null) return runs('the first revision is built');
  const adopts = { kind: 'revision', id: revisionId } as const;
  const seen = await look(foresight, (effects) =>
    effects.awaitBuild({ connection: effect.connection, environmentId, revisionId }),
  );
  if (seen.state === 'dead') {
    if (effect.origin.generation === 1) return { why: seen.why, calls: [], adopts, dead: seen.why };
    const { endpoints } = await foresight.foresee((effects) =>
      effects.ensureBuilding({ ...effect, environmentId, revisionId }),
    );
    return runs('it is built once more', calling(endpoints, `revision ${revisionId}`));
  }
  return seen.state === 'finished'
    ? { why: `revision ${revisionId} is built`, calls: [], adopts, output: seen.output }
    : { why: seen.why, calls: [], adopts };
};

const train: Foresee = async (foresight, { effect, input, outputs }) => {
  const on = `project ${input.project}`;
  const made = outputs['environment'] as EnvironmentOutput | null | undefined; // outputs of these very steps
  const built = outputs['build'] as BuildOutput | null | undefined;
  if (made === undefined || built === undefined)
    return runs('its environment is made first', calling(['jobs.start'], on));
  const { logLines, within: _, ...spec } = input.train;
  const title = spec.title ?? effect.origin.runId;
  const revisionId = built?.revisionId;
  const environmentId = made?.environmentId;
  const found = await foresight.foresee((effects) =>
    effects.ensureJob({ ...effect, ...spec, project: input.project, title, environmentId, revisionId }),
  );
  const job = found.answer;
  if (job === null) return runs('no job carries its marker', calling(found.endpoints, on));
  const adopts = { kind: 'job', id: job.jobId, link: job.link } as const;
  const { status } = (await foresight.deps.domino.jobs.get({ path: { jobId: job.jobId } })).job;
  if (isStopping(status.executionStatus))
    return {
      why: `job ${job.number} is ${status.executionStatus}`,
      calls: [],
      adopts,
      dead: `job ${job.number} was stopped`,
    };
  const metrics = neededStats(input);
  const seen = await look(foresight, (effects) =>
    effects.awaitJob({ ...effect, job, logLines, revisionId, metrics }),
  );
  return taken(seen, adopts, `job ${job.number} has succeeded`);
};

/** Judged now where the metrics are known: what would be refused again is said before anything is done. */
const gate: Foresee = async ({ foresee }, { input, outputs }) => {
  const job = outputs['train'] as JobOutput | undefined; // the output of that step
  if (input.gate === undefined || job === undefined) return runs('judges what the training will measure');
  const { connection, project, deploy } = input;
  const { baseline, conditions } = input.gate;
  const modelApi = deploy?.modelApi ?? '';
  const metrics = metricsNamed(conditions);
  const live =
    baseline === 'live'
      ? (await foresee((effects) => effects.getLiveModel({ connection, project, modelApi, metrics }))).answer
      : null;
  const numbers = typeof baseline === 'object' ? baseline : null;
  const { failure } = judgeGate(conditions, job, live ?? (numbers && { metrics: numbers }));
  if (failure !== null)
    throw new LonghaulError(
      'REPLAY_INVALID',
      `gate: it would refuse the same model again: ${failure.message}. Train anew with --from train, change the gate with --set gate.conditions.0=…, or pass it over with --skip gate`,
    );
  return runs('the metrics of the job hold its conditions');
};

const register: Foresee = async ({ foresee }, { effect, input, outputs }) => {
  const spec = input.register;
  const job = outputs['train'] as JobOutput | undefined; // the output of that step
  const experimentRunId = spec?.experimentRunId ?? job?.experimentRunId;
  if (spec === undefined) return runs('not in the input');
  const call = calling(['registeredModels.register'], spec.model);
  if (job !== undefined && experimentRunId == null)
    throw new LonghaulError(
      'REPLAY_INVALID',
      `register: job ${job.number} named no MLflow run; name it with --set register.experimentRunId=…, or train anew with --from train`,
    );
  if (experimentRunId == null) return runs('registers what the training will make', call);
  const { answer, endpoints } = await foresee((effects) =>
    effects.ensureModelVersion({ ...effect, ...spec, experimentRunId }),
  );
  if (answer === null)
    return runs('the registry has no version of this training', calling(endpoints, spec.model));
  const id = `${answer.model}/${answer.version}`;
  return {
    why: `version ${answer.version} is registered`,
    calls: [],
    adopts: { kind: 'modelVersion', id },
    output: answer,
  };
};

const deploy: Foresee = async (foresight, { effect, input, outputs }) => {
  const spec = input.deploy;
  if (spec === undefined) return runs('not in the input');
  const { modelApi: name, source, environmentId, ...rest } = spec;
  const made = outputs['environment'] as EnvironmentOutput | null | undefined; // outputs of these very steps
  const job = outputs['train'] as JobOutput | undefined;
  const registered = outputs['register'] as RegistrationOutput | null | undefined;
  const found = await foresight.foresee(async (effects) =>
    effects.ensureModelApiVersion({
      ...effect,
      ...rest,
      name,
      projectId: await createProjectIds(foresight.deps.domino)(input.project),
      environmentId: environmentId ?? made?.environmentId ?? '',
      source: source ?? registered ?? { model: input.register?.model ?? '', version: 0 },
      commitId: job?.outputCommitId ?? undefined,
    }),
  );
  if (found.answer === null) return runs(`deploys to ${name}`, calling(found.endpoints, name));
  const deployment: DeploymentStart = found.answer;
  const { modelApiId, versionId } = deployment;
  const adopts = { kind: 'modelApiVersion', id: versionId, link: deployment.link } as const;
  const version = await foresight.deps.domino.modelApis.getVersion({ path: { modelApiId, versionId } });
  if (isStopping(version.deployment?.status ?? ''))
    return {
      why: 'it is stopped',
      calls: [],
      adopts,
      dead: `version ${deployment.number ?? versionId} was stopped`,
    };
  const seen = await look(foresight, (effects) =>
    effects.awaitModelApiVersion({ connection: effect.connection, deployment }),
  );
  return taken(seen, adopts, `version ${deployment.number ?? deployment.versionId} serves`);
};

/** Compared now where the metrics are known, for the same reason. */
const compare: Foresee = async ({ foresee }, { input, outputs }) => {
  const job = outputs['train'] as JobOutput | undefined; // the output of that step
  const spec = input.compare;
  const modelApi = input.deploy?.modelApi;
  if (spec === undefined || modelApi === undefined || job === undefined)
    return runs('compares what the training will measure with the live model');
  const { connection, project } = input;
  const metrics = namedMetrics(input);
  const live = await foresee((effects) => effects.getLiveModel({ connection, project, modelApi, metrics }));
  const failure = missingMetric(spec, job);
  const compared = failure ?? compareMetrics(spec, job, live.answer);
  if ('code' in compared)
    throw new LonghaulError(
      'REPLAY_INVALID',
      `compare: it would fail as before: ${compared.message}. Train anew with --from train, or compare by another metric with --set compare.metric=…`,
    );
  return { ...runs('compares with the live model'), output: compared };
};

const computed =
  (why: string): Foresee =>
  () =>
    Promise.resolve(runs(why));

/** By step. */
export const stepForesights: Readonly<Record<string, Foresee>> = {
  decide: computed('decides anew'),
  environment,
  revision,
  build,
  train,
  gate,
  compare,
  register,
  approve: computed('asks for approval'),
  deploy,
  watch: computed('watches the new version'),
};

/** What is there, by how far it has come. */
const taken = (seen: Seen<Json>, adopts: RemoteReference, whyFinished: string): StepForesight => ({
  why: seen.state === 'finished' ? whyFinished : seen.why,
  calls: [],
  adopts,
  ...(seen.state === 'finished' && { output: seen.output }),
  ...(seen.state === 'dead' && { dead: seen.why }),
});

/** On its way to an end that no wait should be begun for. */
const isStopping = (status: string): boolean => /^stop/i.test(status);

type Seen<T> =
  | { readonly state: 'finished'; readonly output: T }
  | { readonly state: 'under way' | 'dead'; readonly why: string };

/** Ends that an effect has come to; any other failure is one of looking. */
const deaths: readonly string[] = [
  'BUILD_FAILED',
  'BUILD_CANCELLED',
  'JOB_FAILED',
  'JOB_STOPPED',
  'JOB_BROKEN',
  'JOB_ON_OTHER_REVISION',
  'DEPLOYMENT_FAILED',
];

/** One look of an await: what it would have waited for. */
async function look<T extends Json>(
  { foresee }: Foresight,
  perform: (effects: ForeseenEffects) => Promise<T>,
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
