/**
 * Reads the conditions of one decision. What may pass is thrown, so that Temporal asks again, and a person is asked where
 * it stays; everything else that cannot be read is evidence.
 */
import { LonghaulError } from '../../../run/failures/errors.js';
import type { Condition } from '../../../run/inputs/retrain-input.js';
import { PlatformError } from '../../../platform/errors.js';
import type { Reading } from '../../retrain/decision.js';
import { readBudget } from './evidence-budget.js';
import { newInDataset, newInFiles } from './evidence-data.js';
import { createMetricReader } from './evidence-metric.js';
import { readMonthly, readSpacing } from '../../retrain/evidence-runs.js';
import { isRetryable } from '../../effect/failures.js';
import { readKnown } from '../../effect/known-objects.js';
import { HistoryUnreadable } from '../../retrain/run-history.js';
import type { Sources } from './sources.js';

/** Reads one condition after the other. */
export function createReader(sources: Sources): (condition: Condition) => Promise<Reading> {
  const readMetric = createMetricReader(sources);
  const read = async (condition: Condition): Promise<Reading> => {
    if ('always' in condition) return { verdict: 'holds' };
    if ('newData' in condition)
      return 'dataset' in condition.newData
        ? newInDataset(sources, condition.newData.dataset)
        : newInFiles(sources, condition.newData.files);
    if ('metric' in condition) return readMetric(condition);
    if ('notMoreOftenThan' in condition) return readSpacing(sources, condition.notMoreOftenThan);
    if ('atMostPerMonth' in condition) return readMonthly(sources, condition.atMostPerMonth);
    return readBudget(sources, condition.budget);
  };
  // All that is asked about is of a project that is known to exist.
  return (condition) =>
    readKnown(read(condition)).catch((error: unknown) => unreadable(error, sources.attempt));
}

/** A failure as evidence, unless it may pass. Of those that may, a permission that is not granted for long is evidence too. */
function unreadable(error: unknown, { hasStayed }: Sources['attempt']): Reading {
  if (error instanceof HistoryUnreadable) return { verdict: 'unknown', reason: error.message };
  if (!(error instanceof PlatformError || error instanceof LonghaulError)) throw error;
  const isDenied = error.code === 'PERMISSION_DENIED' && hasStayed(error.code);
  if (isRetryable(error.code) && !isDenied) throw error;
  return { verdict: 'unknown', reason: error.message };
}
