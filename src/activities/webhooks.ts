/** Sending events to receivers, as an activity of the queue `webhooks`. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Deliveries } from '../run/undoing/effects.js';
import { linkFor } from '../webhooks/approval-link.js';
import { payloadOf } from '../webhooks/payload.js';
import { type Receiver, sendPayload } from '../webhooks/send.js';
import { attempted } from './effect/attempt.js';

export interface WebhookDependencies {
  /** The configured receiver of this name with its secret as it is now; `null` when there is none. */
  readonly receiver: (target: string) => (Receiver & { readonly format: 'longhaul' | 'cloudevents' }) | null;
  readonly publicUrl: string | undefined;
  /** The secret that signs links by which approvals are decided, as it is now. */
  readonly approvalSecret: () => string | undefined;
  readonly firstRetryMs: number;
}

/** By the 5 s of the first: 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; together more than three days. */
const growth = [1, 60, 360, 1_440, 3_600, 7_200, 10_080, 14_400, 17_280] as const;
const gone = 410;

/** Builds the activity. */
export const createWebhookActivities = ({
  receiver: receiverOf,
  publicUrl,
  approvalSecret,
  firstRetryMs,
}: WebhookDependencies): Deliveries => ({
  ensureDelivered: attempted(
    { waits: { settleMs: firstRetryMs, patienceMs: firstRetryMs } },
    async ({ target, event }, { number }) => {
      const receiver = receiverOf(target);
      if (receiver === null)
        throw failed(`there is no receiver "${target}" in webhooks.outgoing any more`, undefined);
      const link = linkFor(target, event, { publicUrl, secret: approvalSecret() });
      const payload = payloadOf(event, { format: receiver.format, publicUrl, link });
      const sent = await sendPayload(receiver, payload, Context.current().cancellationSignal);
      if (sent.taken) return { status: sent.status };
      const factor = sent.status === gone ? undefined : growth[number - 1];
      throw failed(`${target} did not take ${event.type}: ${sent.line}`, factor && factor * firstRetryMs);
    },
  ),
});

/** Without a delay it is given up. */
const failed = (message: string, delayMs: number | undefined): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'DELIVERY_FAILED',
    message,
    nonRetryable: delayMs === undefined,
    ...(delayMs !== undefined && { nextRetryDelay: Math.round(delayMs * (1 + Math.random() * 0.2)) }),
  });
