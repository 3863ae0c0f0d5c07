/** The same in the spelling of `/v2`: a revision is a tag, whose name is its caller’s, and whose state is that of its build. */
import { hash } from 'node:crypto';
import type { Effect } from '../../../run/undoing/effect.js';
import type {
  BuildPlace,
  BuildStart,
  RevisionOutput,
  RevisionSpec,
  RevisionsBefore,
} from '../../../steps/ubiops/environments.js';
import { PlatformError } from '../../../platform/errors.js';
import type { Attempt } from '../../effect/attempt.js';
import { ensure, maySent } from '../../effect/ensure.js';
import { ifThere } from '../../effect/known-objects.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { mayBuild, tagPhase } from '../statuses.js';
import type { Place } from './contents.js';
import { type Revising, type Revisions, buildNamed } from './revisions.js';

type Tag = Awaited<ReturnType<UbiOpsDependencies['ubiops']['tags']['get']>>;
type TagPath = Place & { readonly tagName: string };

/** Those of `/v2`. */
export function createTags(revising: Revising): Revisions {
  const { deps, contents } = revising;
  return {
    // Of a tag whose build was lost, another may begin: that is told from what is built or was being built.
    before: async (spec) => {
      const { project, environment } = spec.environment;
      const { content } = await contents.read(project, spec.source);
      const tag = tagNameOf(spec, content);
      const known = await ifThere(deps.ubiops.tags.get({ path: tagPathOf({ project, environment, tag }) }));
      const isUsable = known !== null && (tagPhase(known) === 'succeeded' || isBuilding(known));
      return { content, revisions: isUsable && known.id != null ? [known.id] : [], since: null };
    },
    ensure: (spec, attempt) => ensureTag(revising, spec, attempt),
    // It is the tag that is awaited, whichever build it has.
    builds: () => Promise.resolve([]),
    ensureBuild: ({ revision, begunBefore }, attempt) => {
      const path = tagPathOf(revision);
      const { buildId } = revision;
      return ensure<BuildStart>(attempt, {
        // A tag has one build at a time: where a second one is refused, another run has begun it.
        ...{ lookFirst: true, begunBefore, unlessThere: true },
        find: async () => {
          const known = await deps.ubiops.tags.get({ path });
          // What has been sent may have been built already.
          const isBegun = mayBuild(known) || (maySent(attempt) && tagPhase(known) === 'succeeded');
          return isBegun ? { buildId, rebuilt: maySent(attempt) } : null;
        },
        create: async () => {
          await deps.ubiops.tags.rebuild({ path }, { deadlineMs: attempt.deadlineMs });
          return { buildId, rebuilt: true };
        },
      });
    },
  };
}

/** Where the tag of a revision is. */
export const tagPathOf = ({
  project,
  environment,
  tag,
}: Pick<BuildPlace, 'project' | 'environment' | 'tag'>): TagPath => ({
  projectName: project,
  environmentName: environment,
  tagName: tag ?? '',
});

/** What a base is called; it may say its tag: `python3-11:2`. */
function baseOf(base: string | null): {
  readonly base_environment_name?: string;
  readonly base_environment_tag?: string;
} {
  if (base === null) return {};
  const [base_environment_name = '', base_environment_tag] = base.split(':');
  return { base_environment_name, ...(base_environment_tag !== undefined && { base_environment_tag }) };
}

/** A tag is a pin, so one that nobody has named is named by what is in it. */
const tagNameOf = ({ environment, tag }: RevisionSpec, content: string): string =>
  tag ?? `c-${hash('sha256', JSON.stringify([environment.base ?? '', content])).slice(0, 12)}`;

function ensureTag(
  revising: Revising,
  {
    environment,
    source,
    tag,
    before,
    ...effect
  }: Effect & RevisionSpec & { readonly before: RevisionsBefore },
  attempt: Attempt,
): Promise<RevisionOutput> {
  const { deps, contents, createAlone } = revising;
  const { content } = before;
  const { project, environment: name } = environment;
  const tagName = tagNameOf({ environment, source, tag }, content);
  const path = { projectName: project, environmentName: name, tagName };
  const output = (known: Tag, of: Pick<RevisionOutput, 'created' | 'built'>): RevisionOutput => {
    const id = known.id ?? `${name}:${tagName}`;
    return { project, environment: name, revisionId: id, buildId: id, tag: tagName, content, ...of };
  };
  const find = async (): Promise<RevisionOutput | null> => {
    const known = await ifThere(deps.ubiops.tags.get({ path }));
    if (known === null) return null;
    const held = await contents.ofTag(path);
    if (held === null && isBare(known)) {
      refuseOther(known, environment, tagName);
      return null; // one that nothing was sent to is built yet
    }
    const phase = tagPhase(known);
    // The name of one that nobody has named says what is in it.
    const isTold = tag === undefined && phase === 'succeeded';
    if (held === null && !isTold) throw unreadable(path, mayBuild(known) || maySent(attempt));
    if (held !== null && held !== content)
      throw new PlatformError(
        'CONFLICT',
        `tag ${tagName} of environment ${name} has another content; use another name for it`,
      );
    refuseOther(known, environment, tagName);
    const isLost = phase === 'failed' || phase === 'stopped';
    if (isLost && !maySent(attempt)) return null;
    return output(known, { created: maySent(attempt), built: phase === 'succeeded' });
  };
  return ensure<RevisionOutput>(attempt, {
    ...{ lookFirst: true, begunBefore: effect.begunBefore, find },
    create: async () => {
      const { body } = await contents.read(project, source);
      return createAlone(effect, buildNamed(path, tagName), async () => {
        // Another run may have sent its package since.
        const there = await find();
        if (there !== null) return there;
        const known = await tagAt(deps, path, { environment, attempt });
        const options = { deadlineMs: attempt.deadlineMs };
        await deps.ubiops.tags.build({ path, query: baseOf(environment.base), body }, options);
        return output(known, { created: true, built: false });
      });
    },
  });
}

const isBuilding = (known: Tag): boolean => !isBare(known) && mayBuild(known);

/** Whether nothing was sent to a tag yet, as far as it says itself. */
const isBare = ({ status, built }: Tag): boolean => built !== true && ['', 'pending'].includes(status);

/** What has been built is no place for another package, whatever it holds; what was just sent may not be shown yet. */
const unreadable = ({ environmentName, tagName }: TagPath, mayPass: boolean): PlatformError =>
  mayPass
    ? new PlatformError(
        'ANSWER_UNEXPECTED',
        `the package of tag ${tagName} of environment ${environmentName} cannot be read yet`,
      )
    : new PlatformError(
        'CONFLICT',
        `tag ${tagName} of environment ${environmentName} has been built, and its package cannot be read, so it is not known to be the same; use another name for it`,
      );

/** A tag of the same files is another one where it builds on something else, or takes other requests. */
function refuseOther(known: Tag, environment: RevisionSpec['environment'], tagName: string): void {
  const fault = isBare(known) ? otherFormat(known, environment) : otherIn(known, environment);
  if (fault !== null)
    throw new PlatformError(
      'CONFLICT',
      `tag ${tagName} of environment ${environment.environment} ${fault}; use another name for it`,
    );
}

function otherIn(known: Tag, environment: RevisionSpec['environment']): string | null {
  const { base_environment_name: name, base_environment_tag: tag } = known;
  const asked = baseOf(environment.base);
  // Until its build has ended, a tag need not say what it builds on.
  const isTold = name !== undefined && (name !== null || tagPhase(known) === 'succeeded');
  const isOtherTag =
    asked.base_environment_tag !== undefined && tag != null && tag !== asked.base_environment_tag;
  if (isTold && ((name ?? '') !== (asked.base_environment_name ?? '') || isOtherTag))
    return `builds on ${sayBase(name, isOtherTag ? tag : null)}, not on ${environment.base ?? 'one of its own'}`;
  return otherFormat(known, environment);
}

const sayBase = (name: string | null, tag: string | null): string =>
  name === null || name === '' ? 'an own Docker image' : [name, ...(tag === null ? [] : [tag])].join(':');

function otherFormat(
  { supports_request_format: supports }: Tag,
  { supportsRequestFormat: asked }: RevisionSpec['environment'],
): string | null {
  if (asked === null || supports == null || supports === asked) return null;
  return `${supports ? 'supports' : 'does not support'} the request format`;
}

/** The tag, made where there is none. Whatever code a platform refuses a second one with, it is looked for once more then. */
async function tagAt(
  { ubiops }: UbiOpsDependencies,
  path: TagPath,
  { environment, attempt }: Pick<RevisionSpec, 'environment'> & { readonly attempt: Attempt },
): Promise<Tag> {
  const known = await ifThere(ubiops.tags.get({ path }));
  if (known !== null) return known;
  const { tagName: name, ...place } = path;
  const { supportsRequestFormat: supports } = environment;
  const body = { name, ...(supports !== null && { supports_request_format: supports }) };
  try {
    return await ubiops.tags.create({ path: place, body }, { deadlineMs: attempt.deadlineMs });
  } catch (error) {
    const isRefused = error instanceof PlatformError && ['REQUEST_REJECTED', 'CONFLICT'].includes(error.code);
    const there = isRefused ? await ifThere(ubiops.tags.get({ path })) : null;
    if (there !== null) return there;
    throw error;
  }
}
