/** Environments and their revisions as effects: ensured by name and by content, built, archived. */
import type {
  Effect,
  EnvironmentOutput,
  EnvironmentSpec,
  First,
  RevisionOutput,
} from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { anyMarker } from '../../../client/markers.js';
import { withUnixLineEnds } from '../../../run/documents/line-ends.js';
import { PlatformError } from '../../../platform/errors.js';
import { type Adoptions, isOfAnotherRun } from '../../effect/adoptions.js';
import { type Attempt, attempted, isOwnOf, markerOf, shortHash } from '../../effect/attempt.js';
import { createBuildWatching } from './build-watching.js';
import { type BuiltRevisions, createBuiltRevisions } from './built-revisions.js';
import type { DominoDependencies } from '../dependencies.js';
import { creating, ensure, maySent } from '../../effect/ensure.js';
import { ended } from '../../effect/failures.js';
import type { Holds, Shared } from '../../effect/holds.js';
import { fromKnown, ofKnown, readKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import type { Preflights } from '../../effect/preflights.js';
import { lookTwice } from '../../effect/second-look.js';
import { buildPhase } from '../statuses.js';

type RevisionSpec = Parameters<DominoEffects['ensureRevision']>[0];
type Rebuilding = Parameters<DominoEffects['ensureBuilding']>[0];
type EnvironmentEffects = Pick<
  DominoEffects,
  'getEnvironment' | 'ensureEnvironment' | 'ensureRevision' | 'ensureBuilding' | 'awaitBuild'
>;

export function createEnvironmentActivities(
  deps: DominoDependencies,
  {
    createAlone,
    adopt,
    check,
  }: Pick<Holds, 'createAlone'> & Pick<Adoptions, 'adopt'> & Pick<Preflights, 'check'>,
): EnvironmentEffects {
  const { domino } = deps;
  const built = createBuiltRevisions(domino);
  const timed = <I, O>(perform: (input: I, attempt: Attempt) => Promise<O>) => attempted(deps, perform);
  // A try that was cut off may have sent, so what is being built then is its own.
  const ensureBuilding = creating(
    deps,
    ofKnown((spec: Rebuilding, attempt: Attempt) => buildAgain(deps, spec, attempt)),
  );

  return {
    getEnvironment: timed(async ({ environmentId, ...effect }, attempt) => {
      const wasSeen = (await check(effect, { tries: attempt.number })) || attempt.unsettled !== null;
      if (wasSeen) attempt.remember({ looks: 1 });
      const read = () => domino.environments.get({ path: { environmentId } });
      const { environment } = (await lookTwice(deps, read)) ?? (await (wasSeen ? readKnown(read()) : read()));
      return {
        environmentId: environment.id,
        name: environment.name,
        image: null,
        revisionId: environment.selectedRevision?.id ?? environment.latestRevision?.id ?? null,
        created: false,
      };
    }),
    ensureEnvironment: creating(deps, async (spec: Effect & First & EnvironmentSpec, attempt) => {
      await check(spec, { tries: attempt.number, sent: maySent(attempt) });
      return ensureEnvironment({ deps, createAlone, adopt }, spec, attempt);
    }),
    ensureRevision: creating(
      deps,
      fromKnown((spec: RevisionSpec, attempt) => ensureRevision({ deps, built, createAlone }, spec, attempt)),
    ),
    // What an earlier step has begun is not looked for: it may be another run's by now.
    ensureBuilding: (spec) => ensureBuilding({ ...spec, begunBefore: false }),
    awaitBuild: awaiting(deps, createBuildWatching(deps, built)),
  };
}

async function buildAgain(
  deps: DominoDependencies,
  { environmentId, revisionId, origin }: Rebuilding,
  attempt: Attempt,
): Promise<{ readonly rebuilt: boolean }> {
  const { environments } = deps.domino;
  const seen = await environments.getRevision({ path: { environmentId, revisionId } });
  if (!['failed', 'stopped'].includes(buildPhase(seen.status)))
    return { rebuilt: attempt.unsettled?.sent === true };
  if (origin.generation === 1) await refuseForeign(deps, revisionId);
  await environments.rebuildRevision({ body: { revisionId } }).catch((error: unknown) => {
    if (error instanceof PlatformError && error.ambiguous) attempt.remember({ looks: 0, sent: true });
    throw error;
  });
  return { rebuilt: true };
}

/**
 * What a person has cancelled of their own, a run does not build; a person asks for another generation.
 * @throws LonghaulError `BUILD_CANCELLED`
 */
async function refuseForeign({ domino }: DominoDependencies, revisionId: string): Promise<void> {
  const { environmentRevision } = await domino.environments.revisionDetails({ path: { revisionId } });
  if (!anyMarker.test(environmentRevision.summary ?? ''))
    throw ended(
      'BUILD_CANCELLED',
      `the build of revision ${revisionId}, which no run has made, was cancelled`,
    );
}

/** The caller’s environments that are not archived, the oldest first. */
export const ownEnvironments = async ({ domino }: DominoDependencies) =>
  [...new Map((await domino.environments.listOwn({})).map((one) => [one.id, one])).values()]
    .filter(({ archived }) => archived !== true)
    .map((environment) => ({ ...environment, description: environment.description ?? '' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** What others may go on with. */
export const thisEnvironment = (id: string): Shared => ({ kind: 'environment', name: id });

async function ensureEnvironment(
  {
    deps,
    createAlone,
    adopt,
  }: { readonly deps: DominoDependencies } & Pick<Holds, 'createAlone'> & Pick<Adoptions, 'adopt'>,
  spec: Effect & EnvironmentSpec,
  attempt: Attempt,
): Promise<EnvironmentOutput> {
  const marker = markerOf(spec.origin);
  const { image, instructions, scripts } = await baseOf(deps, spec);
  const baseTag = `[base:${shortHash([JSON.stringify(spec.base)])}]`;
  return ensure<EnvironmentOutput>(attempt, {
    lookFirst: true,
    begunBefore: spec.begunBefore,
    unlessThere: true,
    isShared: true,
    isWhole: ({ revisionId }) => revisionId !== null,
    find: async () => {
      // Ids grow with time, so every run that looks agrees on the first.
      const [found] = (await ownEnvironments(deps)).filter(({ name }) => name === spec.name);
      if (found === undefined) return null;
      refuseOther(spec, found.description, baseTag);
      if (isOfAnotherRun(spec, found.description)) await adopt(spec, thisEnvironment(found.id));
      const revisionId = (found.selectedRevision ?? found.latestRevision)?.id ?? null;
      return {
        environmentId: found.id,
        name: spec.name,
        image,
        revisionId,
        created: isOwnOf(spec.origin, found.description),
      };
    },
    create: async () => {
      const body = {
        ...scripts,
        name: spec.name,
        image,
        addBaseDependencies: false,
        visibility: 'private' as const,
        description: `Made by Longhaul for ${spec.origin.runId}. ${marker} ${baseTag}`,
        summary: summaryOf(spec.origin.runId, marker, instructions, image),
        dockerfileInstructions: instructions,
      };
      const { environment } = await createAlone(spec, { kind: 'environment', name: spec.name }, () =>
        deps.domino.environments.create({ body }, { deadlineMs: attempt.deadlineMs }),
      );
      const revisionId = environment.latestRevision?.id;
      // Its build is awaited, and jobs run on it: it is found with its first revision, where the answer does not name it.
      if (revisionId === undefined)
        throw new PlatformError('ANSWER_LOST', `the first revision of ${spec.name} has not shown up yet`);
      return { environmentId: environment.id, name: spec.name, image, revisionId, created: true };
    },
  });
}

function refuseOther(spec: EnvironmentSpec, description: string, baseTag: string): void {
  if (spec.adopt === true) return;
  if (!anyMarker.test(description))
    throw new PlatformError(
      'CONFLICT',
      `an environment named ${JSON.stringify(spec.name)} exists that Longhaul did not make; set environment.adopt, or use another name`,
    );
  if (!description.includes(baseTag))
    throw new PlatformError(
      'CONFLICT',
      `the environment ${JSON.stringify(spec.name)} was made from another base; use another name`,
    );
}

/**
 * What the first revision is made of. The platform’s own duplicate takes no name, so it could not be found again
 * after a lost answer: a duplicate copies the revision’s parts instead.
 */
async function baseOf({ domino }: DominoDependencies, { base, dockerfile }: EnvironmentSpec) {
  if ('image' in base) return { image: base.image, instructions: dockerfile ?? '', scripts: {} };
  const environmentId = 'environmentId' in base ? base.environmentId : base.duplicateOf;
  // It was looked up before anything was made.
  const { latestRevisionDetails: revision, base: parent } = await readKnown(
    domino.environments.details({ path: { environmentId } }),
  );
  const built = revision?.dockerImage;
  if (!revision || !built)
    throw new PlatformError('NOT_FOUND', `environment ${environmentId} has no image to start from`);
  if ('environmentId' in base) return { image: built, instructions: dockerfile ?? '', scripts: {} };
  const { preSetupScript, postSetupScript, preRunScript, postRunScript } = revision;
  return {
    image: parent?.dockerImage ?? built,
    instructions: dockerfile ?? revision.dockerfileInstructions ?? '',
    scripts: definedOnly({ preSetupScript, postSetupScript, preRunScript, postRunScript }),
  };
}

const definedOnly = (values: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value ? [[key, value]] : [])));

/** The content address: what a build is made of. */
const contentTag = (instructions: string, image: string): string =>
  `[content:${shortHash([withUnixLineEnds(instructions).trim(), image])}]`;

const summaryOf = (runId: string, marker: string, instructions: string, image: string): string =>
  `${runId.slice(0, 100)} ${marker} ${contentTag(instructions, image)}`;

async function ensureRevision(
  {
    deps,
    built,
    createAlone,
  }: { readonly deps: DominoDependencies; readonly built: BuiltRevisions } & Pick<Holds, 'createAlone'>,
  { environment, dockerfile, ...effect }: RevisionSpec,
  attempt: Attempt,
): Promise<RevisionOutput> {
  const { origin, begunBefore } = effect;
  const { environmentId } = environment;
  const marker = markerOf(origin);
  const details = await deps.domino.environments.details({ path: { environmentId } });
  const image = environment.image ?? details.base?.dockerImage ?? '';
  const content = contentTag(dockerfile, image);
  const output = ({ id, number }: { id: string; number: number }, created: boolean): RevisionOutput => ({
    environmentId,
    revisionId: id,
    number,
    created: created || (environment.created && id === environment.revisionId),
  });
  return ensure<RevisionOutput>(attempt, {
    lookFirst: true,
    begunBefore,
    find: async () => {
      const { latestRevision: latest, latestRevisionDetails: latestDetails } = details;
      const summary = latestDetails?.summary ?? '';
      const phase = buildPhase(latest?.status);
      const builtImage = phase === 'succeeded' ? latestDetails?.dockerImage : null;
      const isBuilt = builtImage ? { builtImage } : {};
      if (latest && summary.includes(marker)) return { ...output(latest, true), ...isBuilt };
      // The first build of an environment that this attempt has made is the one that was asked for, however soon it fails.
      const isAsked = environment.created && !begunBefore && latest?.id === environment.revisionId;
      const usable = (isAsked && phase === 'failed') || !['failed', 'stopped'].includes(phase);
      // Another generation is asked for because what there is will not do.
      const isOfContent = origin.generation === 1 && summary.includes(content);
      if (latest && usable && isOfContent) return { ...output(latest, false), ...isBuilt };
      // Somebody’s newer revision hides ours, and what has its content, from the environment’s details.
      const isSought = attempt.number > 1 || begunBefore;
      if ((latest?.number ?? 1) <= 1 || !(isSought || origin.generation === 1)) return null;
      const found = await built.find({
        environmentId,
        fits: (of) => of.includes(marker) || (origin.generation === 1 && of.includes(content)),
        mayOverlook: !isSought,
      });
      if (found === null) return null;
      const isOwn = found.summary.includes(marker);
      return { ...output(found, isOwn), ...(found.image !== null && { builtImage: found.image }) };
    },
    create: async () => {
      const body = {
        dockerfileInstructions: dockerfile,
        summary: summaryOf(origin.runId, marker, dockerfile, image),
        ...(image !== '' && { image }),
      };
      const send = () =>
        deps.domino.environments.createRevision(
          { path: { environmentId }, body },
          { deadlineMs: attempt.deadlineMs },
        );
      const shared = { kind: 'revision', name: content, within: environmentId } as const;
      // Another generation is asked for because what others make of this content will not do.
      const { environmentRevision } = await (origin.generation === 1
        ? createAlone(effect, shared, send)
        : send());
      return output(environmentRevision, true);
    },
  });
}
