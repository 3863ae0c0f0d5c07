/** A request to a version of a deployment, which runs as a job: sent once, awaited until it has answered. */
import { parseDuration } from '../../run/schedules/durations.js';
import { type UbiOpsStep, defineUbiOpsStep } from './effects.js';
import type { Given } from './given.js';
import type { RequestOutput, RequestSpec } from './requests.js';
import { fail } from '../failures.js';

/** How the answer of a request is awaited. */
export interface RequestWaiting {
  /** How many last lines of the log are kept. */
  readonly logLines: number;
  /** What of its metrics is kept before all else. */
  readonly metrics: readonly string[];
  /** How many bytes of a result are kept. */
  readonly resultBytes: number;
  /** How long it may take, such as `2d`. */
  readonly within?: string | undefined;
}

export interface RequestStepSpec extends Omit<RequestSpec, 'version' | 'isDefault'>, RequestWaiting, Given {
  readonly project: string;
  readonly deployment: string;
  /** Left out, the one that the deployment has as its default when the request is sent. */
  readonly version?: string | undefined;
}

/** What is said of a request and its output, also of one that trains. */
export const requestFacts = {
  madeFrom: <S extends RequestWaiting & Given>({
    logLines: _lines,
    metrics: _metrics,
    resultBytes: _bytes,
    within: _within,
    given: _given,
    ...spec
  }: S) => spec,
  holds: { jobId: 'an id', metrics: 'an object of numbers' },
  mayHold: {
    artifact: 'a text or null',
    notNumbers: 'an object of texts',
    metricsLeftOut: 'a number',
    logTail: 'a list of texts',
  },
  sameBy: ['jobId'],
  // What it has measured is judged and shown, and no plan reads it again.
  isOpaque: true,
  renewable: true,
  repeats: ['JOB_FAILED', 'TIMED_OUT'],
  recorded: { ends: ['awaitRequest'], output: ['awaitRequest'], undo: ['stopRequests'] },
} as const;

export const request = defineUbiOpsStep<RequestStepSpec, RequestOutput>({
  ...requestFacts,
  kind: 'ubiops.request',
  looksUp: true,
  running: ({ project, deployment, version }) => ({ undo: 'stopRequests', project, deployment, version }),
  leaves: {
    twin: ({ jobId: id, project, deployment, version }) => ({
      target: { undo: 'stopRequests', project, deployment, version },
      made: { id },
    }),
  },
  perform: async (step, { project, deployment, version: stated, ...spec }) => {
    const { effect, effects, preflight } = step;
    const { connection, begunBefore } = effect;
    const { given } = spec;
    const of = { connection, project, deployment, given, preflight, begunBefore };
    // A retry looks for it where it was sent, whatever is the default by then.
    const version = stated ?? (await step.once(() => effects.getDefaultVersion(of)));
    if (version === null)
      throw fail({
        code: 'NOT_FOUND',
        message: `deployment ${deployment} of project ${project} has no version that requests go to: name one, or deploy one first`,
      });
    const isDefault = stated === undefined;
    return sendRequest(step, { ...spec, version: { project, deployment, version }, isDefault }, spec);
  },
});

/** Sends a request to a version that is known, and waits for its answer. */
export async function sendRequest(
  step: UbiOpsStep,
  { version, isDefault, data, marked, timeoutSeconds }: RequestSpec,
  { logLines, metrics, resultBytes, within, given }: RequestWaiting & Given,
): Promise<RequestOutput> {
  const { effect, effects, preflight } = step;
  const { project, deployment } = version;
  const isSure = isDefault !== true || !effect.begunBefore;
  const sentTo = isSure ? version : { project, deployment };
  const answered = step.undo('running', { undo: 'stopRequests', ...sentTo });
  const begun = await effects.ensureRequest({
    ...{ ...effect, preflight, given },
    spec: { version, isDefault, data, marked, timeoutSeconds },
  });
  answered({ id: begun.jobId, isOwn: true }, begun);
  step.waiting(`request ${begun.requestId} to end`, { kind: 'job', id: begun.jobId });
  const withinMs = within === undefined ? undefined : (parseDuration(within) ?? undefined);
  return effects.awaitRequest({
    ...{ connection: effect.connection, request: begun, logLines, metrics, resultBytes, withinMs },
  });
}
