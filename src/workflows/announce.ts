/** Tells other services of a run, by a workflow of its own for each event and receiver: it goes on after the run. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, ParentClosePolicy, startChild, uuid4, workflowInfo } from '@temporalio/workflow';
import { deliveryPrefix, deliveryWorkflow } from '../pipeline/ids.js';
import type { ApprovalRequest } from '../pipeline/retraining.js';
import type { Delivery, Run, RunEventType, RunStart } from '../pipeline/steps.js';

/** Tells other services of something in the middle of a run. */
export type Announce = (type: RunEventType, approval: ApprovalRequest) => Promise<void>;

/**
 * Announces events to whom the start of the run names. When it resolves, their deliveries are durable; also while
 * the run is being cancelled. Without names it does nothing at all, and adds nothing to history.
 */
export function createAnnouncer(
  notify: RunStart<unknown>['notify'],
): (type: RunEventType, run: Run, approval?: ApprovalRequest) => Promise<void> {
  let number = 0;
  return async (type, run, approval) => {
    const { runId, attemptId, pipeline, connection, connections, status, failure } = run;
    const targets = notify?.[type] ?? [];
    if (targets.length === 0) return;
    number += 1;
    const event = {
      type,
      number,
      at: new Date().toISOString(),
      runId,
      attemptId,
      pipeline,
      connection,
      ...(connections && { connections }),
      status,
      ...(failure?.step !== undefined && { step: failure.step }),
      ...(failure && { failure: { code: failure.code, message: failure.message } }),
      ...(approval && { approval }),
    };
    await CancellationScope.nonCancellable(() =>
      Promise.all(targets.map((target) => startDelivery({ target, event }))),
    );
  };
}

async function startDelivery(delivery: Delivery): Promise<void> {
  const { target, event } = delivery;
  // Not of the attempt’s own id: a reset changes that, and must start again what history says was started.
  const { workflowId, originalExecutionRunId } = workflowInfo();
  const deliveryId = `${deliveryPrefix}${target}.${workflowId}.${originalExecutionRunId}.${event.number}`;
  try {
    await startAs(deliveryId, delivery);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // Before a reset, another event had this number. uuid4() is deterministic (the same in each replay) and not secure.
    await startAs(`${deliveryId}.${uuid4().slice(0, 8)}`, delivery);
  }
}

const startAs = (workflowId: string, delivery: Delivery) =>
  startChild(deliveryWorkflow, {
    workflowId,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [delivery],
    memo: { delivery },
    staticSummary: `${delivery.event.type} to ${delivery.target}`,
  });
