/** Domino’s statuses, taken apart by the tables of its documents. A status that is not listed is never success and never failure. */
import type { Phase } from '../effect/phases.js';

const normal = (status: string): string => status.toLowerCase().replaceAll(/[\s_]/g, '');

const jobs: Readonly<Record<string, Phase>> = {
  queued: 'waiting',
  scheduled: 'waiting',
  pending: 'waiting',
  preparing: 'waiting',
  building: 'waiting',
  pulling: 'waiting',
  running: 'waiting',
  serving: 'waiting',
  stoprequested: 'waiting',
  stopanddiscardrequested: 'waiting',
  stopping: 'waiting',
  finishing: 'waiting',
  succeeded: 'succeeded',
  failed: 'failed',
  error: 'broken',
  faulty: 'broken',
  stopped: 'stopped',
};

/**
 * A job has ended when the platform says `isCompleted`; where it does not say, by the status alone.
 * `Faulty` stands outside the documented set, so it counts only together with `isCompleted`.
 */
export function jobPhase(executionStatus: string, isCompleted: boolean | undefined): Phase {
  const status = normal(executionStatus);
  const phase = (Object.hasOwn(jobs, status) && jobs[status]) || 'unknown';
  if (isCompleted === true) return phase === 'waiting' ? 'unknown' : phase;
  return isCompleted === false || status === 'faulty' ? 'waiting' : phase;
}

/**
 * What is to be thought of a job that is said to have ended, but has no status of an end. `lagging`: the status is one
 * from before the end, and will follow.
 */
export const unclearEnd = (executionStatus: string): 'lagging' | 'unlisted' =>
  Object.hasOwn(jobs, normal(executionStatus)) ? 'lagging' : 'unlisted';

const builds: Readonly<Record<string, Phase>> = {
  queued: 'waiting',
  starting: 'waiting',
  pulling: 'waiting',
  building: 'waiting',
  pushing: 'waiting',
  succeeded: 'succeeded',
  failed: 'failed',
  killed: 'stopped',
};

/** The build of an environment revision. Right after its creation a revision has no status yet. */
export const buildPhase = (status: string | null | undefined): Phase =>
  status ? (Object.hasOwn(builds, normal(status)) && builds[normal(status)]) || 'unknown' : 'waiting';

/** A model API version. `Stalled` and `Unreachable` may recover; an end counts only when nothing is pending. */
export function servingPhase(
  deployment: { status: string; isPending?: boolean | undefined } | null | undefined,
): Phase {
  if (!deployment || deployment.isPending === true) return 'waiting';
  switch (normal(deployment.status)) {
    case 'running':
      return 'succeeded';
    case 'failed':
      return 'failed';
    case 'stopped':
      return 'stopped';
    case 'starting':
    case 'readytorun':
    case 'preparingtobuild':
    case 'building':
    case 'stalled':
    case 'unreachable':
      return 'waiting';
    default:
      return 'unknown';
  }
}

const snapshots: Readonly<Record<string, Phase>> = {
  pending: 'waiting',
  copying: 'waiting',
  active: 'succeeded',
  failed: 'failed',
  markfordeletion: 'stopped',
  markedfordeletion: 'stopped',
  deletioninprogress: 'stopped',
  deleted: 'stopped',
};

/** A snapshot of a dataset: `stopped` is one that is going, or gone. */
export const snapshotPhase = (status: string): Phase =>
  (Object.hasOwn(snapshots, normal(status)) && snapshots[normal(status)]) || 'unknown';

/** On its way to an end that no wait should be begun for. */
export const isStopping = (status: string): boolean => /^stop/i.test(status);
