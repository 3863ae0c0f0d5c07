/** Puts a version live and takes it back when it is unhealthy: what serves is the new version or the one before. */
import { isCancellation } from '@temporalio/workflow';
import { parseDuration } from '../pipeline/durations.js';
import type { Effect, Made } from '../pipeline/effect.js';
import type {
  DeploymentOutput,
  Effects,
  RegistrationOutput,
  ServingVersion,
  WatchOutput,
} from '../pipeline/effects.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import type { Cleanup } from '../pipeline/steps.js';
import { fail, failureOf } from './failures.js';
import { record } from './ledger.js';
import { type Trained, deploy } from './model-steps.js';
import type { StepContext } from './steps.js';
import type { Answered } from './undo.js';

/** A version that serves, and the one that did before; `null` when none did, left out where a person has supplied it so. */
export type Promotion = DeploymentOutput & { readonly previous?: ServingVersion | null };

/** What served before this run; asked by the step that deploys. */
type Before = (deploying: Effect) => Promise<ServingVersion | null>;

/** What serves before this run deploys. Asked once: a second try of the step would find its own. */
export function servingBefore(
  effects: Effects,
  { connection, project, deploy: { modelApi } }: RetrainInput,
  replaced: ServingVersion | null | undefined,
): Before {
  let known: { readonly version: ServingVersion | null } | undefined;
  return async ({ begunBefore, origin }) => {
    const of = { connection, project, modelApi, ...(begunBefore && { origin, replaced }) };
    known ??= { version: await effects.getServingVersion(of) };
    return known.version;
  };
}

/** Deploys; what does not come to serve is taken back. */
export async function deployGuarded(
  effects: Effects,
  step: StepContext,
  input: RetrainInput,
  made: Trained & {
    readonly registered: RegistrationOutput;
    readonly before: Before;
  },
): Promise<Promotion> {
  const previous = await made.before(step.effect);
  const register = undoByTakingBack(step, input, previous);
  let version: Made | undefined;
  const answered: Answered = (told, output) => {
    version = told;
    register(told, output);
  };
  try {
    const withinMs = millisecondsOf(input.watch.serveWithin);
    return { ...(await deploy(effects, step, { ...input, withinMs, answered }, made)), previous };
  } catch (error) {
    const failure = failureOf(error);
    if (isCancellation(error) || failure?.code !== 'DEPLOYMENT_FAILED') throw error;
    return takeBack(effects, step, input, { made: version, previous, why: failure.message });
  }
}

/** Watches a version for as long as the input says; takes it back when it is unhealthy. */
export async function watchOrTakeBack(
  effects: Effects,
  step: StepContext,
  input: RetrainInput,
  {
    deployment,
    previous,
  }: { readonly deployment: DeploymentOutput; readonly previous: ServingVersion | null },
): Promise<WatchOutput> {
  const { for: watched, serveWithin: _, ...watch } = input.watch;
  const version = { id: deployment.versionId, parent: deployment.modelApiId };
  undoByTakingBack(step, input, previous)(version, {});
  step.waiting(`version ${deployment.number ?? deployment.versionId} to stay well for ${watched}`, {
    kind: 'modelApiVersion',
    id: deployment.versionId,
  });
  const seen = await effects.watchModelApiVersion({
    connection: input.connection,
    deployment,
    forMs: millisecondsOf(watched),
    ...watch,
  });
  return seen.well ? seen : takeBack(effects, step, input, { made: version, previous, why: seen.seen });
}

/** The door has checked it. */
const millisecondsOf = (duration: string): number => parseDuration(duration) ?? 0;

/** A cancelled run leaves no version live that nobody has watched to the end. */
const undoByTakingBack = (
  step: StepContext,
  { project, deploy: { modelApi: name } }: RetrainInput,
  previous: ServingVersion | null,
): Answered =>
  step.undo('running', { undo: 'takeBackModelApiVersion', name, project, previous }, step.effectOf('deploy'));

async function takeBack(
  effects: Effects,
  step: StepContext,
  { connection, project, deploy: { modelApi: name } }: RetrainInput,
  {
    made,
    previous,
    why,
  }: {
    /** By its id it is found also where a list leaves it out or its model API was renamed. */
    readonly made: Made | undefined;
    readonly previous: ServingVersion | null;
    readonly why: string;
  },
): Promise<never> {
  step.waiting(previous === null ? 'the new version to stop' : 'the previous version to serve again');
  const effect = { ...step.effectOf('deploy'), made };
  // An unhealthy version must not serve on: it is tried until it is done.
  const taken = await effects.takeBackModelApiVersion({
    ...effect,
    name,
    project,
    previous,
    untilConfirmed: true,
  });
  step.undone({ ...effect, target: { undo: 'takeBackModelApiVersion', name, project, previous } });
  const serves = await serving(effects, connection, { made, previous, taken });
  record('taken-back', { conclusion: `${why}; ${serves}` });
  throw fail({ code: 'DEPLOYMENT_TAKEN_BACK', message: `${why}; ${serves}` });
}

async function serving(
  effects: Effects,
  connection: string,
  {
    made,
    previous,
    taken,
  }: {
    readonly made: Made | undefined;
    readonly previous: ServingVersion | null | undefined;
    readonly taken: Cleanup;
  },
): Promise<string> {
  const [left] = taken.leftBehind;
  if (left !== undefined) return left.reason; // somebody else's newer version, which is not ours to replace
  const isOwn = taken.undone.some(({ id }) => id === previous?.versionId); // of an earlier try of the step
  const isStopped = made === undefined || taken.undone.some(({ id }) => id === made.id);
  // A deployment that a person has supplied need not say what served before.
  if (previous == null && !isStopped)
    return 'it was not stopped: another run has deployed it, or it is gone, and nothing is known to have served before it';
  if (previous == null || isOwn) return 'it was stopped, and nothing served before it';
  const { modelApiId, versionId, number } = previous;
  await effects.awaitModelApiVersion({
    connection,
    deployment: { modelApiId, versionId, number, previousVersionId: null, modelApiCreated: false, link: '' },
    restarted: true,
  });
  return `version ${number ?? versionId} serves again`;
}
