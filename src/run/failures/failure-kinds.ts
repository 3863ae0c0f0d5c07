/**
 * Everything that can go wrong, in one table: what it means, whether it is tried again, what an operator does, and how
 * the CLI and the HTTP API report it.
 *
 * The retry policy is the error's property, never the caller's:
 * - `backoff` and `after`: Temporal tries again (`after`: when the platform said so);
 * - `patience`: it may pass by itself, as a proxy's page does, so Temporal tries again for some minutes
 *   (`waits.patienceMs`); where it stays, a person can repair it: see `operator`;
 * - `operator`: a person can repair it, so the step parks and the run stays open;
 * - `never`: the pipeline's own failure, so the run fails at once and a replay continues it.
 *
 * The rows stand by subject in four files, so that each file can be read at once.
 */
import { platformFailures } from './platform-failures.js';
import { requestFailures } from './request-failures.js';
import { stepFailures } from './step-failures.js';
import { undertakingFailures } from './undertaking-failures.js';

/** The rows by code. */
export const kinds = {
  ...platformFailures,
  ...stepFailures,
  ...requestFailures,
  ...undertakingFailures,
};
