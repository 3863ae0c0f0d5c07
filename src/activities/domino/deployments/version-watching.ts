/** How a version of a model API is awaited until it serves. */
import type { DeploymentOutput, DeploymentStart } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended, notYet } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { type Watching, everywhere } from '../../effect/lookout/watching.js';
import { lagMs, nextLookMs } from '../../effect/looks.js';
import { type Phase, sayStatus, stillEnding } from '../../effect/phases.js';
import type { DominoDependencies } from '../dependencies.js';
import { servingPhase } from '../statuses.js';

type Waiting = Parameters<DominoEffects['awaitModelApiVersion']>[0];

/** Builds it. */
export const createVersionWatching = (deps: DominoDependencies): Watching<Waiting, DeploymentOutput> => ({
  effect: 'awaitModelApiVersion',
  look: ofKnown((of: Waiting, attempt: Attempt) => lookAtVersion(deps, of, attempt)),
  idOf: ({ deployment }) => deployment.versionId,
  scopeOf: () => everywhere,
  list: {
    of: ({ deployment }) => deployment.modelApiId,
    read: async function* (modelApiId) {
      for (const { id, deployment } of await deps.domino.modelApis.listVersions({ path: { modelApiId } }))
        yield { id, status: statusOf(deployment), isAtWork: servingPhase(deployment) === 'waiting' };
    },
  },
  // One that is told how long it may take ends it by itself.
  withinMs: ({ withinMs }) => (withinMs === undefined ? undefined : Infinity),
  looksAfterMs: ({ withinMs }) => withinMs,
});

const statusOf = (deployment: { readonly status: string } | null | undefined): string =>
  sayStatus(deployment?.status ?? 'not known yet');

async function lookAtVersion(
  deps: DominoDependencies,
  { deployment, withinMs = Infinity, restarted }: Waiting,
  attempt: Attempt,
): Promise<DeploymentOutput> {
  const { elapsedMs } = attempt;
  const { modelApiId, versionId } = deployment;
  const { deployment: state, number } = await deps.domino.modelApis.getVersion({
    path: { modelApiId, versionId },
  });
  const phase = servingPhase(state);
  const which = `version ${number ?? versionId} of the model API`;
  const pauseMs = nextLookMs(elapsedMs, deps.waits);
  if (isReplaced({ phase, deployment }, elapsedMs, deps.waits))
    throw notYet(`${which} is to serve again: one made twice took over`, pauseMs);
  const isOver = phase === 'failed' || phase === 'stopped';
  if (isOver && restarted === true && elapsedMs < lagMs(deps.waits))
    throw notYet(`${which} was started again`, pauseMs);
  if (isOver)
    throw ended(
      'DEPLOYMENT_FAILED',
      `${which} is ${state?.status ?? 'gone'} instead of Running: ${deployment.link}`,
    );
  if (phase !== 'succeeded' && elapsedMs >= withinMs)
    throw ended(
      'DEPLOYMENT_FAILED',
      `${which} is ${state?.status ?? 'not known yet'} and did not come to serve in time: ${deployment.link}`,
    );
  const work = { what: which, status: statusOf(state) };
  // Nothing is pending, and what it is instead is not listed.
  if (phase === 'unknown') throw stillEnding(attempt, { said: `${which} is ${work.status}`, pauseMs });
  if (phase !== 'succeeded') throw atWork(work, pauseMs);
  return { ...deployment, predictUrl: `${deps.url}/models/${modelApiId}/latest/model` };
}

/**
 * Whether a version may have been stopped by one that the same effect has made later: it serves again as soon as that
 * one is swept.
 */
export const isReplaced = (
  { phase, deployment }: { readonly phase: Phase; readonly deployment: Pick<DeploymentStart, 'inDoubt'> },
  elapsedMs: number,
  { sweepMs }: Pick<DominoDependencies['waits'], 'sweepMs'>,
): boolean => phase === 'stopped' && deployment.inDoubt === true && elapsedMs < sweepMs;
