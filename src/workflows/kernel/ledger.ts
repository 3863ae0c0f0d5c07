/** The ledger: what a tick decided and came to, kept with its run where lists find it. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Decision } from '../../run/retraining/retraining.js';

const outcomeKey = defineSearchAttributeKey('LonghaulOutcome', 'KEYWORD');

/** Writes down how far a tick has come; with a decision or a conclusion, that too. */
export function record(
  outcome: string,
  written: { readonly decision?: Decision; readonly conclusion?: string } = {},
): void {
  upsertSearchAttributes([{ key: outcomeKey, value: outcome }]);
  if (Object.keys(written).length > 0) upsertMemo(written);
}
