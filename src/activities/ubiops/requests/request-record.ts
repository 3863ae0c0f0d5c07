/** What a request that has ended leaves: its result, the metrics in it, the end of its log. */
import type { RequestEffects, RequestOutput, RequestStart } from '../../../steps/ubiops/requests.js';
import { PlatformError } from '../../../platform/errors.js';
import { readStanding } from '../../../platform/ubiops/read-requests.js';
import { type Since, lateLinesMs } from '../../../platform/ubiops/log-times.js';
import type { Json } from '../../../run/json.js';
import type { Attempt } from '../../effect/attempt.js';
import { createSideReadings } from '../../effect/side-readings.js';
import { measuredOf } from '../../retrain/measured.js';
import { keptOf } from '../../steps/kept-answer.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { readLogTail } from '../log-tail.js';

type Request = Awaited<ReturnType<UbiOpsDependencies['ubiops']['versionRequests']['get']>>;

const longestReason = 500;
const longestUri = 1_000;
/** Times of the platform are shorter. */
const longestField = 200;

type Record = Omit<RequestOutput, keyof RequestStart> & { readonly reason: string };

interface Reading extends Since {
  readonly path: {
    readonly projectName: string;
    readonly deploymentName: string;
    readonly version: string;
    readonly requestId: string;
  };
  readonly hasSucceeded: boolean;
  readonly attempt: Pick<Attempt, 'unsettled' | 'remember' | 'endsMs' | 'nowMs'>;
  /** Before another look at what could not be read. */
  readonly pauseMs: number;
}

/** Reads all of it. The log is for people: without it the record is still good. */
export async function readRequestRecord(
  deps: UbiOpsDependencies,
  { logLines, metrics, resultBytes }: Parameters<RequestEffects['awaitRequest']>[0],
  { path, hasSucceeded, begunAt, attempt, pauseMs }: Reading,
): Promise<Record> {
  const { projectName: project, requestId } = path;
  const side = createSideReadings(attempt, { what: `request ${requestId}`, pauseMs });
  const [whole, log] = await Promise.all([
    side.needed(() => readWhole(deps, path)),
    side.optional<Pick<RequestOutput, 'logTail' | 'logNotice'>>(
      async () => {
        const query = `| deployment_request_id=\`${requestId}\``;
        return { logTail: await readLogTail(deps, { project, query, lines: logLines, begunAt }) };
      },
      (why) => ({ logTail: [], logNotice: `the log could not be read: ${why}` }),
    ),
  ]);
  const { request, isTooLarge } = whole;
  const result = request.result ?? null;
  // It may not be stored yet; nothing to keep is an answer as well.
  if (hasSucceeded && !isTooLarge && result === null) side.lookAgain('its result is not there yet');
  // Why it has failed, its last lines say.
  const lateMs = hasSucceeded || logLines === 0 ? 0 : lateLinesMs(request.time_completed, attempt.nowMs());
  if (lateMs > 0) side.lookAgain('the end of its log may not be there yet', lateMs);
  return {
    ...measuredIn(result, deps.redact, metrics),
    artifact: artifactIn(result, deps.redact),
    ...resultOf(deps, { result, isTooLarge, requestId, resultBytes }),
    startedAt: request.time_started?.slice(0, longestField) ?? null,
    completedAt: request.time_completed?.slice(0, longestField) ?? null,
    ...log,
    reason: deps.redact(request.error_message ?? '').slice(0, longestReason),
  };
}

/** With its result, unless that is larger than an answer may be. */
async function readWhole(
  { ubiops }: UbiOpsDependencies,
  path: Reading['path'],
): Promise<{ readonly request: Request; readonly isTooLarge: boolean }> {
  try {
    return { request: await ubiops.versionRequests.get({ path, query: {} }), isTooLarge: false };
  } catch (error) {
    if (!(error instanceof PlatformError) || !error.isTooLarge) throw error;
    return { request: await readStanding(ubiops, path), isTooLarge: true };
  }
}

const isFields = (value: unknown): value is Readonly<globalThis.Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A training has its metrics in a field of its result; any other result is itself what was measured. What is named, or stands
 * among metrics, and is `null` or a truth value is told as no number: encoders of JSON write `null` for `NaN`.
 */
function measuredIn(
  result: unknown,
  redact: (text: string) => string,
  named: readonly string[],
): ReturnType<typeof measuredOf> {
  const [all, metrics] = isFields(result) ? [result, result['metrics']] : [{}, undefined];
  const isTold = (name: string, value: unknown): boolean => {
    if (typeof value === 'number' || typeof value === 'string') return true;
    const isMeant = isFields(metrics) || named.includes(name);
    return isMeant && (value === null || typeof value === 'boolean');
  };
  const stats = Object.entries(isFields(metrics) ? metrics : all).flatMap(([name, value]) =>
    isTold(name, value) ? [{ name, value: String(value) }] : [],
  );
  return measuredOf(stats, redact, named);
}

function artifactIn(result: unknown, redact: (text: string) => string): string | null {
  const artifact = isFields(result) ? result['artifact'] : undefined;
  return typeof artifact === 'string' ? redact(artifact).slice(0, longestUri) : null;
}

interface Resulting {
  readonly result: unknown;
  readonly isTooLarge: boolean;
  readonly requestId: string;
  readonly resultBytes: number;
}

/** What is kept of it: the output of each step is a part of every state of its run. */
function resultOf(
  masking: UbiOpsDependencies,
  { result, isTooLarge, requestId, resultBytes }: Resulting,
): Pick<RequestOutput, 'result' | 'resultNotice'> {
  if (isTooLarge) return { result: null, resultNotice: 'it is larger than an answer may be' };
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > resultBytes)
    return { result: null, resultNotice: `it has ${bytes} bytes, and ${resultBytes} are kept` };
  return { result: keptOf(result as Json, { select: undefined, masking, what: `request ${requestId}` }) }; // it came as JSON
}
