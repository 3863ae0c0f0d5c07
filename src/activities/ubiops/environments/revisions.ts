/** Revisions and builds of environments as effects, in the spelling of `/v2.1`: found by what was there before, and by content. */
import type { Effect } from '../../../run/undoing/effect.js';
import type {
  BuildPlace,
  BuildStart,
  EnvironmentEffects,
  RevisionOutput,
  RevisionSpec,
  RevisionsBefore,
} from '../../../steps/ubiops/environments.js';
import type { Attempt } from '../../effect/attempt.js';
import { ensure, maySent } from '../../effect/ensure.js';
import type { Holds, Shared } from '../../effect/holds.js';
import { LonghaulError } from '../../../run/failures/errors.js';
import { type Phase, mayRun } from '../../effect/phases.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { buildPhase } from '../statuses.js';
import { madeAtMs, newestFirst } from './by-time.js';
import type { Contents, Place } from './contents.js';

/** Of one connection. */
export interface Revising extends Pick<Holds, 'createAlone'> {
  readonly deps: UbiOpsDependencies;
  readonly contents: Contents;
}

/** How revisions are made and built in one spelling of the API. */
export interface Revisions {
  before(spec: RevisionSpec): Promise<RevisionsBefore>;
  ensure(
    spec: Effect & RevisionSpec & { readonly before: RevisionsBefore },
    attempt: Attempt,
  ): Promise<RevisionOutput>;
  builds(of: BuildPlace): Promise<readonly string[]>;
  ensureBuild(
    spec: Parameters<EnvironmentEffects['ensureBuild']>[0],
    attempt: Attempt,
  ): ReturnType<EnvironmentEffects['ensureBuild']>;
}

/** So many are told by their ids; what is older than these was there before. */
const toldAtMost = 100;

type Revision = Awaited<ReturnType<UbiOpsDependencies['ubiops']['revisions']['get']>>;
type Build = Awaited<ReturnType<UbiOpsDependencies['ubiops']['builds']['get']>>;

/** Those of `/v2.1`. */
export function createRevisions(revising: Revising): Revisions {
  const { deps, contents, createAlone } = revising;
  return {
    before: async ({ environment, source, tag }) => {
      if (tag !== undefined)
        throw new LonghaulError(
          'REQUEST_REJECTED',
          `tag ${JSON.stringify(tag)}: this connection speaks /v2.1, which has no tags: leave it out`,
        );
      const { content } = await contents.read(environment.project, source);
      const listed = newestFirst(await deps.ubiops.revisions.list({ path: placeOf(environment) }));
      const told = listed.slice(0, toldAtMost);
      const oldest = listed.length > told.length ? told.at(-1)?.creation_date : null;
      return { content, revisions: told.map(({ id }) => id), since: oldest ?? null };
    },
    ensure: (spec, attempt) => ensureRevision(revising, spec, attempt),
    builds: async (of) => (await buildsOf(deps, pathOf(of))).map(({ id }) => id),
    ensureBuild: ({ revision, before, ...effect }, attempt) => {
      const path = pathOf(revision);
      return ensure<BuildStart>(attempt, {
        lookFirst: true,
        begunBefore: effect.begunBefore,
        find: async () => {
          const builds = await buildsOf(deps, path);
          const own = maySent(attempt) ? builds.find(({ id }) => !before.includes(id)) : undefined;
          if (own !== undefined) return { buildId: own.id, rebuilt: true };
          const going = builds.find(({ status }) => mayRun(buildPhase(status)));
          return going === undefined ? null : { buildId: going.id, rebuilt: false };
        },
        create: () =>
          createAlone(effect, { kind: 'revision', name: 'rebuild', within: path.revisionId }, async () => {
            const options = { deadlineMs: attempt.deadlineMs };
            const { id } = await deps.ubiops.revisions.rebuild({ path }, options);
            return { buildId: id, rebuilt: true };
          }),
      });
    },
  };
}

const placeOf = ({ project, environment }: RevisionSpec['environment']): Place => ({
  projectName: project,
  environmentName: environment,
});

const pathOf = ({ project, environment, revisionId }: Omit<BuildPlace, 'buildId' | 'content'>) => ({
  projectName: project,
  environmentName: environment,
  revisionId,
});

/** The newest first. */
const buildsOf = async (
  { ubiops }: UbiOpsDependencies,
  path: Place & { readonly revisionId: string },
): Promise<Build[]> => newestFirst(await ubiops.builds.list({ path }));

/** Whether a revision was not there before. */
export const isNew =
  ({ revisions, since }: RevisionsBefore) =>
  ({ id, creation_date: at }: Pick<Revision, 'id' | 'creation_date'>): boolean =>
    !revisions.includes(id) &&
    (since === null || madeAtMs({ creation_date: at }) > madeAtMs({ creation_date: since }));

/** A revision of the content that is asked for. */
interface Fitting {
  readonly revision: Revision;
  /** Its newest build that goes on or has succeeded; else its newest. */
  readonly build: Build;
  readonly phase: Phase;
}

/** Of one that has a build: it begins with the revision, so a list without it is an old one. */
async function fittingOf(
  { deps, contents }: Revising,
  place: Place,
  { revision, content }: { readonly revision: Revision; readonly content: string },
): Promise<Fitting | null> {
  const path = { ...place, revisionId: revision.id };
  if (revision.expired === true || (await contents.ofRevision(path)) !== content) return null;
  const builds = await buildsOf(deps, path);
  const usable = builds.find(({ status }) => !isLost(buildPhase(status)));
  const build = usable ?? builds[0];
  return build === undefined ? null : { revision, build, phase: buildPhase(build.status) };
}

const isLost = (phase: Phase): boolean => phase === 'failed' || phase === 'stopped';

/**
 * Of those that were there before, one behind a newer content is not reused: versions of deployments use what an environment
 * has active, so they would not run on it. One whose build is lost never is active, and hides none of its own content.
 */
function ensureRevision(
  revising: Revising,
  { environment, source, before, ...effect }: Effect & RevisionSpec & { readonly before: RevisionsBefore },
  attempt: Attempt,
): Promise<RevisionOutput> {
  const { deps, contents, createAlone } = revising;
  const { content } = before;
  const place = placeOf(environment);
  const output = (revisionId: string, buildId: string): Omit<RevisionOutput, 'created' | 'built'> => ({
    ...{ project: environment.project, environment: environment.environment },
    ...{ revisionId, buildId, tag: null, content },
  });
  const found = ({ revision, build, phase }: Fitting, created: boolean): RevisionOutput => ({
    ...output(revision.id, build.id),
    created,
    built: phase === 'succeeded',
  });
  return ensure<RevisionOutput>(attempt, {
    lookFirst: true,
    begunBefore: effect.begunBefore,
    find: async () => {
      const listed = newestFirst(await deps.ubiops.revisions.list({ path: place }));
      const later = listed.filter(isNew(before));
      const fitting: Fitting[] = [];
      for (const revision of later) {
        const fits = await fittingOf(revising, place, { revision, content });
        if (fits !== null) fitting.push(fits);
      }
      const isOwn = maySent(attempt);
      const own = fitting.find(({ phase }) => !isLost(phase)) ?? (isOwn ? fitting[0] : undefined);
      if (own !== undefined) return found(own, isOwn);
      const lost = fitting.map(({ revision }) => revision.id);
      for (const revision of listed) {
        if (lost.includes(revision.id)) continue;
        const same = await fittingOf(revising, place, { revision, content });
        if (same === null) return null;
        if (!isLost(same.phase)) return found(same, false);
      }
      return null;
    },
    create: async () => {
      const { body } = await contents.read(environment.project, source);
      return createAlone(effect, buildOfContent(place, content), async () => {
        const options = { deadlineMs: attempt.deadlineMs };
        const { revision, build } = await deps.ubiops.revisions.upload({ path: place, body }, options);
        return { ...output(revision, build), created: true, built: false };
      });
    },
  });
}

/** A name in an environment under which one run at a time builds. */
export const buildNamed = ({ projectName, environmentName }: Place, name: string): Shared => ({
  kind: 'revision',
  name,
  within: `${projectName}.${environmentName}`,
});

/** Runs that begin together build a content once. */
export const buildOfContent = (place: Place, content: string): Shared =>
  buildNamed(place, content.slice(0, 12));
