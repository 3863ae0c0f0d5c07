/** The steps from an environment to a deployed model, of which pipelines are made. */
import { patched } from '@temporalio/workflow';
import { deploymentOf } from '../pipeline/deployment-subject.js';
import type { Made } from '../pipeline/effect.js';
import type {
  BuildOutput,
  DeploymentOutput,
  DeploymentStart,
  Effects,
  EnvironmentOutput,
  Hold,
  JobOutput,
  JobStart,
  RegistrationOutput,
  RevisionOutput,
} from '../pipeline/effects.js';
import { parseDuration } from '../pipeline/durations.js';
import { judgeGate, metricsNamed } from '../pipeline/gate.js';
import type { TrainAndDeployInput } from '../pipeline/inputs.js';
import { type Naming, neededStats } from '../pipeline/named-metrics.js';
import { preflightOf } from '../pipeline/preflight.js';
import type { GateOutput, Release } from '../pipeline/pipelines.js';
import type { RemoteReference } from '../pipeline/steps.js';
import { fail, failureOf } from './failures.js';
import { holding } from './holding.js';
import type { StepContext, Steps } from './steps.js';
import type { Answered } from './undo.js';

/** A model that is trained and has passed its gate, if there is one. */
export type Trained = Omit<Release, 'registered' | 'deployment'>;

/** What training is made from: the input of either pipeline. */
type TrainingInput = TrainAndDeployInput & Naming;

/** environment → revision → build → train → gate. */
export async function trainModel(steps: Steps, effects: Effects, input: TrainingInput): Promise<Trained> {
  const environment = await steps.runIf(
    'environment',
    input.environment,
    (spec, step) => findEnvironment(effects, step, spec, input),
    ({ environmentId }) => [{ kind: 'environment', id: environmentId }],
  );
  archiveCarried(steps, environment, input);
  cancelFirstBuild(steps, environment);
  const revision = await steps.runIf(
    'revision',
    input.revision,
    (spec, step) => addRevision(effects, step, present('environment', environment), spec.dockerfile),
    ({ revisionId }) => [{ kind: 'revision', id: revisionId }],
  );
  const build = await steps.runIf('build', revision ?? firstRevision(environment), (which, step) =>
    awaitBuild(effects, step, which),
  );
  const job = await steps.run('train', (step) => train(effects, step, input, environment, build?.revisionId));
  const gate = await steps.runIf('gate', input.gate, (spec) => judgeModel(effects, input, spec, job));
  return {
    project: input.project,
    environment,
    revision: build && { id: build.revisionId, image: build.image },
    job,
    gate,
  };
}

function findEnvironment(
  effects: Effects,
  step: StepContext,
  spec: NonNullable<TrainAndDeployInput['environment']>,
  input: TrainingInput,
): Promise<EnvironmentOutput> {
  const preflight = preflightOf(input);
  if ('id' in spec)
    return effects.getEnvironment({ connection: step.effect.connection, environmentId: spec.id, preflight });
  const answered = step.undo('lasting', { undo: 'archiveEnvironment' });
  // Creating it begins to build its first revision.
  step.undo('running', { undo: 'cancelBuild' });
  const dockerfile = input.revision?.dockerfile;
  return effects.ensureEnvironment({ ...step.effect, ...spec, dockerfile, preflight }).then((environment) => {
    answered({ id: environment.environmentId }, environment);
    return environment;
  });
}

/** What an earlier attempt has made goes with this one, where the input says so. */
function archiveCarried(
  steps: Steps,
  environment: EnvironmentOutput | null,
  { cleanup }: Pick<TrainingInput, 'cleanup'>,
): void {
  if (!cleanup || !environment?.created || steps.carried('environment') === undefined) return;
  // replay-tested: 2026-11-29
  if (!patched('archive-carried')) return;
  const made = { id: environment.environmentId };
  steps.undoMade('environment', 'lasting', { undo: 'archiveEnvironment' }, made);
}

/** What was begun with the environment is built on while the run goes on with another revision, which hides it. */
function cancelFirstBuild(steps: Steps, environment: EnvironmentOutput | null): void {
  if (!environment?.created || environment.revisionId === null) return;
  const { environmentId, revisionId } = environment;
  const target = { undo: 'cancelBuild', environmentId, revisionId, ifMarked: true } as const;
  steps.undoMade('environment', 'running', target, { id: revisionId });
}

function addRevision(
  effects: Effects,
  step: StepContext,
  environment: EnvironmentOutput,
  dockerfile: string,
): Promise<RevisionOutput> {
  step.undo('running', { undo: 'cancelBuild', environmentId: environment.environmentId });
  return effects.ensureRevision({ ...step.effect, environment, dockerfile });
}

/** Without a revision in the input, the one that the environment would run a job on. */
const firstRevision = (environment: EnvironmentOutput | null): BuildTarget | null => {
  if (!environment?.revisionId) return null;
  const { environmentId, revisionId, created } = environment;
  return { environmentId, revisionId, created };
};

type BuildTarget = Pick<
  RevisionOutput,
  'environmentId' | 'revisionId' | 'created' | 'builtImage' | 'inDoubt'
>;

function awaitBuild(effects: Effects, step: StepContext, target: BuildTarget): Promise<BuildOutput> {
  const { environmentId, revisionId, created, builtImage, inDoubt } = target;
  if (created && inDoubt === true) undoLateBuild(step, environmentId);
  // The build of a revision that another run made is that run's to cancel.
  if (created)
    step.undo('running', { undo: 'cancelBuild', environmentId, revisionId })({ id: revisionId }, {});
  step.waiting(`revision ${revisionId} to build`, { kind: 'revision', id: revisionId });
  const { generation } = step.effect.origin;
  // Whoever found it saw it built: the step has named its revision, and is done.
  if (generation === 1 && builtImage !== undefined) return Promise.resolve({ revisionId, image: builtImage });
  if (generation > 1) return buildAgain(effects, step, target);
  const building = effects.awaitBuild({ connection: step.effect.connection, environmentId, revisionId });
  return created ? building : building.catch(unlessCancelled(() => buildAgain(effects, step, target)));
}

/** What was sent before may still add another revision, which is built as well. */
function undoLateBuild(step: StepContext, environmentId: string): Answered | null {
  const target = { undo: 'cancelBuild', environmentId } as const;
  // replay-tested: 2026-11-29
  return patched('late-build') ? step.undo('running', target, step.effectOf('revision')) : null;
}

/** The build of another run's revision is cancelled with that run: whoever needs it still begins it again. */
const unlessCancelled =
  (again: () => Promise<BuildOutput>, mayAgain = () => true) =>
  (error: unknown): Promise<BuildOutput> => {
    if (failureOf(error)?.code !== 'BUILD_CANCELLED' || !mayAgain()) throw error;
    // replay-tested: 2026-11-29
    if (!patched('build-again')) throw error;
    return again();
  };

/** How often a run begins a build again that others cancel. */
const mostRebuilds = 3;

/**
 * Builds it once more, unless another run does, which is waited for then. What is cancelled although this run has begun it
 * again, a run that had it built before may have cancelled late.
 */
async function buildAgain(
  effects: Effects,
  step: StepContext,
  target: BuildTarget,
  rebuilds = 0,
): Promise<BuildOutput> {
  const { environmentId, revisionId, created } = target;
  const begun = await effects.ensureBuilding({ ...step.effect, environmentId, revisionId });
  // A build that another run has begun is that one's to cancel.
  if (!created && begun?.rebuilt === true)
    step.undo('running', { undo: 'cancelBuild', environmentId, revisionId })({ id: revisionId }, {});
  const { connection } = step.effect;
  const building = effects.awaitBuild({ connection, environmentId, revisionId, rebuilt: true });
  if (created || begun === null) return building;
  const done = rebuilds + Number(begun.rebuilt);
  const isWorthAnother = (): boolean => {
    if (!begun.rebuilt) return true;
    if (done >= mostRebuilds) return false;
    // replay-tested: 2026-11-29
    if (!patched('build-again-own')) return false;
    return true;
  };
  return building.catch(unlessCancelled(() => buildAgain(effects, step, target, done), isWorthAnother));
}

function train(
  effects: Effects,
  step: StepContext,
  input: TrainingInput,
  environment: EnvironmentOutput | null,
  revisionId: string | undefined,
): Promise<JobOutput> {
  const {
    project,
    train: { logLines, within, ...spec },
  } = input;
  // Where there is an environment, its step was the first to do anything.
  const first = input.environment === undefined ? { preflight: preflightOf(input) } : {};
  const answered = step.undo('running', { undo: 'stopJobs', project });
  const started = (hold: Hold | undefined): Promise<JobStart> =>
    effects.ensureJob({
      ...step.effect,
      ...first,
      ...spec,
      ...(hold && { hold }),
      project,
      title: spec.title ?? step.effect.origin.runId,
      environmentId: environment?.environmentId,
      revisionId,
    });
  return holding(effects, step, input, started).then((job) => {
    answered({ id: job.jobId, parent: job.projectId, isOwn: true }, job);
    step.waiting(`job ${job.number} to end`, { kind: 'job', id: job.jobId, link: job.link });
    return effects.awaitJob({
      ...{ ...step.effect, job, logLines, revisionId, metrics: neededStats(input) },
      withinMs: within === undefined ? undefined : (parseDuration(within) ?? undefined),
    });
  });
}

async function judgeModel(
  effects: Effects,
  { connection, project, deploy: deployment }: TrainAndDeployInput,
  spec: NonNullable<TrainAndDeployInput['gate']>,
  job: JobOutput,
): Promise<GateOutput> {
  const live =
    spec.baseline === 'live'
      ? await effects.getLiveModel({
          ...{ connection, project, modelApi: present('deploy', deployment).modelApi },
          metrics: metricsNamed(spec.conditions),
        })
      : null;
  const numbers = typeof spec.baseline === 'object' ? spec.baseline : null;
  const { verdicts, failure } = judgeGate(spec.conditions, job, live ?? (numbers && { metrics: numbers }));
  if (failure !== null) throw fail(failure);
  return { verdicts, baseline: live ?? (numbers === null ? null : 'numbers') };
}

/** Registers the model that a job made. */
export function register(
  effects: Effects,
  step: StepContext,
  spec: NonNullable<TrainAndDeployInput['register']>,
  job: JobOutput,
): Promise<RegistrationOutput> {
  const experimentRunId = spec.experimentRunId ?? job.experimentRunId;
  if (experimentRunId === null)
    throw fail({
      code: 'EXPERIMENT_RUN_UNKNOWN',
      message: `${saidOfRun(job)}, and the input has no register.experimentRunId`,
    });
  const given = spec.experimentRunId === undefined ? [] : [spec.experimentRunId];
  return effects
    .ensureModelVersion({ ...step.effect, ...spec, experimentRunId, given })
    .then((registered) => {
      const { model, version, inDoubt } = registered;
      const target = { undo: 'sweepModelVersions', model, experimentRunId } as const;
      const call = { ...step.effect, target, made: { id: String(version) } };
      if (inDoubt === true) step.sweep({ ...call, keep: true, doubt: 'perhaps' });
      return registered;
    });
}

const saidOfRun = ({ number, notAnExperimentRun: written }: JobOutput): string =>
  written === undefined
    ? `job ${number} wrote no mlflow_run_id to dominostats.json`
    : `of job ${number}, mlflow_run_id is ${JSON.stringify(written)}, which is no id of an MLflow run`;

/** What a registration made, for `RefersTo`. */
export const registeredVersion = ({ model, version }: RegistrationOutput): RemoteReference[] => [
  { kind: 'modelVersion', id: `${model}/${version}` },
];

/** Deploys it and waits until it serves. How to undo that is the caller’s to register, and `answered` told what was made. */
export function deploy(
  effects: Effects,
  step: StepContext,
  input: TrainAndDeployInput & {
    readonly deploy: NonNullable<TrainAndDeployInput['deploy']>;
    /** In milliseconds. */
    readonly withinMs?: number;
    readonly answered: (made: Made, deployment: DeploymentStart) => void;
  },
  made: Trained & { readonly registered: RegistrationOutput | null },
): Promise<DeploymentOutput> {
  const spec = present('deployment', deploymentOf(input, made));
  const { name } = spec;
  const { environmentId, source } = input.deploy;
  const given = [environmentId, source?.file].filter((id) => id !== undefined);
  const started = (hold: Hold | undefined): Promise<DeploymentStart> =>
    effects.ensureModelApiVersion({ ...step.effect, ...spec, ...(hold && { hold }), given });
  return holding(effects, step, input, started).then((deployment) => {
    const { versionId: id, modelApiId: parent } = deployment;
    input.answered({ id, parent, isOwn: true }, deployment);
    step.waiting(
      `version ${deployment.number ?? deployment.versionId} of ${name} to serve`,
      { kind: 'modelApi', id: deployment.modelApiId, link: deployment.link },
      { kind: 'modelApiVersion', id: deployment.versionId },
    );
    const { withinMs } = input;
    return effects.awaitModelApiVersion({
      connection: step.effect.connection,
      deployment,
      ...(withinMs !== undefined && { withinMs }),
    });
  });
}

/** A part that the check at the door has made sure of. */
function present<T>(part: string, value: T | null | undefined): T {
  if (value === null || value === undefined)
    throw fail({ code: 'INTERNAL', message: `the run has no ${part}` });
  return value;
}
