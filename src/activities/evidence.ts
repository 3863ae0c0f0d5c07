/**
 * Reads the conditions of one decision. What the platform answers for a moment is thrown, so that Temporal asks
 * again; everything else that cannot be read is evidence.
 */
import { LonghaulError } from '../pipeline/errors.js';
import type { Condition } from '../pipeline/retrain-input.js';
import { PlatformError } from '../platform/errors.js';
import type { Reading } from './decision.js';
import { readBudget } from './evidence-budget.js';
import { newInDataset, newInFiles } from './evidence-data.js';
import { createMetricReader } from './evidence-metric.js';
import { readMonthly, readSpacing } from './evidence-runs.js';
import { isWorthAnother } from './failures.js';
import { HistoryUnreadable } from './run-history.js';
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
  return (condition) => read(condition).catch((error: unknown) => unreadable(error, sources.attempt.number));
}

/** A failure as evidence, unless trying again may help. Each attempt of a decision but the last has failed. */
function unreadable(error: unknown, attempt: number): Reading {
  if (error instanceof HistoryUnreadable) return { verdict: 'unknown', reason: error.message };
  if (!(error instanceof PlatformError || error instanceof LonghaulError)) throw error;
  if (isWorthAnother(error.code, attempt)) throw error;
  return { verdict: 'unknown', reason: error.message };
}
