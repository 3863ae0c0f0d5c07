/** The link by which a receiver decides on an approval. It is made when it is sent, so that no history has it. */
import type { WebhookEvent } from '../run/steps.js';
import { tokenOf } from './approval-token.js';

/** By what a receiver of events is known among those who may decide. */
export const approverOf = (receiver: string): string => `webhook:${receiver}`;

/** What a link is made from; without both there is none. */
export interface LinkParts {
  readonly publicUrl: string | undefined;
  readonly secret: string | undefined;
}

/** `null` when the event asks for no approval, the receiver may not decide, or links are not configured. */
export function linkFor(
  receiver: string,
  { approval, runId, attemptId }: WebhookEvent,
  { publicUrl, secret }: LinkParts,
): string | null {
  if (approval === undefined || publicUrl === undefined || secret === undefined) return null;
  const { by, byStarter, until, digest } = approval;
  const isNamed = by?.includes(approverOf(receiver)) === true;
  // A link does not know who follows it: where one may not, only receivers that are named are trusted with it.
  if ((by !== undefined || byStarter === false) && !isNamed) return null;
  const token = tokenOf(
    { runId, attemptId, receiver, until, ...(digest !== undefined && { digest }) },
    secret,
  );
  return `${publicUrl.replace(/\/$/, '')}/v1/approvals/${token}`;
}
