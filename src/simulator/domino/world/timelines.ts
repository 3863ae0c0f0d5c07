/** The life cycles of builds, jobs and deployments, as pure functions of time. Times are milliseconds. */

/** One build of a revision. */
export interface Build {
  readonly startedAt: number;
  readonly endsAt: number;
  readonly fails: boolean;
  cancelledAt?: number;
}

/** When a build is over, well or not. */
export const buildEnd = (build: Build): number => build.cancelledAt ?? build.endsAt;

/** Whether a build ends well. */
export const buildSucceeds = (build: Build): boolean => !build.fails && build.cancelledAt === undefined;

/** A status and the share of the whole time at which it ends. */
type Phases = readonly (readonly [status: string, until: number])[];

const phaseAt = (phases: Phases, share: number): string | undefined =>
  phases.find(([, until]) => share < until)?.[0];

const buildPhases: Phases = [
  ['', 0.01],
  ['queued', 0.05],
  ['starting', 0.1],
  ['pulling', 0.3],
  ['building', 0.85],
  ['pushing', 1],
];

/** The status of a build, lower-case; `undefined` for the first moment, in which the platform tells none. */
export function buildStatus(build: Build, now: number): string | undefined {
  if (build.cancelledAt !== undefined && now >= build.cancelledAt) return 'killed';
  if (now >= build.endsAt) return build.fails ? 'failed' : 'succeeded';
  const share = (now - build.startedAt) / (build.endsAt - build.startedAt);
  return phaseAt(buildPhases, share) || undefined;
}

/** How a job ends when nobody stops it. */
export type Ending = 'Succeeded' | 'Failed' | 'Error' | 'Stopped';

/** What decides the course of a job. */
export interface Course {
  readonly submittedAt: number;
  /** The build of the revision that it runs on. */
  readonly build: Build;
  /** From the moment that the image is there until the command starts. */
  readonly queueMs: number;
  /** When a command that really runs started; else it starts as soon as it can. */
  readonly startedAt?: number | undefined;
  /** When the command ends; infinite while it really runs. */
  readonly runEndsAt: number;
  readonly ending: Ending;
  readonly stop?: { readonly at: number; readonly discard: boolean } | undefined;
}

/** Where a job is on its course. */
export interface Progress {
  readonly status: string;
  readonly isCompleted: boolean;
  readonly startedAt?: number;
  readonly completedAt?: number;
}

const stopRequestedMs = 1_000;
const stoppingMs = 3_000;
/** A finished command is not a completed job: its files are gathered first. */
const finishingMs = 3_000;

const queuePhases: Phases = [
  ['Queued', 0.3],
  ['Preparing', 0.5],
  ['Pulling', 1],
];

/** When the command of a job can start. */
export const readyAt = ({ submittedAt, build, queueMs }: Course): number =>
  Math.max(submittedAt, buildEnd(build)) + queueMs;

/** The state of a job. It is completed only at the very end, after `Finishing`. */
export function jobProgress(course: Course, now: number): Progress {
  const { stop } = course;
  if (stop !== undefined && now >= stop.at) return stopping(course, stop, now);
  const builtAt = buildEnd(course.build);
  if (now < Math.max(course.submittedAt, builtAt)) return { status: 'Queued', isCompleted: false };
  if (!buildSucceeds(course.build))
    return { status: 'Error', isCompleted: true, completedAt: Math.max(course.submittedAt, builtAt) };
  const ready = readyAt(course);
  if (now < ready) {
    const share = 1 - (ready - now) / course.queueMs;
    return { status: phaseAt(queuePhases, share) ?? 'Pulling', isCompleted: false };
  }
  return running(course, course.startedAt ?? ready, now);
}

function running({ runEndsAt, ending }: Course, startedAt: number, now: number): Progress {
  const completedAt = runEndsAt + finishingMs;
  if (now < runEndsAt) return { status: 'Running', isCompleted: false, startedAt };
  if (now < completedAt) return { status: 'Finishing', isCompleted: false, startedAt };
  return { status: ending, isCompleted: true, startedAt, completedAt };
}

function stopping(course: Course, { at, discard }: NonNullable<Course['stop']>, now: number): Progress {
  const reallyRuns = course.startedAt !== undefined;
  const completedAt = Math.max(at + stopRequestedMs + stoppingMs, reallyRuns ? course.runEndsAt : 0);
  const startedAt = course.startedAt ?? readyAt(course);
  const started = startedAt <= at ? { startedAt } : {};
  if (now < at + stopRequestedMs)
    return { status: discard ? 'StopAndDiscardRequested' : 'StopRequested', isCompleted: false, ...started };
  if (now < completedAt) return { status: 'Stopping', isCompleted: false, ...started };
  return { status: 'Stopped', isCompleted: true, ...started, completedAt };
}

/** What decides the course of a deployment of a model API version. */
export interface Rollout {
  readonly createdAt: number;
  readonly build: Build;
  readonly deployMs: number;
  /** Without it, the version is built and then waits to be started. */
  readonly shouldDeploy: boolean;
  readonly fails: boolean;
  /** What was asked for since, oldest first. */
  readonly orders: readonly { readonly at: number; readonly order: 'start' | 'stop' }[];
  /** Sickens so long after it began to serve. */
  readonly sickens?: { readonly afterMs: number; readonly status: string } | undefined;
  /** What it was told to be, and when. */
  readonly told?: { readonly at: number; readonly status: string };
}

/** A deployment's status; while pending, it is on its way to another one. */
export type DeploymentState = {
  readonly status: string;
  readonly isPending: boolean;
};

const pending = (status: string): DeploymentState => ({ status, isPending: true });
const settled = (status: string): DeploymentState => ({ status, isPending: false });

const deployPhases: Phases = [
  ['Preparing to build', 0.1],
  ['Building', 0.7],
  ['Starting', 1],
];
const stopServingMs = 2_000;
/** A version that was built before starts in this share of the time. */
const restartShare = 0.3;

const firstEnd = ({ createdAt, build, deployMs }: Rollout): number =>
  Math.max(createdAt, buildEnd(build)) + deployMs;

/** The state of a deployment. */
export function deploymentState(rollout: Rollout, now: number): DeploymentState {
  const last = rollout.orders.filter(({ at }) => at <= now).at(-1);
  if (last?.order === 'stop') return now < last.at + stopServingMs ? pending('Running') : settled('Stopped');
  const fails = rollout.fails || !buildSucceeds(rollout.build);
  const start = Math.max(rollout.createdAt, buildEnd(rollout.build));
  if (now < start) return pending('Preparing to build');
  if (now < firstEnd(rollout))
    return pending(phaseAt(deployPhases, (now - start) / rollout.deployMs) ?? 'Starting');
  if (fails) return settled('Failed');
  if (last === undefined) return settled(rollout.shouldDeploy ? 'Running' : 'Ready to run');
  return now < last.at + rollout.deployMs * restartShare ? pending('Starting') : settled('Running');
}

/**
 * The state of a deployment among others of the same model API: one version serves, so the last to begin has ended
 * those before it. What sickens does so while it serves, until it is started again.
 */
export function stateAmong(rollout: Rollout, others: readonly Rollout[], now: number): DeploymentState {
  const own = deploymentState(rollout, now);
  const since = servingSince(rollout, now);
  if (since === undefined || own.status !== 'Running' || own.isPending) return own;
  const replaced = others.some((other) => (servingSince(other, now) ?? Number.NEGATIVE_INFINITY) > since);
  return replaced ? settled('Stopped') : settled(healthOf(rollout, since, now));
}

function healthOf({ sickens, told }: Rollout, since: number, now: number): string {
  if (told !== undefined && told.at >= since) return told.status;
  return sickens !== undefined && now >= since + sickens.afterMs ? sickens.status : 'Running';
}

/** When a version last began to serve; `undefined` if it never has. */
export function servingSince(rollout: Rollout, now: number): number | undefined {
  if (rollout.fails || !buildSucceeds(rollout.build)) return undefined;
  const began = rollout.orders
    .filter(({ order }) => order === 'start')
    .map(({ at }) => Math.max(at + rollout.deployMs * restartShare, firstEnd(rollout)));
  const first = rollout.orders[0];
  const built = firstEnd(rollout);
  if (rollout.shouldDeploy && !(first?.order === 'stop' && first.at < built)) began.push(built);
  return began.filter((at) => at <= now).sort((a, b) => b - a)[0];
}

/** The state of a snapshot: copied in the background. */
export function snapshotStatus(
  { createdAt, copiedAt }: { readonly createdAt: number; readonly copiedAt: number },
  now: number,
): string {
  if (now >= copiedAt) return 'active';
  return now < createdAt + (copiedAt - createdAt) * 0.2 ? 'pending' : 'copying';
}
