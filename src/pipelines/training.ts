/** The steps from an environment to a model that has passed its gate: what both built-in pipelines begin with. */
import { deploymentOf } from '../run/approvals/deployment-subject.js';
import type {
  BuildOutput,
  EnvironmentOutput,
  JobOutput,
  RegistrationOutput,
  RevisionOutput,
} from '../run/undoing/effects.js';
import type { TrainAndDeployInput } from '../run/inputs/inputs.js';
import { type Naming, neededStats } from '../run/retraining/named-metrics.js';
import type { Before, Place } from '../steps/define.js';
import { type BuildSpec, build } from '../steps/domino/build.js';
import type { DeploySpec } from '../steps/domino/deploy.js';
import { environment } from '../steps/domino/environment.js';
import { job } from '../steps/domino/job.js';
import type { RegisterSpec } from '../steps/domino/register.js';
import { revision } from '../steps/domino/revision.js';
import { type GateOutput, type GateSpec, gate } from '../steps/gate.js';
import { neededBy } from '../steps/holding.js';
import type { Release } from './release.js';

/** What training is made from: the input of either pipeline. */
type TrainingInput = TrainAndDeployInput & Naming;

/** Outputs of these steps. */
export type TrainingOutputs = {
  environment: EnvironmentOutput;
  revision: RevisionOutput;
  build: BuildOutput;
  train: JobOutput;
  gate: GateOutput;
};

/** environment → revision → build → train → gate. */
export const trainingSteps = (place: Place<TrainingInput, TrainingOutputs>) => ({
  environment: place(environment, {
    if: (input) => input.environment !== undefined,
    with: ({ environment: spec, revision: added }) => {
      if (spec === undefined) return null;
      return 'id' in spec ? spec : { ...spec, dockerfile: added?.dockerfile };
    },
  }),
  revision: place(revision, {
    needs: ['environment'],
    if: (input) => input.revision !== undefined,
    with: ({ revision: spec }, { environment: made }) =>
      spec && made ? { environment: made, dockerfile: spec.dockerfile } : null,
  }),
  build: place(build, {
    needs: ['environment', 'revision'],
    if: (input) => input.environment !== undefined,
    with: (_, { environment: made, revision: added }) => buildOf(made, added),
  }),
  train: place(job, {
    needs: ['environment', 'build'],
    on: ({ project }) => `project ${project}`,
    with: (input, { environment: made, build: built }) => ({
      ...input.train,
      project: input.project,
      needed: neededBy(input),
      metrics: neededStats(input),
      environmentId: made?.environmentId,
      revisionId: built?.revisionId,
    }),
  }),
  gate: place(gate, {
    needs: ['train'],
    if: (input) => input.gate !== undefined,
    with: (input, { train }) => gateOf(input, train),
  }),
});

/** Without a revision in the input, the one that the environment would run a job on is awaited, if it has one. */
function buildOf(made: EnvironmentOutput | null, added: RevisionOutput | null): BuildSpec | null {
  const revisionStep = 'revision';
  if (added !== null) return { ...added, revisionStep };
  if (!made?.revisionId) return null;
  const { environmentId, revisionId, created } = made;
  return { environmentId, revisionId, created, revisionStep };
}

function gateOf({ gate: spec, project, deploy }: TrainingInput, measured: JobOutput | null): GateSpec | null {
  if (spec === undefined || measured === null) return null;
  const { conditions, baseline } = spec;
  if (baseline === 'live')
    return { conditions, measured, baseline: { project, modelApi: deploy?.modelApi ?? '' } }; // the door has checked it
  return { conditions, measured, baseline: baseline === undefined ? null : { numbers: baseline } };
}

/** What registers the model of the training. */
export function registerOf(
  { register }: Pick<TrainAndDeployInput, 'register'>,
  job: JobOutput | null,
): RegisterSpec | null {
  if (register === undefined || job === null) return null;
  const experimentRunId = register.experimentRunId ?? job.experimentRunId;
  const given = register.experimentRunId === undefined ? [] : [register.experimentRunId];
  return { ...register, experimentRunId, given, job };
}

/** What is known of the model when it is deployed. */
interface Deploying extends Pick<Before<TrainingOutputs>, 'environment' | 'train'> {
  readonly register: RegistrationOutput | null;
}

/** What deploys it; `null` where the input, or what was made, lacks what is needed. */
export function deployOf(
  input: TrainingInput,
  { environment: made, train, register }: Deploying,
): DeploySpec | null {
  const spec = train && deploymentOf(input, { environment: made, job: train, registered: register });
  if (spec === null) return null;
  const { environmentId, source } = input.deploy ?? {};
  const given = [environmentId, source?.file].filter((id) => id !== undefined);
  return { ...spec, given, project: input.project, needed: neededBy(input) };
}

/** What has been trained, with its gate; of a run that ended before, `null`. */
export function trainedOf(
  { project }: TrainingInput,
  {
    environment: made = null,
    build: built = null,
    train: job = null,
    gate: judged = null,
  }: Partial<Before<TrainingOutputs>>,
): Omit<Release, 'registered' | 'deployment'> | null {
  if (job === null) return null;
  const revision = built && { id: built.revisionId, image: built.image };
  return { project, environment: made, revision, job, gate: judged };
}
