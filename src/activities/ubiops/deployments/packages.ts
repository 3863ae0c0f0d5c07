/** Packages of versions as effects: uploaded once, known again by what they hold. */
import { PlatformError } from '../../../platform/errors.js';
import type { Effect } from '../../../run/undoing/effect.js';
import type {
  DeploymentEffects,
  PackageSpec,
  PackageStart,
  VersionPlace,
} from '../../../steps/ubiops/deployments.js';
import { type Attempt, attempted } from '../../effect/attempt.js';
import { creating, ensure } from '../../effect/ensure.js';
import type { Holds } from '../../effect/holds.js';
import { fromKnown, ofKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { contentIn } from '../environments/contents.js';
import { deploymentPackage } from './deployment-package.js';
import { createPackageWatching, packagePhase } from './package-watching.js';
import { pathOf } from './version-path.js';
import { contentLabelIn } from './versions.js';

type Own = Pick<DeploymentEffects, 'getPackages' | 'ensurePackage' | 'awaitPackage'>;
type Asked = Parameters<Own['ensurePackage']>[0];

/** Builds them. */
export const createPackageActivities = (
  deps: UbiOpsDependencies,
  { createAlone }: Pick<Holds, 'createAlone'>,
): Own => ({
  getPackages: attempted(
    deps,
    ofKnown(async ({ version }: Parameters<Own['getPackages']>[0]) =>
      (await newestPackages(deps, version)).map(({ id }) => id),
    ),
  ),
  ensurePackage: creating(
    deps,
    fromKnown((asked: Asked, attempt: Attempt) => ensurePackage({ deps, createAlone }, asked, attempt)),
  ),
  awaitPackage: awaiting(deps, createPackageWatching(deps)),
});

/** Each once, the newest first: the order of the list means nothing. */
async function newestPackages(
  { ubiops: { deploymentRevisions } }: UbiOpsDependencies,
  version: VersionPlace,
) {
  const listed = await deploymentRevisions.list({ path: pathOf(version) });
  const msOf = ({ creation_date: at }: (typeof listed)[number]): number => Date.parse(at ?? '') || 0;
  return [...new Map(listed.map((one) => [one.id, one])).values()].sort(
    (a, b) => msOf(b) - msOf(a) || (a.id < b.id ? 1 : -1),
  );
}

/**
 * What is newer than the packages of before, and holds the same, is the one of a lost answer, or of another run that makes the
 * same version, however its build has ended; of those that were there, one whose build has not failed is as good as another
 * one.
 */
function ensurePackage(
  { deps, createAlone }: { readonly deps: UbiOpsDependencies } & Pick<Holds, 'createAlone'>,
  { version, package: spec, before, ...effect }: Effect & Asked,
  attempt: Attempt,
): Promise<PackageStart> {
  const { deploymentRevisions } = deps.ubiops;
  const path = pathOf(version);
  const { begunBefore } = effect;
  const find = async (): Promise<PackageStart | null> => {
    for (const { id, status } of await newestPackages(deps, version)) {
      const isNew = !before.includes(id);
      if (!isNew && packagePhase(status) === 'failed') continue;
      const isBuilt = packagePhase(status) === 'succeeded';
      if (await holdsSame(deps, spec, { path: { ...path, revisionId: id }, isNew, isBuilt }))
        return { revisionId: id, created: isNew };
    }
    return null;
  };
  return ensure<PackageStart>(attempt, {
    ...{ lookFirst: before.length > 0 || begunBefore, begunBefore, find },
    create: () =>
      createAlone(effect, sharedOf(version, spec), async () => {
        // Another run may have uploaded it since.
        const there = await find();
        if (there !== null) return there;
        const options = { deadlineMs: attempt.deadlineMs };
        const { revision } = await deploymentRevisions.upload({ path, body: bodyOf(spec) }, options);
        return { revisionId: revision, created: true };
      }),
  });
}

/** One package of a version is uploaded at a time. */
const sharedOf = ({ project, deployment, version }: VersionPlace, spec: PackageSpec) =>
  ({
    kind: 'package',
    name: 'files' in spec ? deploymentPackage(spec.files).content.slice(0, 12) : spec.templateId,
    within: `${project}.${deployment}.${version}`,
  }) as const;

const bodyOf = (spec: PackageSpec) =>
  'files' in spec
    ? {
        file: {
          name: 'package.zip',
          type: 'application/zip',
          content: deploymentPackage(spec.files).bytes,
        },
      }
    : { template_deployment_id: spec.templateId };

interface Held {
  readonly path: ReturnType<typeof pathOf> & { readonly revisionId: string };
  readonly isNew: boolean;
  readonly isBuilt: boolean;
}

/**
 * The platform tells no checksum of a package; what a template holds is the platform’s own. An old package that is gone may
 * have been the same; a new one that cannot be read yet is not known to be another one.
 */
async function holdsSame(deps: UbiOpsDependencies, spec: PackageSpec, held: Held): Promise<boolean> {
  if (!('files' in spec)) return true;
  const { path, isNew, isBuilt } = held;
  const content = await contentIn(deps.ubiops.deploymentRevisions.download({ path }));
  if (content !== null) {
    if (content !== deploymentPackage(spec.files).content) return false;
    // Where another one was uploaded after it, requests run on that: it must be uploaded again.
    return isNew || !isBuilt || (await isActive(deps, path));
  }
  if (isBuilt && (await isActiveOfOwn(deps, path))) return true;
  if (!isNew) return false;
  throw new PlatformError(
    'ANSWER_UNEXPECTED',
    `package ${path.revisionId} of version ${path.version} cannot be read, so it is not known whether it is the one of this step`,
  );
}

/** Whether requests run on this package, as far as its version tells. */
async function isActive(
  { ubiops: { versions } }: UbiOpsDependencies,
  { revisionId, ...path }: Held['path'],
): Promise<boolean> {
  const { active_revision: active } = await versions.get({ path });
  return active == null || active === revisionId;
}

/** Whether a version that Longhaul has named after what it is made of runs on this package. */
async function isActiveOfOwn(
  { ubiops: { versions } }: UbiOpsDependencies,
  { revisionId, ...path }: Held['path'],
): Promise<boolean> {
  const found = await versions.get({ path });
  return contentLabelIn(found) !== undefined && found.active_revision === revisionId;
}
