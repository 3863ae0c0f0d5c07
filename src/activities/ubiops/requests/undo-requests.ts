/** Requests that are cancelled: the one that is known, and every other one with the marker. */
import { PlatformError } from '../../../platform/errors.js';
import { readGiven, readStanding } from '../../../platform/ubiops/read-requests.js';
import { requestPathOf } from '../../../platform/ubiops/request-ids.js';
import type { RequestEffects } from '../../../steps/ubiops/requests.js';
import { markerOf } from '../../effect/attempt.js';
import { sayStatus } from '../../effect/phases.js';
import { startOfRun } from '../../effect/run-start.js';
import { type Standing, asking, createUndo, left, standingOf, unmarked } from '../../effect/undoing.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { type FindMarked, carries, createMarkedRequests } from './marked-requests.js';
import { isStopping, mayGoOn, requestPhase } from './statuses.js';

type StopRequests = Parameters<RequestEffects['stopRequests']>[0];

/** Builds it. */
export const createRequestUndoing = (deps: UbiOpsDependencies): Pick<RequestEffects, 'stopRequests'> => {
  const stopping = { deps, findMarked: createMarkedRequests(deps) };
  return {
    stopRequests: createUndo(deps, 'job', async (undoing: StopRequests, { seen }) => {
      const { made, keep } = undoing;
      const own = made !== undefined && keep !== true ? [made.id] : [];
      const known = [...new Set([...own, ...seen])];
      const stopped = await stopEach(deps, undoing, known);
      return [...stopped, ...(await stopOthers(stopping, undoing, known))];
    }),
  };
};

interface Stopping {
  readonly deps: UbiOpsDependencies;
  readonly findMarked: FindMarked;
}

async function stopOthers(
  { deps, findMarked }: Stopping,
  undoing: StopRequests,
  known: readonly string[],
): Promise<readonly Standing[]> {
  const { made, doubt } = undoing;
  const standings = await standingOf({ kind: 'job' }, async () => {
    const others = (await markedIn(findMarked, undoing)).filter(
      (id) => id !== made?.id && !known.includes(id),
    );
    return stopEach(deps, undoing, others);
  });
  // One request was sent and answered: that its marker cannot be looked for raises no doubt.
  const isAll = made !== undefined && doubt === undefined;
  return isAll ? standings.filter((one) => one.state !== 'left' || one.left.id !== undefined) : standings;
}

/** The ids of those that carry the marker. */
async function markedIn(
  findMarked: FindMarked,
  { project, deployment, version: stated, origin }: StopRequests,
): Promise<readonly string[]> {
  const place = { project, deployment, version: stated };
  const found = await findMarked({ ...place, origin, sinceMs: await startOfRun(origin) });
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
  const before = await readStanding(deps.ubiops, path);
  if (!mayGoOn(before)) return standingIn(id, before);
  const isKnown = made?.isOwn === true && made.id === id;
  const isOwn = isKnown || carries({ request_data: await readGiven(deps.ubiops, path) }, marker);
  if (!isOwn) return unmarked({ kind: 'job', id }, marker);
  if (!isStopping(before.status))
    try {
      await asking(() => versionRequests.update({ path, body: { status: 'cancelled' } }));
    } catch (error) {
      // One that has ended meanwhile refuses it.
      if (!(error instanceof PlatformError) || !['REQUEST_REJECTED', 'CONFLICT'].includes(error.code))
        throw error;
    }
  return standingIn(id, await readStanding(deps.ubiops, path));
}

function standingIn(id: string, now: Parameters<typeof mayGoOn>[0]): Standing {
  const object = { kind: 'job' as const, id };
  const { status } = now;
  if (requestPhase(now) === 'stopped') return { state: 'undone', object };
  return mayGoOn(now)
    ? left(object, `it is ${sayStatus(status)}`, isStopping(status))
    : { state: 'ended', id };
}
