/** Whether costs may be booked on a billing tag. */
import { Refusal } from '../errors.js';
import type { State } from './world/state.js';

type Billed = Pick<State, 'billing' | 'billingTags'>;

/**
 * Refuses what is no active billing tag.
 *
 * @throws Refusal 400
 */
export function checkBillingTag({ billingTags }: Billed, tag: string): void {
  if (billingTags.get(tag)?.active !== true)
    throw new Refusal(400, `There is no active billing tag ${JSON.stringify(tag)}`);
}

/**
 * Refuses a new project with a tag that is not active, or without one where it needs one.
 *
 * @throws Refusal 400
 */
export function checkBooking(state: Billed, tag: string | undefined): void {
  if (tag !== undefined) checkBillingTag(state, tag);
  else if (state.billing.mode === 'Required')
    throw new Refusal(400, 'A project needs a billing tag on this deployment');
}
