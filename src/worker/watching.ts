/** What is around each request to a platform: it is metered and, where traces are on, a span. */
import { asyncLocalStorage } from '@temporalio/activity';
import type { ActivityInterceptorsFactory, WorkerInterceptors } from '@temporalio/worker';
import type { Meters } from '../observability/meters.js';
import type { Tracing } from '../observability/tracing.js';
import { isLook } from './metering.js';
import type { HttpOutcome, PlatformConnection, SentRequest } from '../platform/transport.js';

/** Watches the requests of a connection. */
export const watchRequests = (
  meters: Pick<Meters, 'requested' | 'tokenTaken'>,
  tracing: Pick<Tracing, 'send'> | null,
): NonNullable<PlatformConnection['around']> =>
  tracing === null
    ? (request, send) => meterRequest(meters, request, send)
    : (request, send) =>
        tracing.send(`${request.method} ${request.endpoint}`, attributesOf(request), () =>
          meterRequest(meters, request, send),
        );

const attributesOf = ({ connection, endpoint, method }: SentRequest) => ({
  'longhaul.connection': connection,
  'longhaul.endpoint': endpoint,
  'http.request.method': method,
});

async function meterRequest(
  meters: Pick<Meters, 'requested' | 'tokenTaken'>,
  request: SentRequest,
  send: () => Promise<HttpOutcome>,
): Promise<HttpOutcome> {
  const effect = asyncLocalStorage.getStore()?.info.activityType ?? '';
  meters.tokenTaken({ connection: request.connection, use: isLook(effect) ? 'wait' : 'effect' });
  const sentAtMs = performance.now();
  const outcome = await send();
  const status = outcome.kind === 'answered' ? outcome.status : outcome.kind;
  meters.requested({ ...request, status, seconds: (performance.now() - sentAtMs) / 1_000 });
  return outcome;
}

/** What is around the activities of a worker: they are metered and, where traces are on, spans of the trace of their run. */
export const watchActivities = (
  metering: ActivityInterceptorsFactory,
  tracing: Pick<Tracing, 'activity' | 'client'> | null,
): WorkerInterceptors =>
  tracing === null
    ? { activity: [metering] }
    : { activity: [tracing.activity, metering], client: tracing.client };
