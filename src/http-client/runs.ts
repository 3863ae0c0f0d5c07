/** Reads and steers runs. */
import type { Run, RunSummary } from '../run/steps.js';
import type { Abortable, HttpClient, HttpRunFilter, HttpRunPage } from './api.js';
import { LonghaulHttpError, explained } from './errors.js';
import { eventsOf } from './follow.js';
import { pause } from './retry.js';
import type { Sender } from './sender.js';

/** The path of a run or of something of it. */
export const pathOf = (runId: string, more = ''): string => `v1/runs/${encodeURIComponent(runId)}${more}`;

/** Reads a run. */
export const getRun = (sender: Sender, runId: string, { signal }: Abortable = {}): Promise<Run> =>
  sender.call({ method: 'GET', path: pathOf(runId), signal }, { repeat: true });

/** Reads a page of a list. */
export const fetchRunPage = (
  sender: Sender,
  { startedAfter, startedBefore, ...filter }: HttpRunFilter,
  { limit, cursor, signal }: NonNullable<Parameters<HttpClient['page']>[1]>,
): Promise<HttpRunPage> => {
  const times = {
    startedAfter: startedAfter?.toISOString(),
    startedBefore: startedBefore?.toISOString(),
  };
  const query = { ...filter, ...times, limit, cursor };
  return sender.call({ method: 'GET', path: 'v1/runs', query, signal }, { repeat: true });
};

/** The runs of all pages. */
export async function* fetchRuns(
  sender: Sender,
  filter: HttpRunFilter,
  { signal }: Abortable,
): AsyncGenerator<RunSummary> {
  let cursor: string | undefined;
  do {
    const { runs, next } = await fetchRunPage(sender, filter, { limit: 200, cursor, signal });
    yield* runs;
    cursor = next;
  } while (cursor !== undefined);
}

interface RunChange extends Abortable {
  readonly change: 'cancel' | 'cleanup' | 'resolve' | 'replay';
  readonly body: unknown;
  /** How long the server may work on it, on top of the ordinary time. */
  readonly workMs?: number;
}

/** Changes a run. Its answer is not asked for again: what it says may have happened already. */
export async function changeRun<T>(
  sender: Sender,
  runId: string,
  { change, body, signal, workMs = 0 }: RunChange,
): Promise<T> {
  try {
    const sending = { method: 'POST', path: pathOf(runId, `/${change}`), body, signal } as const;
    return await sender.call<T>(sending, { repeat: false, workMs });
  } catch (error) {
    const isOpen = error instanceof LonghaulHttpError && error.code === 'SERVER_UNREACHABLE';
    if (!isOpen) throw error;
    throw explained(error, `look at run ${runId} before trying again, for it may have been taken`, {
      retryable: false,
    });
  }
}

/** The workflow tells its end a moment before Temporal has recorded it. */
const endLookMs = 100;

/** Follows a run to its end or for `timeoutMs`, and reads it. */
export async function waitedFor(
  sender: Sender,
  runId: string,
  { timeoutMs, signal }: NonNullable<Parameters<HttpClient['wait']>[1]>,
): Promise<Run> {
  const over = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const either = over && signal ? AbortSignal.any([over, signal]) : (over ?? signal);
  try {
    for await (const _event of eventsOf(sender, eventsSending(runId, either), undefined));
    for (;;) {
      const run = await getRun(sender, runId, { signal: either });
      if (run.endedAt !== undefined) return run;
      await pause(endLookMs, either);
    }
  } catch (error) {
    if (over?.aborted !== true || signal?.aborted === true) throw error;
    return getRun(sender, runId, { signal });
  }
}

/** How the events of a run are asked for. */
export const eventsSending = (runId: string, signal: AbortSignal | undefined) =>
  ({ method: 'GET', path: pathOf(runId, '/events'), signal }) as const;
