/** Requests as answers show them. */
import { isoOrNull } from './handlers.js';
import type { Simulation } from './world/simulation.js';
import type { Request } from './world/state.js';
import { requestEnd, requestStatus } from './world/timelines.js';

const retention = ({ version: { settings } }: Request) => ({
  mode: String(settings['request_retention_mode']),
  ms: Number(settings['request_retention_time']) * 1_000,
});

/** When it ended; `undefined`: it has not. */
function endedAt({ clock }: Simulation, request: Request): number | undefined {
  const at = requestEnd(request);
  return clock.now() >= at ? at : undefined;
}

/** Whether it can be read: one that has ended, for a while, and unless nothing is retained. */
export function isRetained(simulation: Simulation, request: Request): boolean {
  const at = endedAt(simulation, request);
  const { mode, ms } = retention(request);
  return at === undefined || (mode !== 'none' && simulation.clock.now() < at + ms);
}

/** Its error. */
const errorOf = (request: Request, status: string): string | null => {
  if (status === 'failed') return request.plan.error;
  return status === 'cancelled' ? 'The request was cancelled' : null;
};

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? null));

/** As lists show it. */
export function listedView(simulation: Simulation, request: Request) {
  const now = simulation.clock.now();
  const status = requestStatus(request, now);
  const isStarted = status !== 'pending' && request.startsAt <= now;
  return {
    ...{ id: request.id, deployment: request.version.deployment.name, version: request.version.name, status },
    success: status === 'completed' ? true : status === 'failed' ? false : null,
    time_created: new Date(request.createdAt).toISOString(),
    time_started: isoOrNull(isStarted ? request.startsAt : undefined),
    time_completed: isoOrNull(endedAt(simulation, request)),
    input_size: bytesOf(request.input),
    output_size: status === 'completed' ? bytesOf(request.plan.result) : 0,
  };
}

/** With its data, as far as that is retained. */
export function requestView(simulation: Simulation, request: Request) {
  const view = listedView(simulation, request);
  const isEnded = endedAt(simulation, request) !== undefined;
  const hasData = !isEnded || retention(request).mode === 'full';
  return {
    ...view,
    error_message: errorOf(request, view.status),
    timeout: request.timeoutSeconds,
    request_data: hasData ? request.input : null,
    result: hasData && view.status === 'completed' ? request.plan.result : null,
    origin: { created_by: simulation.state.user.email },
  };
}

/** The answer to who has waited for it: nothing of it need be retained. */
export function answeredView(simulation: Simulation, request: Request) {
  const { id, deployment, version, status, success } = listedView(simulation, request);
  return {
    ...{ id, deployment, version, status, success, timeout: request.timeoutSeconds },
    result: status === 'completed' ? request.plan.result : null,
    error_message: errorOf(request, status),
  };
}
