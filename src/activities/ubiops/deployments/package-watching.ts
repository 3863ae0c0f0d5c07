/** How a package is awaited until it is built. The state of its version is not asked: it may stay as it is without instances. */
import type { DeploymentEffects } from '../../../steps/ubiops/deployments.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { type Watching, everywhere } from '../../effect/lookout/watching.js';
import { nextLookMs } from '../../effect/looks.js';
import { type Phase, sayStatus, stillEnding } from '../../effect/phases.js';
import { createSideReadings } from '../../effect/side-readings.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { type LogTail, readLogTail } from '../log-tail.js';
import { hasUnclearEnd } from '../statuses.js';
import { pathOf } from './version-path.js';

type Waiting = Parameters<DeploymentEffects['awaitPackage']>[0];
type Built = Awaited<ReturnType<DeploymentEffects['awaitPackage']>>;

const phases: Readonly<Record<string, Phase>> = {
  queued: 'waiting',
  building: 'waiting',
  success: 'succeeded',
  failed: 'failed',
};

/** How far the build of a package is. */
export const packagePhase = (status: string | null | undefined): Phase =>
  (status != null && Object.hasOwn(phases, status) && phases[status]) || 'unknown';

/** Of the log, what a message tells. */
const lines = 5;
const longestReason = 500;

/** Builds it. */
export const createPackageWatching = (deps: UbiOpsDependencies): Watching<Waiting, Built> => ({
  effect: 'awaitPackage',
  look: ofKnown((of: Waiting, attempt: Attempt) => lookAtPackage(deps, of, attempt)),
  idOf: ({ revisionId }) => revisionId,
  scopeOf: () => everywhere,
  withinMs: ({ withinMs }) => withinMs,
});

async function lookAtPackage(
  deps: UbiOpsDependencies,
  { version, revisionId }: Waiting,
  attempt: Attempt,
): Promise<Built> {
  const path = { ...pathOf(version), revisionId };
  const now = await deps.ubiops.deploymentRevisions.get({ path });
  const { status, error_message: reason } = now;
  const what = `the package of version ${version.version} of ${version.deployment}`;
  const pauseMs = nextLookMs(attempt.elapsedMs, deps.waits);
  const phase = packagePhase(status);
  if (phase === 'succeeded') return { revisionId };
  const work = { what, status: sayStatus(status ?? 'not known yet') };
  if (phase === 'unknown' && hasUnclearEnd(now))
    throw stillEnding(attempt, { said: `${what} is ${work.status}, and has failed`, pauseMs });
  if (phase !== 'failed') throw atWork(work, pauseMs);
  const side = createSideReadings(attempt, { what, pauseMs: Math.min(pauseMs, deps.waits.settleMs) });
  const query = `| deployment_name=\`${version.deployment}\` and deployment_version=\`${version.version}\``;
  const { lines: log } = await side.optional<LogTail>(
    () => readLogTail(deps, { project: version.project, query, lines, endedMs: attempt.nowMs() }),
    () => ({ lines: [] }),
  );
  const why = [
    deps.redact(reason ?? '').slice(0, longestReason),
    log.length === 0 ? '' : `log: ${log.join(' | ')}`,
  ].filter((part) => part !== '');
  throw ended('DEPLOYMENT_FAILED', `${what} was not built: ${why.join('; ') || 'no reason is told'}`);
}
