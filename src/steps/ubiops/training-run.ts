/**
 * A training: a run of an experiment. UbiOps has neither as objects of its own: an experiment is a version of the deployment that
 * its client makes for all trainings of a project, and a run is a request to it.
 */
import type { Origin } from '../../run/ids.js';
import type { Json } from '../../run/json.js';
import type { VersionSettings } from './deployments.js';
import type { Given } from './given.js';
import { type UbiOpsStep, defineUbiOpsStep } from './effects.js';
import { type RequestWaiting, requestFacts, sendRequest } from './request.js';
import type { RequestOutput, RequestSpec } from './requests.js';

export interface TrainingRunSpec extends RequestWaiting, Given {
  readonly project: string;
  /** Found by this name, or created. */
  readonly experiment: string;
  readonly settings: VersionSettings;
  /** Where the training keeps what it makes. */
  readonly bucket: string;
  /** Left out, the id of the run. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** `ubiops-file://<bucket>/<path>`. */
  readonly code: string;
  /** The same, where it is given data. */
  readonly data?: string | undefined;
  readonly parameters: { readonly [name: string]: Json };
  readonly timeoutSeconds?: number | undefined;
}

/** The deployment of all trainings, as the platform's own client names it. */
const deployment = 'training-base-deployment';
/** The variable by which a training knows its bucket. */
const bucketVariable = 'SYS_DEFAULT_BUCKET';

export const trainingRun = defineUbiOpsStep<TrainingRunSpec, RequestOutput>({
  ...requestFacts,
  kind: 'ubiops.training-run',
  looksUp: true,
  running: ({ project, experiment: version }) => ({ undo: 'stopRequests', project, deployment, version }),
  leaves: {
    twin: ({ jobId: id, project, version }) => ({
      target: { undo: 'stopRequests', project, deployment, version },
      made: { id },
    }),
  },
  perform: async (step, spec) => {
    await makeExperiment(step, spec);
    return sendRequest(step, runOf(spec, step.effect.origin), spec);
  },
});

/** The version that an experiment is. */
const experimentOf = ({ project, experiment: version }: TrainingRunSpec) => ({
  project,
  deployment,
  version,
});

/** The request that a run is. */
export function runOf(spec: TrainingRunSpec, { runId }: Pick<Origin, 'runId'>): RequestSpec {
  const { name = runId, description = '', code, data = null, parameters, timeoutSeconds } = spec;
  return {
    version: experimentOf(spec),
    data: { name, description, training_code: code, training_data: data, parameters },
    ...{ marked: 'name', timeoutSeconds },
  };
}

/** Finds the experiment, or makes it. It stays, for the runs that come after this one. */
async function makeExperiment(step: UbiOpsStep, spec: TrainingRunSpec): Promise<void> {
  const { project, experiment, settings, bucket, given } = spec;
  const { effect, effects, preflight } = step;
  const { connection } = effect;
  const { templateId } = await effects.ensureDeployment({
    ...{ ...effect, preflight, given },
    spec: { project, deployment, isForTraining: true },
  });
  const made = await effects.ensureVersion({
    ...{ ...effect, given },
    spec: { project, deployment, version: experiment, settings },
  });
  const version = experimentOf(spec);
  step.waiting(`experiment ${experiment}`, { kind: 'experiment', id: `${project}/${experiment}` });
  await effects.ensureVariables({ ...effect, version, variables: { [bucketVariable]: bucket } });
  if (made.activeRevision !== null || templateId === null) return;
  const before = await effects.getPackages({ connection, version });
  const uploaded = { ...effect, version, package: { templateId }, before };
  const { revisionId } = await effects.ensurePackage(uploaded);
  await effects.awaitPackage({ connection, version, revisionId });
}
