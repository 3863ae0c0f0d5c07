/**
 * Replacing a run that has the model: by the right of whoever brought the new run about, and by an entry of the audit log
 * that names both runs and both of their starters. Whether somebody has the right was decided when the run was started.
 */
import type { Client } from '@temporalio/client';
import { lastResetOf } from '../../client/attempts.js';
import { readStart } from '../../client/read-start.js';
import { pipelineOf } from '../../run/ids.js';
import { type AnyStart, connectionsIn } from '../../client/starting.js';
import type { Lineage, Trigger } from '../../run/steps.js';

/** Writes that something is meant, performs it, and writes what came of it; throws where it cannot be written. */
export type Recording = (
  entry: {
    readonly actor: string;
    readonly actorKind: 'run';
    readonly action: string;
    readonly object: string;
    readonly reason: string;
  },
  perform: () => Promise<void>,
) => Promise<void>;

/** Two runs of one model. */
export interface Rivals {
  /** The run that has the model. */
  readonly holder: string;
  /** The run that asks for it. */
  readonly asking: string;
}

/** Cancels the run that has the model; `false` where whoever brought the other one about may not. */
export async function replaceHolder(
  client: Client,
  { holder, asking }: Rivals,
  record: Recording,
): Promise<boolean> {
  const { start, attemptId } = await startOf(client, asking);
  const pipeline = pipelineOf(holder);
  const held = (await startOf(client, holder)).start;
  const allowed = start.mayCancel ?? [pipelineOf(asking)];
  // The right was decided on the connections of the run that asks, and the other may use more.
  const own = connectionsIn(start);
  const isWithin = connectionsIn(held).every((connection) => own.includes(connection));
  if (!allowed.includes('*') && !(allowed.includes(pipeline) && isWithin)) return false;
  const by = starterOf(start);
  const other = starterOf(held);
  const reset = await lastResetOf(client, { runId: asking, attemptId });
  const since = reset === undefined ? '' : `, reset by ${reset}`;
  const reason = `replaced by ${asking}, of ${by}${since}; it was of ${other}`;
  const entry = { actor: by, actorKind: 'run', action: 'run.replace', object: holder, reason } as const;
  await record(entry, async () => {
    await client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: holder },
      identity: asking,
      requestId: `replaced-by-${asking}`,
      reason,
    });
  });
  return true;
}

/** The present attempt of a run, and what it was started with. */
async function startOf(
  client: Client,
  runId: string,
): Promise<{ readonly start: AnyStart; readonly attemptId: string }> {
  const handle = client.workflow.getHandle(runId);
  const { runId: attemptId } = await handle.describe();
  return { start: (await readStart(client, handle, attemptId)).start, attemptId };
}

/** Whoever has brought an attempt about, as records write it. */
const starterOf = ({ trigger, lineage }: { readonly trigger: Trigger; readonly lineage?: Lineage }): string =>
  lineage?.by ?? `${trigger.kind}${trigger.by === undefined ? '' : ` ${trigger.by}`}`;
