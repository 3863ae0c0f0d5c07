/** Packages of versions as effects: uploaded once, known again by what they hold. */
import type { Effect } from '../../../run/undoing/effect.js';
import type {
  DeploymentEffects,
  PackageSpec,
  PackageStart,
  VersionPlace,
} from '../../../steps/ubiops/deployments.js';
import { type Attempt, attempted } from '../../effect/attempt.js';
import { creating, ensure } from '../../effect/ensure.js';
import { fromKnown, ofKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { contentOf } from '../environments/packages.js';
import { deploymentPackage } from './deployment-package.js';
import { createPackageWatching, packagePhase } from './package-watching.js';
import { pathOf } from './version-path.js';

type Own = Pick<DeploymentEffects, 'getPackages' | 'ensurePackage' | 'awaitPackage'>;
type Asked = Parameters<Own['ensurePackage']>[0];

/** Builds them. */
export const createPackageActivities = (deps: UbiOpsDependencies): Own => ({
  getPackages: attempted(
    deps,
    ofKnown(async ({ version }: Parameters<Own['getPackages']>[0]) =>
      (await newestPackages(deps, version)).map(({ id }) => id),
    ),
  ),
  ensurePackage: creating(
    deps,
    fromKnown((asked: Asked, attempt: Attempt) => ensurePackage(deps, asked, attempt)),
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
 * What is newer than the packages of before, and holds the same, is the one of a lost answer, however its build has ended; of
 * those that were there, one whose build has not failed is as good as another one.
 */
function ensurePackage(
  deps: UbiOpsDependencies,
  { version, package: spec, before, begunBefore }: Effect & Asked,
  attempt: Attempt,
): Promise<PackageStart> {
  const { deploymentRevisions } = deps.ubiops;
  const path = pathOf(version);
  return ensure<PackageStart>(attempt, {
    ...{ lookFirst: before.length > 0 || begunBefore, begunBefore },
    find: async () => {
      for (const { id, status } of await newestPackages(deps, version)) {
        const isNew = !before.includes(id);
        if (!isNew && packagePhase(status) === 'failed') continue;
        if (await holdsSame(deps, spec, { ...path, revisionId: id }))
          return { revisionId: id, created: isNew };
      }
      return null;
    },
    create: async () => {
      const body =
        'files' in spec
          ? {
              file: {
                name: 'package.zip',
                type: 'application/zip',
                content: deploymentPackage(spec.files).bytes,
              },
            }
          : { template_deployment_id: spec.templateId };
      const options = { deadlineMs: attempt.deadlineMs };
      const { revision } = await deploymentRevisions.upload({ path, body }, options);
      return { revisionId: revision, created: true };
    },
  });
}

/** The platform tells no checksum of a package; what a template holds is the platform’s own. */
async function holdsSame(
  { ubiops: { deploymentRevisions } }: UbiOpsDependencies,
  spec: PackageSpec,
  path: ReturnType<typeof pathOf> & { readonly revisionId: string },
): Promise<boolean> {
  if (!('files' in spec)) return true;
  const bytes = await deploymentRevisions.download({ path });
  return bytes instanceof Uint8Array && contentOf(bytes) === deploymentPackage(spec.files).content;
}
