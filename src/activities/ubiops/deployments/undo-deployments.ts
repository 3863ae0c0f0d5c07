/** Versions that are taken back: what served before serves again, and what the origin has made is deleted. */
import type { DeploymentEffects, VersionPlace } from '../../../steps/ubiops/deployments.js';
import { holdKeyOf } from '../../../run/ids.js';
import type { RemoteReference } from '../../../run/steps.js';
import { isOwnOf, markerOf } from '../../effect/attempt.js';
import type { Holds } from '../../effect/holds.js';
import { ifThere } from '../../effect/known-objects.js';
import {
  type Before,
  type Standing,
  asking,
  createUndo,
  deleting,
  left,
  standingOf,
} from '../../effect/undoing.js';
import { lookTwice, settled } from '../../effect/second-look.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { defaultOf, promoteVersion } from './serving.js';
import { pathOf } from './version-path.js';
import { previousIn } from './versions.js';

type TakeBack = Parameters<DeploymentEffects['takeBackVersion']>[0];

interface Looking extends Pick<Holds, 'isHeldByAnother'> {
  readonly deps: UbiOpsDependencies;
}

/** Builds it. */
export const createDeploymentUndoing = (looking: Looking): Pick<DeploymentEffects, 'takeBackVersion'> => ({
  takeBackVersion: createUndo(looking.deps, 'deploymentVersion', (undoing: TakeBack, before) =>
    takeBack(looking, undoing, before),
  ),
});

/** A name is there once, so nothing is beside what is kept. */
async function takeBack(looking: Looking, undoing: TakeBack, { done }: Before): Promise<readonly Standing[]> {
  if (undoing.keep === true) return [];
  const standings = (await versionsOf(looking.deps, undoing)).map((version) =>
    standingOf({ kind: 'deploymentVersion', id: version }, () =>
      takeBackOne(looking, undoing, { version, isDone: done.includes(version) }),
    ),
  );
  return (await Promise.all(standings)).flat();
}

/** The version that is known; else those with the marker. */
async function versionsOf(
  { ubiops: { versions } }: UbiOpsDependencies,
  { project: projectName, deployment: deploymentName, version, made, origin }: TakeBack,
): Promise<readonly string[]> {
  const known = version ?? made?.id;
  if (known !== undefined) return [known];
  const listed = await ifThere(versions.list({ path: { projectName, deploymentName }, query: {} }));
  const marker = markerOf(origin);
  const own = (listed ?? []).filter(({ description }) => description?.includes(marker) === true);
  return [...new Set(own.map(({ version: name }) => name))];
}

async function takeBackOne(
  looking: Looking,
  undoing: TakeBack,
  { version, isDone }: { readonly version: string; readonly isDone: boolean },
): Promise<readonly Standing[]> {
  const { deps } = looking;
  const { project, deployment } = undoing;
  const object = { kind: 'deploymentVersion', id: version };
  const path = pathOf({ project, deployment, version });
  const reading = deps.ubiops.versions.get({ path });
  // One answer that it is not there proves nothing, unless it was deleted before.
  const found = isDone ? await ifThere(reading) : await reading;
  const isOwn = isOwnOf(undoing.origin, found?.description);
  // A request whose answer was lost may have made it once more since; else somebody else has.
  if (found === null || (isDone && !isOwn)) return [{ state: 'ended', id: version }];
  const { previous: told } = undoing;
  // It served before this step, which has found it made of the same: nobody has put it in the place of another.
  if (!isOwn && told === version) return [{ state: 'ended', id: version }];
  // An attempt before may have put it live already. What another run has made says what served before that.
  const isTold = told !== undefined && told !== version;
  const previous = isTold ? told : isOwn ? previousIn(found) : undefined;
  const serves = await isDefault(deps, { project, deployment, version });
  if (serves && !isOwn && (await isAnothersToo(looking, undoing)))
    return [stays(object, 'it serves, and another run, which has deployed since, may have put it live')];
  if (serves && undoing.untilReplaced === true) return [left(object, 'it serves until another version does')];
  // The first version of a deployment serves as soon as it is there.
  const isFirst = serves && isOwn && previous === undefined && (await isAlone(deps, path));
  if (serves && previous !== null && !isFirst) {
    const kept = await restore(deps, { ...undoing, version, previous });
    if (kept !== null) return [kept];
  }
  if (!isOwn && serves && previous === null) return [stays(object, 'it serves, and none served before it')];
  if (!isOwn) return [serves ? { state: 'undone', object } : { state: 'ended', id: version }];
  return [await remove(deps, path, object)];
}

/** Whether another run has had the deployment since: whoever promotes has it. */
async function isAnothersToo({ isHeldByAnother }: Looking, undoing: TakeBack): Promise<boolean> {
  const { connection, project, deployment } = undoing;
  const key = holdKeyOf({ connection, project, deploy: { modelApi: deployment } });
  return key !== null && isHeldByAnother(undoing, key);
}

/** What stays as it is, and why. */
const stays = (object: RemoteReference, reason: string): Standing => ({
  state: 'left',
  left: { ...object, reason, lasting: true },
});

/** Whether its deployment has no other version, to which requests could go instead. */
async function isAlone(
  { ubiops: { versions } }: UbiOpsDependencies,
  { projectName, deploymentName, version }: ReturnType<typeof pathOf>,
): Promise<boolean> {
  const listed = await versions.list({ path: { projectName, deploymentName }, query: {} });
  return listed.every((other) => other.version === version);
}

/** Whether requests go to it. One look that shows another one proves nothing: it may have been put live a moment ago. */
async function isDefault(deps: UbiOpsDependencies, { version, ...place }: VersionPlace): Promise<boolean> {
  const look = async (): Promise<boolean> => (await defaultOf(deps, place)) === version;
  if (await look()) return true;
  await settled(deps);
  return look();
}

/** Has requests go to the version of before; says what stays where that cannot be done, else `null`. */
async function restore(
  deps: UbiOpsDependencies,
  {
    project,
    deployment,
    version,
    previous,
  }: Pick<TakeBack, 'project' | 'deployment'> & {
    readonly version: string;
    readonly previous: string | undefined;
  },
): Promise<Standing | null> {
  const object = { kind: 'deploymentVersion', id: version };
  if (previous === undefined || previous === version)
    return stays(object, 'it serves, and nothing says which version served before it');
  const path = pathOf({ project, deployment, version: previous });
  if ((await lookTwice(deps, () => deps.ubiops.versions.get({ path }))) === null)
    return stays(object, `it serves, and version ${previous}, which served before it, is not there any more`);
  await asking(() => promoteVersion(deps, { project, deployment, version: previous }));
  if ((await defaultOf(deps, { project, deployment })) === previous) return null;
  return left(object, `requests do not go to version ${previous} yet`);
}

async function remove(
  { ubiops: { versions } }: UbiOpsDependencies,
  path: ReturnType<typeof pathOf>,
  object: { readonly kind: string; readonly id: string },
): Promise<Standing> {
  return deleting(object, {
    send: () => versions.delete({ path }),
    isThere: async () => (await ifThere(versions.get({ path }))) !== null,
  });
}
