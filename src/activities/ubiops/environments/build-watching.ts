/** How a build is awaited: exactly the one that was begun. No list shows the builds of several revisions. */
import type { BuildOutput, BuildPlace, EnvironmentEffects } from '../../../steps/ubiops/environments.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended, notYet } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { type Watching, everywhere } from '../../effect/lookout/watching.js';
import { lagMs, nextLookMs } from '../../effect/looks.js';
import { sayStatus, stillEnding } from '../../effect/phases.js';
import { type SideReadings, createSideReadings } from '../../effect/side-readings.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { hasUnclearEnd, tagPhase } from '../statuses.js';
import { readBuildLog } from './build-log.js';
import type { Contents } from './contents.js';
import { tagPathOf } from './tags.js';

type Building = Parameters<EnvironmentEffects['awaitBuild']>[0];

interface Watched {
  readonly deps: UbiOpsDependencies;
  readonly contents: Pick<Contents, 'ofRevision'>;
}

/** Builds it. */
export const createBuildWatching = (watched: Watched): Watching<Building, BuildOutput> => ({
  effect: 'awaitBuild',
  look: ofKnown((of: Building, attempt: Attempt) => lookAtBuild(watched, of, attempt)),
  idOf: ({ revision }) => revision.buildId,
  scopeOf: () => everywhere,
});

/** A build as either spelling tells it. */
interface Build {
  readonly status?: string | null | undefined;
  readonly error_message?: string | null | undefined;
  readonly size?: number | null | undefined;
  readonly creation_date?: string | null | undefined;
  /** Of a tag: whether a build of it has succeeded. */
  readonly built?: boolean | null | undefined;
}

const readBuild = ({ ubiops }: UbiOpsDependencies, revision: BuildPlace): Promise<Build> =>
  revision.tag === null
    ? ubiops.builds.get({ path: { ...placeOf(revision), buildId: revision.buildId } })
    : ubiops.tags.get({ path: tagPathOf(revision) });

const placeOf = ({ project, environment, revisionId }: BuildPlace) => ({
  projectName: project,
  environmentName: environment,
  revisionId,
});

async function lookAtBuild(
  watched: Watched,
  { revision, rebuilt }: Building,
  attempt: Attempt,
): Promise<BuildOutput> {
  const { deps } = watched;
  const { waits } = deps;
  const build = await readBuild(deps, revision);
  const phase = tagPhase(build);
  const which = sayBuild(revision);
  const wait = nextLookMs(attempt.elapsedMs, waits);
  const isLagging = rebuilt === true && revision.tag !== null && attempt.elapsedMs < lagMs(waits);
  if (isLagging && ['failed', 'stopped'].includes(phase)) throw notYet(`${which} is begun again`, wait);
  const side = createSideReadings(attempt, { what: which, pauseMs: Math.min(wait, waits.settleMs) });
  switch (phase) {
    case 'failed':
    case 'broken':
      throw ended('BUILD_FAILED', await sayFailure(deps, { revision, build, side }));
    case 'stopped':
      throw ended('BUILD_CANCELLED', `${which} was cancelled`);
    case 'waiting':
    case 'unknown':
      throw notEnded({ which, build, isUnclear: phase === 'unknown' && rebuilt !== true }, attempt, wait);
    case 'succeeded':
  }
  if (revision.tag === null) await refuseSuperseded(watched, revision, { side, attempt, pauseMs: wait });
  const { project, environment, revisionId, buildId, tag } = revision;
  return { project, environment, revisionId, buildId, tag, size: build.size ?? null };
}

/** That a build goes on; or that it is said to have ended, but has no status of an end. */
function notEnded(
  { which, build, isUnclear }: { readonly which: string; readonly build: Build; readonly isUnclear: boolean },
  attempt: Attempt,
  pauseMs: number,
): Error {
  const work = { what: which, status: sayStatus(build.status ?? 'queued') };
  if (!isUnclear || !hasUnclearEnd(build)) return atWork(work, pauseMs);
  const ending = build.built === true ? 'built' : 'has failed';
  return stillEnding(attempt, { said: `${which} is ${work.status}, and ${ending}`, pauseMs });
}

/** A build, for people. */
const sayBuild = ({ environment, buildId, tag }: BuildPlace): string =>
  tag === null ? `build ${buildId} of environment ${environment}` : `environment ${environment}:${tag}`;

/** As the platform bounds it. */
const longestMessage = 1_024;

async function sayFailure(
  deps: UbiOpsDependencies,
  of: {
    readonly revision: BuildPlace;
    readonly build: Build;
    readonly side: SideReadings;
  },
): Promise<string> {
  const { revision, build, side } = of;
  const said = deps.redact((build.error_message ?? '').slice(0, longestMessage)).trim();
  const log = await side.optional(
    () => readBuildLog(deps, revision, { begunAt: build.creation_date }),
    () => [],
  );
  const why = said === '' ? '' : `: ${said}`;
  const end = log.length === 0 ? '' : `. The end of its log: ${log.map((line) => line.trim()).join(' / ')}`;
  return `${sayBuild(revision)} has failed${why}${end}`;
}

/**
 * Versions of deployments run on what the environment has active, so a build that another content has overtaken is not what
 * was asked for, and one that is not active yet is not done. Another revision of the same content is as good.
 */
async function refuseSuperseded(
  { deps, contents }: Watched,
  revision: BuildPlace,
  {
    side,
    attempt,
    pauseMs,
  }: { readonly side: SideReadings; readonly attempt: Attempt; readonly pauseMs: number },
): Promise<void> {
  const { revisionId: own, ...path } = placeOf(revision);
  const now = await side.needed(() => deps.ubiops.environments.get({ path }));
  const { active_build: active, active_revision: serves, latest_revision: latest } = now;
  if (active === revision.buildId || active == null || serves === own) return;
  const contentOf = (revisionId: string) => side.needed(() => contents.ofRevision({ ...path, revisionId }));
  if (serves != null && (await contentOf(serves)) === revision.content) return;
  const later = latest == null || latest === own ? revision.content : await contentOf(latest);
  if (later !== null && later !== revision.content)
    throw ended(
      'BUILD_SUPERSEDED',
      `${sayBuild(revision)} has succeeded, but revision ${latest ?? ''} with another content has come after it`,
    );
  const instead = `environment ${revision.environment} has build ${active} active`;
  const said = `${sayBuild(revision)} has succeeded, but ${instead}`;
  throw stillEnding(attempt, { said, pauseMs });
}
