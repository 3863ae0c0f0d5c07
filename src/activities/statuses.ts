/**
 * The platform’s statuses, taken apart by the tables of its documents. A status that is not listed is never
 * success and never failure: it keeps waiting.
 */
export type Phase = 'waiting' | 'succeeded' | 'failed' | 'broken' | 'stopped' | 'unknown';

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
  const phase = jobs[status] ?? 'unknown';
  if (isCompleted === true) return phase === 'waiting' ? 'unknown' : phase;
  return isCompleted === false || status === 'faulty' ? 'waiting' : phase;
}

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
  status ? (builds[normal(status)] ?? 'unknown') : 'waiting';

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
