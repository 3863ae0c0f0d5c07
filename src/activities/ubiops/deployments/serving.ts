/** Which version requests to a deployment go to: it is stated, and read again. */
import { PlatformError } from '../../../platform/errors.js';
import type { DeploymentEffects, VersionOutput } from '../../../steps/ubiops/deployments.js';
import { type Attempt, attempted } from '../../effect/attempt.js';
import { ended, notYet } from '../../effect/failures.js';
import { fromKnown } from '../../effect/known-objects.js';
import { nextLookMs } from '../../effect/looks.js';
import type { UbiOpsDependencies } from '../dependencies.js';

type Own = Pick<DeploymentEffects, 'ensureServing'>;
type Asked = Parameters<Own['ensureServing']>[0];

/** A version without instances takes a while until it can be reached, although its package is built. */
const usuallyWithinMs = 30 * 60_000;
/** By these words alone the platform says so (ubiops-api.md, section 1.3). */
const unavailable = 'Default cannot be set to an unavailable version';

/** Builds it. */
export const createServingActivities = (deps: UbiOpsDependencies): Own => ({
  ensureServing: attempted(
    deps,
    fromKnown((asked: Asked, attempt: Attempt) => ensureServing(deps, asked, attempt)),
  ),
});

async function ensureServing(
  deps: UbiOpsDependencies,
  { version: made, revisionId, previous, promote, withinMs = usuallyWithinMs }: Asked,
  attempt: Attempt,
): Promise<VersionOutput> {
  const { activeRevision: _, ...version } = made;
  const isServing = async (): Promise<boolean> => (await defaultOf(deps, made)) === made.version;
  const output = (promoted: boolean): VersionOutput => ({ ...version, revisionId, promoted, previous });
  const serves = await isServing();
  if (serves || !promote) return output(serves);
  const wait = (why: string): Error =>
    attempt.elapsedMs < withinMs
      ? notYet(why, nextLookMs(attempt.elapsedMs, deps.waits))
      : ended('DEPLOYMENT_FAILED', `${why}, and was not in time`);
  try {
    await promoteVersion(deps, made, attempt.deadlineMs);
  } catch (error) {
    if (!(error instanceof PlatformError) || !error.message.includes(unavailable)) throw error;
    throw wait(`version ${made.version} of ${made.deployment} is not available yet`);
  }
  if (await isServing()) return output(true);
  throw wait(`requests to ${made.deployment} do not go to version ${made.version} yet`);
}

interface Place {
  readonly project: string;
  readonly deployment: string;
}

/** The version that requests to a deployment go to; `null` where it has none. */
export async function defaultOf(
  { ubiops: { deployments } }: UbiOpsDependencies,
  { project: projectName, deployment: deploymentName }: Place,
): Promise<string | null> {
  return (await deployments.get({ path: { projectName, deploymentName } })).default_version ?? null;
}

/** Has requests go to a version from now on. */
export async function promoteVersion(
  { ubiops: { deployments } }: UbiOpsDependencies,
  { project: projectName, deployment: deploymentName, version }: Place & { readonly version: string },
  deadlineMs?: () => number,
): Promise<void> {
  const path = { projectName, deploymentName };
  await deployments.update(
    { path, body: { default_version: version } },
    deadlineMs === undefined ? {} : { deadlineMs },
  );
}
