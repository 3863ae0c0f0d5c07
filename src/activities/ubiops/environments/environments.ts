/** Environments as effects: ensured by their name. */
import { hash } from 'node:crypto';
import type { Effect } from '../../../run/undoing/effect.js';
import type { First } from '../../../run/undoing/effects.js';
import type {
  EnvironmentEffects,
  EnvironmentOutput,
  EnvironmentSpec,
} from '../../../steps/ubiops/environments.js';
import { PlatformError } from '../../../platform/errors.js';
import { type Adoptions, isOfAnotherRun } from '../../effect/adoptions.js';
import { type Attempt, isOwnOf, markerOf } from '../../effect/attempt.js';
import { creating, ensure, maySent } from '../../effect/ensure.js';
import type { Holds, Shared } from '../../effect/holds.js';
import { ifThere } from '../../effect/known-objects.js';
import type { Preflights } from '../../effect/preflights.js';
import { type UbiOpsDependencies, hasTags } from '../dependencies.js';
import { type Needed, needed, needing, projectNeeded } from '../missing.js';
import { type Contents, sourceNeeded } from './contents.js';

interface Making extends Pick<Holds, 'createAlone'>, Pick<Adoptions, 'adopt'>, Pick<Preflights, 'check'> {
  readonly deps: UbiOpsDependencies;
  readonly contents: Pick<Contents, 'read'>;
}

/** Builds the activity from what it needs. */
export const createEnvironmentActivities = (
  making: Making,
): Pick<EnvironmentEffects, 'ensureEnvironment'> => ({
  ensureEnvironment: creating(
    making.deps,
    async (spec: Effect & First & EnvironmentSpec, attempt): Promise<EnvironmentOutput> => {
      await making.check(spec, { tries: attempt.number, sent: maySent(attempt) });
      return needing(making.deps, neededBy(making.deps, spec), async () =>
        ensureEnvironment(making, { ...spec, name: await nameOf(making, spec) }, attempt),
      );
    },
  ),
});

/** In /v2 the base is named where a tag is built. */
const neededBy = (deps: UbiOpsDependencies, spec: EnvironmentSpec): Needed[] => [
  projectNeeded(spec),
  ...(hasTags(deps) ? [] : needed(spec, 'environment', 'base', { value: spec.base })),
  ...(spec.contents === undefined ? [] : sourceNeeded(spec, spec.contents, 'contents.')),
];

/** A name has 64 characters. */
const longestLogical = 51;

/** The name that this content has on this base, and no other. */
async function nameOf({ contents }: Making, { project, name, base = '', ...of }: EnvironmentSpec) {
  if (of.contents === undefined) return name;
  const { content } = await contents.read(project, of.contents);
  const digits = hash('sha256', JSON.stringify([base, content])).slice(0, 12);
  return `${name.slice(0, longestLogical)}-${digits}`;
}

type Found = Awaited<ReturnType<UbiOpsDependencies['ubiops']['environments']['get']>>;

/**
 * A name is taken once in a project, so an environment is found by it, whoever has made it. Whatever code a platform refuses
 * a second one with, it is looked for once more then.
 */
function ensureEnvironment(
  { deps, createAlone, adopt }: Making,
  spec: Effect & EnvironmentSpec,
  attempt: Attempt,
): Promise<EnvironmentOutput> {
  const { project: projectName, name, origin } = spec;
  const marker = markerOf(origin);
  const shared = { kind: 'environment', name, within: projectName } as const;
  const output = (found: Found): EnvironmentOutput => ({
    project: projectName,
    environment: found.name,
    environmentId: found.id ?? null,
    // What an environment of tags builds on, each of its builds says.
    base: (hasTags(deps) ? spec.base : found.base_environment) ?? null,
    supportsRequestFormat: found.supports_request_format ?? spec.supportsRequestFormat ?? null,
    created: isOwnOf(origin, found.description),
  });
  return ensure<EnvironmentOutput>(attempt, {
    lookFirst: true,
    begunBefore: spec.begunBefore,
    unlessThere: true,
    find: async () => {
      const path = { projectName, environmentName: name };
      const read = () => ifThere(deps.ubiops.environments.get({ path }));
      const found = await read();
      if (found !== null) refuseOther(deps, spec, found);
      if (found === null || !isOfAnotherRun(spec, found.description)) return found && output(found);
      await adopt(spec, thisEnvironment(found));
      const adopted = await read(); // its run may have deleted it meanwhile
      return adopted !== null && adopted.id === found.id ? output(adopted) : null;
    },
    create: () =>
      createAlone(spec, shared, async () => {
        const body = { name, description: describe(spec, marker), ...bodyOf(deps, spec) };
        const options = { deadlineMs: attempt.deadlineMs };
        return output(await deps.ubiops.environments.create({ path: { projectName }, body }, options));
      }),
  });
}

/** What others may go on with: this one, and none that is made under its name once it is gone. */
export const thisEnvironment = ({ id, name }: Pick<Found, 'id' | 'name'>): Shared => ({
  kind: 'environment',
  name,
  within: id ?? name,
});

/** A description has room for 400 characters. */
const describe = ({ description, origin }: Effect & EnvironmentSpec, marker: string): string =>
  `${description === undefined ? '' : `${description} `}(Longhaul, ${origin.runId.slice(0, 60)}) ${marker}`;

const bodyOf = (deps: UbiOpsDependencies, { base, labels, supportsRequestFormat }: EnvironmentSpec) => ({
  ...(labels !== undefined && { labels }),
  ...(base !== undefined && !hasTags(deps) && { base_environment: base }),
  ...(supportsRequestFormat !== undefined &&
    !hasTags(deps) && { supports_request_format: supportsRequestFormat }),
});

/** What has the name must be what is asked for: none of these can be changed later. */
function refuseOther(deps: UbiOpsDependencies, spec: EnvironmentSpec, found: Found): void {
  const fault = otherIn(deps, spec, found);
  if (fault !== null)
    throw new PlatformError(
      'CONFLICT',
      `the environment ${JSON.stringify(spec.name)} of project ${spec.project} ${fault}; use another name`,
    );
}

function otherIn(deps: UbiOpsDependencies, spec: EnvironmentSpec, found: Found): string | null {
  if (found.system === true) return 'is one of the platform';
  if (found.implicit === true) return 'belongs to a package of a deployment';
  if (found.hidden === true) return 'is hidden';
  if (hasTags(deps)) return null;
  if (found.project === null) return 'is one of the platform';
  const { base_environment: base = null, supports_request_format: supports } = found;
  if (base !== (spec.base ?? null))
    return `builds on ${base ?? 'an own Docker image'}, not on ${spec.base ?? 'one'}`;
  if (spec.supportsRequestFormat === undefined || supports == null) return null;
  if (supports === spec.supportsRequestFormat) return null;
  return `${supports ? 'supports' : 'does not support'} the request format`;
}
