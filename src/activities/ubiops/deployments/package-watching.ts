/** How a package is awaited until it is built. The state of its version is not asked: it may stay as it is without instances. */
import type { DeploymentEffects } from '../../../steps/ubiops/deployments.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { type Watching, everywhere } from '../../effect/lookout/watching.js';
import { nextLookMs } from '../../effect/looks.js';
import { type Phase, sayStatus, stillEnding } from '../../effect/phases.js';
import { type SideReadings, createSideReadings } from '../../effect/side-readings.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { readLogTail } from '../log-tail.js';
import { hasUnclearEnd } from '../statuses.js';
import { madeAtMs } from '../environments/by-time.js';
import { contentIn } from '../environments/contents.js';
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
  const side = createSideReadings(attempt, { what, pauseMs: Math.min(pauseMs, deps.waits.settleMs) });
  if (phase === 'succeeded') {
    await refuseSuperseded(deps, { path, what }, { attempt, side, pauseMs });
    return { revisionId };
  }
  const work = { what, status: sayStatus(status ?? 'not known yet') };
  if (phase === 'unknown' && hasUnclearEnd(now))
    throw stillEnding(attempt, { said: `${what} is ${work.status}, and has failed`, pauseMs });
  if (phase !== 'failed') throw atWork(work, pauseMs);
  const query = `| deployment_name=\`${version.deployment}\` and deployment_version=\`${version.version}\``;
  const log = await side.optional<readonly string[]>(
    () => readLogTail(deps, { project: version.project, query, lines, begunAt: now.creation_date }),
    () => [],
  );
  const why = [
    deps.redact(reason ?? '').slice(0, longestReason),
    log.length === 0 ? '' : `log: ${log.join(' | ')}`,
  ].filter((part) => part !== '');
  throw ended('DEPLOYMENT_FAILED', `${what} was not built: ${why.join('; ') || 'no reason is told'}`);
}

/** A version runs on the package that was built last, whoever has uploaded it. Another one of the same content is as good. */
async function refuseSuperseded(
  { ubiops: { versions, deploymentRevisions } }: UbiOpsDependencies,
  {
    path,
    what,
  }: { readonly path: ReturnType<typeof pathOf> & { readonly revisionId: string }; readonly what: string },
  {
    attempt,
    side,
    pauseMs,
  }: { readonly attempt: Attempt; readonly side: SideReadings; readonly pauseMs: number },
): Promise<void> {
  const { revisionId: own, ...of } = path;
  const { active_revision: active } = await side.needed(() => versions.get({ path: of }));
  if (active == null || active === own) return;
  const contentOf = (revisionId: string) =>
    side.needed(() => contentIn(deploymentRevisions.download({ path: { ...of, revisionId } })));
  const [asked, runs] = [await contentOf(own), await contentOf(active)];
  if (asked === runs) return;
  const madeAt = async (revisionId: string) =>
    madeAtMs(await side.needed(() => deploymentRevisions.get({ path: { ...of, revisionId } })));
  const said = `${what} is built, but the version runs on package ${active}`;
  // One that was there before is what it runs on until the platform has taken the new one.
  if (asked === null || runs === null || (await madeAt(active)) <= (await madeAt(own)))
    throw stillEnding(attempt, { said, pauseMs });
  throw ended('CONFLICT', `${said}, which somebody has uploaded since and which holds something else`);
}
