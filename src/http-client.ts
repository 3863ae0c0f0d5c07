/**
 * The client of the HTTP API for other Node services: it needs nothing but `fetch`.
 *
 * It keeps no state. Lost answers, restarts of the server and a change from one server to another do not show.
 *
 * @example
 * const longhaul = createHttpClient({ url: 'https://longhaul.example.com', key: process.env.LONGHAUL_KEY });
 * const { runId } = await longhaul.start('train-and-deploy', input, { key: 'nightly-2026-11-21' });
 * const { status, failure } = await longhaul.wait(runId);
 */
import type { Abortable, HttpAttempt, HttpClient, HttpConnection, HttpPipeline } from './http-client/api.js';
import { eventsOf, logOf } from './http-client/follow.js';
import type { HttpClientOptions } from './http-client/options.js';
import {
  changeRun,
  eventsSending,
  getRun,
  fetchRunPage,
  pathOf,
  fetchRuns,
  waitedFor,
} from './http-client/runs.js';
import { createSender } from './http-client/sender.js';
import { startRun } from './http-client/starting.js';
import type { Cleanup } from './run/steps.js';

export type {
  Abortable,
  HttpAttempt,
  HttpClient,
  HttpConnection,
  HttpDryRun,
  HttpPipeline,
  HttpReplayRequest,
  HttpReplayed,
  HttpResolution,
  HttpRunFilter,
  HttpRunPage,
  HttpStartOptions,
  HttpStarted,
} from './http-client/api.js';
export { type HttpErrorCode, type HttpErrorDetails, LonghaulHttpError } from './http-client/errors.js';
export type { HttpLogLine, HttpRunEvent } from './http-client/follow.js';
export type { HttpClientOptions } from './http-client/options.js';
export type { FailureCode, FieldFault } from './run/failures/errors.js';
export type { PipelineInput, PipelineName } from './run/inputs/inputs.js';
export type { Finding } from './run/inputs/preflight.js';
export type { PlannedStep, ReplayPlan } from './run/replays/replays.js';
export type { Cleanup, Lineage, Run, RunStatus, RunSummary, Step, StepState, Trigger } from './run/steps.js';

/** What a run has left is tried within this time. */
const cleanUpWorkMs = 40_000;
/** A plan is made, or refused, within this time, and an answer to applying it comes. */
const replayWorkMs = 60_000;
/** So long a worker may look things up. */
const askWorkMs = 60_000;

/**
 * Makes a client; nothing is sent before its first call.
 * @throws LonghaulHttpError `REQUEST_MALFORMED` for a URL that cannot be called
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const sender = createSender(options);
  const read = <T>(path: string, { signal }: Abortable): Promise<T> =>
    sender.call<T>({ method: 'GET', path, signal }, { repeat: true });

  return {
    start: (pipeline, input, how = {}) => startRun(sender, pipeline, input, how),
    startPipeline: (pipeline, input, how = {}) => startRun(sender, pipeline, input, how),
    dryRun: (pipeline, input, { signal } = {}) => {
      const path = `v1/pipelines/${encodeURIComponent(pipeline)}/dry-run`;
      return sender.call(
        { method: 'POST', path, body: { input }, signal },
        { repeat: true, workMs: askWorkMs },
      );
    },
    get: (runId, how) => getRun(sender, runId, how),
    page: (filter = {}, how = {}) => fetchRunPage(sender, filter, how),
    list: (filter = {}, how = {}) => fetchRuns(sender, filter, how),
    planReplay: (runId, body = {}, { signal } = {}) =>
      sender.call(
        { method: 'POST', path: pathOf(runId, '/replay-plan'), body, signal },
        { repeat: true, workMs: replayWorkMs },
      ),
    replay: (runId, { signal, ...body }) =>
      changeRun(sender, runId, { change: 'replay', body, signal, workMs: replayWorkMs }),
    attempts: async (runId, how = {}) =>
      (await read<{ attempts: readonly HttpAttempt[] }>(pathOf(runId, '/attempts'), how)).attempts,
    cancel: (runId, { reason, signal }) =>
      changeRun(sender, runId, { change: 'cancel', body: { reason }, signal }),
    cleanUp: async (runId, { reason, signal } = {}) =>
      (
        await changeRun<{ cleanup: Cleanup }>(sender, runId, {
          change: 'cleanup',
          body: { ...(reason !== undefined && { reason }) },
          signal,
          workMs: cleanUpWorkMs,
        })
      ).cleanup,
    resolve: (runId, body, { signal } = {}) => changeRun(sender, runId, { change: 'resolve', body, signal }),
    events: (runId, { after, signal } = {}) => eventsOf(sender, eventsSending(runId, signal), after),
    wait: (runId, how = {}) => waitedFor(sender, runId, how),
    logs: (runId, { step, follow, tail, signal } = {}) =>
      logOf(sender, {
        method: 'GET',
        path: pathOf(runId, '/logs'),
        query: { step, ...(follow === true && { follow: 'true' }), ...(tail !== undefined && { tail }) },
        signal,
      }),
    pipelines: async (how = {}) =>
      (await read<{ pipelines: readonly HttpPipeline[] }>('v1/pipelines', how)).pipelines,
    connections: async (how = {}) =>
      (await read<{ connections: readonly HttpConnection[] }>('v1/connections', how)).connections,
  };
}
