/** The states of requests. One that is not listed is never success and never failure. */
import type { Phase } from '../../effect/phases.js';

const phases: Readonly<Record<string, Phase>> = {
  pending: 'waiting',
  processing: 'waiting',
  cancelled_pending: 'waiting',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'stopped',
};

/** How far a request has come. */
export const requestPhase = (status: string): Phase =>
  (Object.hasOwn(phases, status) && phases[status]) || 'unknown';

/** Whether somebody has asked for its end. */
export const isStopping = (status: string): boolean => status === 'cancelled_pending';
