/** What Temporal has recorded of an attempt, read as the steps of its pipeline. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import type { ServingVersion } from '../../run/undoing/effect.js';
import { knownAs } from '../../run/approvals/people.js';
import { pipelines } from '../../pipelines/built-in.js';
import { documentWorkflow } from '../../pipelines/document/pipeline.js';
import type { Recorded, RecordedRun } from '../../pipelines/recorded.js';
import { continuationOf } from '../../pipelines/taken-over.js';
import type { Json, Resolution, RunStart } from '../../run/steps.js';

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined;

/** The id of an event, which Temporal’s client keeps as a long. */
export const eventIdOf = (event: { readonly eventId?: unknown }): number => Number(event.eventId ?? 0);

/** The work of a run with what it returned; `null` when the history is not one of a pipeline. */
export function recordedRunOf({ events }: History): RecordedRun | null {
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  const workflow = started?.workflowType?.name ?? '';
  const isOfDocument = workflow === documentWorkflow;
  const builtIn = pipelineOfWorkflow(workflow);
  if (builtIn === null && !isOfDocument) return null;
  const start = decoded(started?.input?.payloads) as RunStart<Json>; // the argument of every pipeline
  const { document, leg } = start;
  const continuation = continuationOf(start);
  const pipeline = document?.pipeline ?? builtIn;
  if (pipeline === null) return null;
  const results = new Map<number, Json>();
  for (const { activityTaskCompletedEventAttributes: completed } of events ?? [])
    if (completed)
      results.set(Number(completed.scheduledEventId), decoded(completed.result?.payloads) as Json);
  const recorded: Recorded[] = [];
  for (const event of events ?? []) {
    const eventId = eventIdOf(event);
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    const result = results.get(eventId);
    const step = summaryOf(event);
    if (name)
      recorded.push({
        ...{ type: 'activity', eventId, name },
        ...(step !== undefined && { step }),
        ...(result !== undefined && { result }),
      });
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (update?.name === 'resolve')
      recorded.push({
        type: 'resolution',
        eventId,
        resolution: decoded(update.args?.payloads) as Resolution, // its validator has let it pass
      });
  }
  const firstStartedAt = continuation?.startedAt;
  return {
    ...{ pipeline, recorded, input: start.input, carried: continuation?.outputs ?? {} },
    ...{ runId: started?.workflowId ?? pipeline, startedAt: leg?.startedAt ?? timeOf(events?.[0]) },
    before: leg?.steps.steps ?? [],
    ...(document && { document }),
    ...(firstStartedAt !== undefined && { firstStartedAt }),
  };
}

/** What an activity was scheduled with: the name of its step. */
function summaryOf({ userMetadata }: NonNullable<History['events']>[number]): string | undefined {
  const said: unknown = userMetadata?.summary
    ? defaultPayloadConverter.fromPayload(userMetadata.summary)
    : undefined;
  return typeof said === 'string' ? said : undefined;
}

/**
 * The reason of a reset. Its last line lists the ids of everybody whom the reset excludes from approving; Temporal keeps
 * nothing else.
 */
export const resetReason = (reason: string, ids: readonly string[]): string =>
  `${reason}\nby ${JSON.stringify(ids)}`;

/** All that those are known by who have reset an attempt, or had a hand in what that did again. */
export const resettersIn = ({ events }: History): string[] =>
  (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => {
    const [, by] = failed?.failure?.resetWorkflowFailureInfo
      ? (/\nby (\[.*\])$/.exec(failed.failure.message ?? '') ?? [])
      : [];
    return by === undefined ? [] : (JSON.parse(by) as string[]); // as written above
  });

/** Who asked for the last reset of an attempt, and why, as `by: reason`; `undefined` where there was none. */
export const lastResetIn = ({ events }: History): string | undefined =>
  (events ?? [])
    .flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed?.failure?.resetWorkflowFailureInfo ? [failed.failure.message ?? ''] : [],
    )
    .at(-1)
    ?.replace(/\nby \[.*\]$/, '');

/** Whose runs an attempt may replace, as `RunStart` has it. */
export const mayCancelIn = (history: History): readonly string[] | undefined => startIn(history)?.mayCancel;

/** What an attempt, or this leg of it, was started with. */
const startIn = ({ events }: History): RunStart<unknown> | null => {
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  return decoded(started?.input?.payloads) as RunStart<unknown> | null; // the argument of every pipeline
};

/** All that those are known by who have resolved a step of an attempt. */
export const resolversIn = (history: History): string[] => [
  ...(startIn(history)?.leg?.steps.resolvers ?? []),
  ...(recordedRunOf(history)?.recorded ?? []).flatMap((entry) =>
    entry.type === 'resolution' ? knownAs(entry.resolution.actor, entry.resolution.ids) : [],
  ),
];

/** What an attempt was told to have served before it deployed; `undefined` where it has not asked. */
export function replacedIn(history: History): ServingVersion | null | undefined {
  const asked = (recordedRunOf(history)?.recorded ?? []).flatMap((entry) =>
    entry.type === 'activity' && entry.name === 'getServingVersion' ? [entry.result] : [],
  );
  return asked.findLast((result) => result !== undefined) as ServingVersion | null | undefined; // what it returns
}

const pipelineOfWorkflow = (workflow: string): string | null =>
  Object.values(pipelines).find((pipeline) => pipeline.workflow === workflow)?.name ?? null;

/** When an event was, ISO 8601 in UTC. */
const timeOf = (event: NonNullable<History['events']>[number] | undefined): string =>
  new Date(
    Number(event?.eventTime?.seconds ?? 0) * 1_000 + (event?.eventTime?.nanos ?? 0) / 1e6,
  ).toISOString();

/** The first of a list of payloads, of which its writer knows the type; `null` when there is none. */
const decoded = (payloads: Payloads): unknown =>
  defaultPayloadConverter.fromPayload(payloads?.[0] ?? nothing);

const nothing = defaultPayloadConverter.toPayload(null);
