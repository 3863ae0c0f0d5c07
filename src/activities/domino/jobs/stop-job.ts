/** Stops jobs, and says of each whether the platform has confirmed it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Made } from '../../../run/undoing/effect.js';
import { PlatformError } from '../../../platform/errors.js';
import type { DominoDependencies } from '../dependencies.js';
import { jobPhase } from '../statuses.js';
import { type Standing, asking, left, standingOf, unmarked } from '../../effect/undoing.js';

/** Between two looks at jobs that are stopping. */
const lookEveryMs = 200;

/** Jobs of one effect; one that does not carry its marker is perhaps not its own, and is left alone. */
interface OwnJobs {
  readonly ids: readonly string[];
  readonly marker: string;
  /** One that is its own also without the marker. */
  readonly made?: Made | undefined;
  readonly projectId: () => string | Promise<string>;
}

/** Stops jobs and looks for at most `forMs` until the platform has confirmed it. */
export async function stopWithin(
  deps: DominoDependencies,
  jobs: OwnJobs,
  forMs: number,
): Promise<readonly Standing[]> {
  for (let leftMs = forMs; ; leftMs -= lookEveryMs) {
    const standings = await stopEach(deps, jobs);
    if (leftMs <= 0 || standings.every(({ state }) => state !== 'left')) return standings;
    await delay(Math.min(lookEveryMs, leftMs));
  }
}

/** Asks each to stop that goes on, and says how it stands then. */
export async function stopEach(deps: DominoDependencies, { ids, ...own }: OwnJobs): Promise<Standing[]> {
  const standings = ids.map((id) =>
    standingOf({ kind: 'job', id }, async () => [await stopJob(deps, { id, ...own })]),
  );
  return (await Promise.all(standings)).flat();
}

async function stopJob(
  deps: DominoDependencies,
  { id, marker, made, projectId }: Omit<OwnJobs, 'ids'> & { readonly id: string },
): Promise<Standing> {
  const { domino } = deps;
  const before = await jobStanding(deps, id);
  const isOwn = (made?.isOwn === true && made.id === id) || before.title?.includes(marker) === true;
  if (!isOwn) return before.isOver ? { state: 'ended', id } : unmarked({ kind: 'job', id }, marker);
  if (before.isOver || before.isStopping) return before.standing;
  try {
    await asking(async () => {
      const body = { projectId: await projectId(), jobId: id, commitResults: false };
      await domino.jobs.stop({ body });
    });
  } catch (error) {
    // One that has ended meanwhile refuses it.
    if (!(error instanceof PlatformError) || !['REQUEST_REJECTED', 'CONFLICT'].includes(error.code))
      throw error;
    const { isOver, standing } = await jobStanding(deps, id);
    if (!isOver) throw error;
    return standing;
  }
  return (await jobStanding(deps, id)).standing;
}

async function jobStanding({ domino }: DominoDependencies, id: string) {
  const { job } = await domino.jobs.get({ path: { jobId: id } });
  const { executionStatus, isCompleted } = job.status;
  const object = { kind: 'job' as const, id };
  const phase = jobPhase(executionStatus, isCompleted);
  const isOver = isCompleted === true || !['waiting', 'unknown'].includes(phase);
  const isStopping = /stop/i.test(executionStatus) && !isOver;
  const ended: Standing = phase === 'stopped' ? { state: 'undone', object } : { state: 'ended', id };
  const standing = isOver ? ended : left(object, `it is ${executionStatus}`, isStopping);
  return { title: job.title, isOver, isStopping, standing };
}
