/**
 * How old an event may be. It starts its run once, for its id is the run’s; but only as long as Temporal remembers that
 * run. A delivery that is kept longer than that, and sent again, would start a second one.
 */
import type { Config } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';
import { resolvePointer } from './json-pointer.js';

/** How far the sender’s clock may be ahead: what a signature of Standard Webhooks allows too. */
const aheadMs = 300_000;
/** No date is later. */
const lastMs = 8.64e15;

type Incoming = Pick<Config['webhooks']['incoming'][string], 'scheme' | 'time' | 'maxAgeMs'>;

/**
 * Where GitHub’s events say when they happened, the first that is there. Only a push says its time as a number at
 * `/repository/pushed_at`; elsewhere that is the time of the last push. A commit may be older than its push.
 */
const gitHubTimes: readonly string[] = [
  '/workflow_run/updated_at',
  '/workflow_job/completed_at',
  '/check_run/completed_at',
  '/check_suite/updated_at',
  '/release/published_at',
  '/deployment_status/updated_at',
  '/deployment/updated_at',
  '/pull_request/updated_at',
  '/issue/updated_at',
  '/package/updated_at',
  '/registry_package/updated_at',
  '/repository/pushed_at',
  '/head_commit/timestamp',
];

/**
 * Refuses an event that is too old, and one whose time is still to come: it would grow old later than others.
 * @throws LonghaulError `SIGNATURE_INVALID`; `REQUEST_MALFORMED` when it has no time where the configuration says that it has
 * one
 */
export function refuseOld(name: string, { scheme, time, maxAgeMs }: Incoming, event: unknown): void {
  const atMs = time === undefined ? usualTime(scheme, event) : statedTime(time, event);
  if (atMs === undefined) return;
  const ageMs = Date.now() - atMs;
  if (ageMs <= maxAgeMs && ageMs >= -aheadMs) return;
  const why =
    ageMs < 0
      ? `is more than five minutes from now: correct the clock of the sender or of this server`
      : `is longer ago than webhooks.incoming.${name}.maxAgeMs allows`;
  throw new LonghaulError(
    'SIGNATURE_INVALID',
    `the event is of ${new Date(atMs).toISOString()}, which ${why}; nothing was started`,
  );
}

function statedTime(pointer: string, event: unknown): number {
  const atMs = millisecondsOf(resolvePointer(event, pointer)?.value);
  if (atMs !== undefined) return atMs;
  throw new LonghaulError('REQUEST_MALFORMED', `the event has no time at ${pointer}; nothing was started`, {
    fields: [{ pointer, detail: 'is no time' }],
  });
}

function usualTime(scheme: Incoming['scheme'], event: unknown): number | undefined {
  if (scheme !== 'github') return undefined;
  for (const pointer of gitHubTimes) {
    const value = resolvePointer(event, pointer)?.value;
    const atMs =
      pointer === '/repository/pushed_at' && typeof value !== 'number' ? undefined : millisecondsOf(value);
    if (atMs !== undefined) return atMs;
  }
  return undefined;
}

/** A time as ISO 8601, in seconds, or in milliseconds since the epoch. */
function millisecondsOf(value: unknown): number | undefined {
  if (typeof value === 'number' && (value < 0 || value > lastMs)) return undefined;
  if (typeof value === 'number') return value < 1e11 ? value * 1_000 : value;
  const atMs = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}
