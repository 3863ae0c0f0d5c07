/** Requests that are cancelled: the one that is known, and every other one with the marker. */
import { PlatformError } from '../../../platform/errors.js';
import { requestPathOf } from '../../../platform/ubiops/request-ids.js';
import type { RequestEffects } from '../../../steps/ubiops/requests.js';
import { markerOf } from '../../effect/attempt.js';
import { sayStatus } from '../../effect/phases.js';
import { startOfRun } from '../../effect/run-start.js';
import { type Standing, asking, createUndo, left, standingOf, unmarked } from '../../effect/undoing.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { carries, findMarkedIn } from './marked-requests.js';
import { isStopping, mayGoOn, requestPhase } from './statuses.js';

type StopRequests = Parameters<RequestEffects['stopRequests']>[0];

/** Builds it. */
export const createRequestUndoing = (deps: UbiOpsDependencies): Pick<RequestEffects, 'stopRequests'> => ({
  stopRequests: createUndo(deps, 'job', async (undoing: StopRequests, { seen }) => {
    const { made, keep } = undoing;
    const own = made !== undefined && keep !== true ? [made.id] : [];
    const known = [...new Set([...own, ...seen])];
    const stopped = await stopEach(deps, undoing, known);
    return [...stopped, ...(await stopOthers(deps, undoing, known))];
  }),
});

async function stopOthers(
  deps: UbiOpsDependencies,
  undoing: StopRequests,
  known: readonly string[],
): Promise<readonly Standing[]> {
  const { made, doubt } = undoing;
  const standings = await standingOf({ kind: 'job' }, async () => {
    const others = (await markedIn(deps, undoing)).filter((id) => id !== made?.id && !known.includes(id));
    return stopEach(deps, undoing, others);
  });
  // One request was sent and answered: that its marker cannot be looked for raises no doubt.
  const isAll = made !== undefined && doubt === undefined;
  return isAll ? standings.filter((one) => one.state !== 'left' || one.left.id !== undefined) : standings;
}

/** The ids of those that carry the marker. */
async function markedIn(
  deps: UbiOpsDependencies,
  { project, deployment, version: stated, origin }: StopRequests,
): Promise<readonly string[]> {
  const place = { project, deployment, version: stated };
  const found = await findMarkedIn(deps, { ...place, origin, sinceMs: await startOfRun(origin) });
  return found.map(({ version, requestId }) => [project, deployment, version, requestId].join('/'));
}

async function stopEach(
  deps: UbiOpsDependencies,
  undoing: StopRequests,
  ids: readonly string[],
): Promise<Standing[]> {
  const standings = ids.map((id) =>
    standingOf({ kind: 'job', id }, async () => [await stopRequest(deps, undoing, id)]),
  );
  return (await Promise.all(standings)).flat();
}

async function stopRequest(
  deps: UbiOpsDependencies,
  { made, origin }: StopRequests,
  id: string,
): Promise<Standing> {
  const { versionRequests } = deps.ubiops;
  const path = requestPathOf(id);
  const marker = markerOf(origin);
  const before = await versionRequests.get({ path, query: {} });
  const isOwn = (made?.isOwn === true && made.id === id) || carries(before, marker);
  if (!mayGoOn(before)) return standingIn(id, before);
  if (!isOwn) return unmarked({ kind: 'job', id }, marker);
  if (!isStopping(before.status))
    try {
      await asking(() => versionRequests.update({ path, body: { status: 'cancelled' } }));
    } catch (error) {
      // One that has ended meanwhile refuses it.
      if (!(error instanceof PlatformError) || !['REQUEST_REJECTED', 'CONFLICT'].includes(error.code))
        throw error;
    }
  return standingIn(id, await versionRequests.get({ path, query: { metadata_only: true } }));
}

function standingIn(id: string, now: Parameters<typeof mayGoOn>[0]): Standing {
  const object = { kind: 'job' as const, id };
  const { status } = now;
  if (requestPhase(now) === 'stopped') return { state: 'undone', object };
  return mayGoOn(now)
    ? left(object, `it is ${sayStatus(status)}`, isStopping(status))
    : { state: 'ended', id };
}
