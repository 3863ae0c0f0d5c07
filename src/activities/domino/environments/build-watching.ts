/** How the build of a revision is awaited. The platform lists only those that are built, so each is looked at by itself. */
import type { BuildOutput } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended, notYet } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { type Watching, everywhere } from '../../effect/lookout/watching.js';
import { lagMs, nextLookMs } from '../../effect/looks.js';
import { sayStatus, stillEnding } from '../../effect/phases.js';
import { createSideReadings } from '../../effect/side-readings.js';
import type { DominoDependencies } from '../dependencies.js';
import { buildPhase } from '../statuses.js';
import type { BuiltRevisions } from './built-revisions.js';

type Building = Parameters<DominoEffects['awaitBuild']>[0];

/** Builds it. */
export const createBuildWatching = (
  deps: DominoDependencies,
  built: Pick<BuiltRevisions, 'read'>,
): Watching<Building, BuildOutput> => ({
  effect: 'awaitBuild',
  look: ofKnown((of: Building, attempt: Attempt) => lookAtBuild({ deps, built }, of, attempt)),
  idOf: ({ revisionId }) => revisionId,
  scopeOf: () => everywhere,
});

async function lookAtBuild(
  { deps, built }: { readonly deps: DominoDependencies; readonly built: Pick<BuiltRevisions, 'read'> },
  { environmentId, revisionId, rebuilt }: Building,
  attempt: Attempt,
): Promise<BuildOutput> {
  const { domino, waits } = deps;
  const revision = await domino.environments.getRevision({ path: { environmentId, revisionId } });
  const phase = buildPhase(revision.status);
  const which = `revision ${revision.number}`;
  const wait = nextLookMs(attempt.elapsedMs, waits);
  const isLagging = rebuilt === true && attempt.elapsedMs < lagMs(waits);
  if (isLagging && ['failed', 'stopped'].includes(phase)) throw notYet(`${which} is begun again`, wait);
  if (phase === 'failed')
    throw ended(
      'BUILD_FAILED',
      `${which} of environment ${environmentId} did not build: ${deps.url}/environments/${environmentId}`,
    );
  if (phase === 'stopped') throw ended('BUILD_CANCELLED', `the build of ${which} was cancelled`);
  const work = { what: which, status: sayStatus(revision.status ?? 'Queued') };
  if (phase === 'unknown' && !(await mayBuild(deps, revisionId)))
    throw stillEnding(attempt, {
      said: `${which} is ${work.status}, and nothing is being built`,
      pauseMs: wait,
    });
  if (phase !== 'succeeded') throw atWork(work, wait);
  const side = createSideReadings(attempt, { what: which, pauseMs: Math.min(wait, waits.settleMs) });
  const image = await side.optional<string | null>(
    async () => (await built.read(environmentId, { id: revisionId, number: revision.number })).image,
    () => null,
  ); // nothing depends on it
  return { revisionId, image };
}

/** Whether the platform does not deny that a revision is being built; a look that fails denies nothing. */
async function mayBuild({ domino }: DominoDependencies, revisionId: string): Promise<boolean> {
  const reading = domino.environments.revisionDetails({ path: { revisionId } });
  const details = await reading.catch((error: unknown) => {
    if (error instanceof PlatformError) return null;
    throw error;
  });
  return details?.hasRunningBuild !== false;
}
