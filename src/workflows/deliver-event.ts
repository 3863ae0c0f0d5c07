/** Delivers one event to one receiver, for days if need be. */
import { proxyActivities } from '@temporalio/workflow';
import type { Deliveries } from '../run/undoing/effects.js';
import { webhooksQueue } from '../run/ids.js';
import type { Delivery } from '../run/steps.js';
import { fail, failureOf } from '../steps/failures.js';
import { policies } from './kernel/policy.js';

const { ensureDelivered } = proxyActivities<Deliveries>({ ...policies.deliver, taskQueue: webhooksQueue });

/** Fails as `DELIVERY_FAILED` when the receiver never took it. */
export async function deliverEvent(delivery: Delivery): Promise<{ readonly status: number }> {
  try {
    return await ensureDelivered(delivery);
  } catch (error) {
    const failure = failureOf(error);
    throw failure === null ? error : fail({ code: 'DELIVERY_FAILED', message: failure.message });
  }
}
