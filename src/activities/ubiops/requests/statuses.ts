/** The states of requests. One that is not listed is never success and never failure. */
import { type Phase, mayRun } from '../../effect/phases.js';

const phases: Readonly<Record<string, Phase>> = {
  pending: 'waiting',
  processing: 'waiting',
  cancelled_pending: 'waiting',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'stopped',
};

/** What tells how far a request has come. */
interface Standing {
  readonly status: string;
  readonly time_completed?: string | null | undefined;
}

/** How far a request has come. */
export const requestPhase = ({ status }: Pick<Standing, 'status'>): Phase =>
  (Object.hasOwn(phases, status) && phases[status]) || 'unknown';

/** Whether it is said to have ended, but has no status of an end. */
const hasUnclearEnd = (request: Standing): boolean =>
  requestPhase(request) === 'unknown' && request.time_completed != null && request.time_completed !== '';

/** Whether it may still run, or wait. */
export const mayGoOn = (request: Standing): boolean =>
  mayRun(requestPhase(request)) && !hasUnclearEnd(request);

/** Whether somebody has asked for its end. */
export const isStopping = (status: string): boolean => status === 'cancelled_pending';
