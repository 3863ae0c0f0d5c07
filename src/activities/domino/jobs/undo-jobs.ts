/** Jobs that are stopped: the one that is known, and every other one with the marker. */
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { type FindMarked, createMarkedJobs } from './marked-jobs.js';
import type { ProjectIds } from '../projects.js';
import { stopEach } from './stop-job.js';
import { type Standing, createUndo, standingOf } from '../../effect/undoing.js';

type StopJobs = Parameters<DominoEffects['stopJobs']>[0];

/** Builds it. */
export function createJobUndoing(
  deps: DominoDependencies,
  projectIds: ProjectIds,
): Pick<DominoEffects, 'stopJobs'> {
  const findMarked = createMarkedJobs(deps);
  return {
    stopJobs: createUndo(deps, 'job', async (undoing: StopJobs, { seen }) => {
      const { made, keep, project } = undoing;
      const own = made !== undefined && keep !== true ? [made.id] : [];
      const known = [...new Set([...own, ...seen])];
      const projectId = () => made?.parent ?? projectIds(project);
      const marker = markerOf(undoing.origin);
      const stopped = await stopEach(deps, { ids: known, marker, made, projectId });
      return [...stopped, ...(await stopOthers({ deps, findMarked, projectIds }, { undoing, known }))];
    }),
  };
}

/** What it takes to look for jobs. */
interface Looking {
  readonly deps: DominoDependencies;
  readonly findMarked: FindMarked;
  readonly projectIds: ProjectIds;
}

/** What carries the marker beside what is known. */
interface Others {
  readonly undoing: StopJobs;
  readonly known: readonly string[];
}

async function stopOthers(context: Looking, { undoing, known }: Others): Promise<readonly Standing[]> {
  const standings = await standingOf({ kind: 'job' }, () => stopMarked(context, { undoing, known }));
  // One request was sent and answered: that its marker cannot be looked for raises no doubt.
  const isAll = undoing.made !== undefined && undoing.doubt === undefined;
  return isAll ? standings.filter((one) => one.state !== 'left' || one.left.id !== undefined) : standings;
}

async function stopMarked(
  { deps, findMarked, projectIds }: Looking,
  { undoing: { made, project, origin }, known }: Others,
): Promise<readonly Standing[]> {
  const projectId = made?.parent ?? (await projectIds(project));
  const jobs = await findMarked({ projectId, origin });
  const others = jobs.map(({ id }) => id).filter((id) => id !== made?.id && !known.includes(id));
  return stopEach(deps, { ids: others, marker: markerOf(origin), projectId: () => projectId });
}
