/** Tells other services of a run, by a workflow of its own for each event and receiver: it goes on after the run. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, ParentClosePolicy, startChild, uuid4 } from '@temporalio/workflow';
import { deliveryPrefix, deliveryWorkflow } from '../../run/ids.js';
import type { ApprovalRequest } from '../../run/retraining/retraining.js';
import type { Delivery, Run, RunEventType, RunStart } from '../../run/steps.js';
import type { Attempt } from '../legs/attempt.js';

/** Tells other services of something in the middle of a run. */
export type Announce = (type: RunEventType, approval: ApprovalRequest) => Promise<void>;

export interface Announcer {
  announce(type: RunEventType, run: Run, approval?: ApprovalRequest): Promise<void>;
  /** How many events were announced, in the legs before as well. */
  count(): number;
}

/**
 * Announces events to whom the start of the run names. When it resolves, their deliveries are durable; also while
 * the run is being cancelled. Without names it does nothing at all, and adds nothing to history.
 */
export function createAnnouncer(
  notify: RunStart<unknown>['notify'],
  attempt: Attempt,
  before = 0,
): Announcer {
  let number = before;
  const announce: Announcer['announce'] = async (
    type,
    { runId, attemptId, pipeline, connection, connections, status, failure },
    approval,
  ) => {
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
      Promise.all(targets.map((target) => startDelivery({ target, event }, attempt))),
    );
  };
  return { announce, count: () => number };
}

async function startDelivery(delivery: Delivery, { runId, originalId }: Attempt): Promise<void> {
  const { target, event } = delivery;
  // Not of the attempt’s own id: a reset changes that, and must start again what history says was started.
  const deliveryId = `${deliveryPrefix}${target}.${runId}.${originalId}.${event.number}`;
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
