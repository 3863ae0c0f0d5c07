/** The ledger: what a tick decided and came to, kept with its run where lists find it. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { pipelineOf } from '../../run/ids.js';
import type { Decision } from '../../run/retraining/retraining.js';
import { meterTick } from './metering.js';

const outcomeKey = defineSearchAttributeKey('LonghaulOutcome', 'KEYWORD');

/** Writes down how far a tick has come; with a decision or a conclusion, that too. */
export function record(
  outcome: string,
  written: { readonly decision?: Decision; readonly conclusion?: string } = {},
): void {
  upsertSearchAttributes([{ key: outcomeKey, value: outcome }]);
  if (Object.keys(written).length > 0) upsertMemo(written);
  if (written.decision) meterTick(pipelineOf(workflowInfo().workflowId), written.decision.verdict);
}
