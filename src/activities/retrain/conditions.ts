/** Conditions of a retraining in words, and what reading one costs. */
import type { Condition } from '../../run/inputs/retrain-input.js';

/** What a condition asks for, in one line. */
export function wordsOf(condition: Condition): string {
  if ('always' in condition) return 'always';
  if ('newData' in condition) {
    const { newData } = condition;
    return 'dataset' in newData
      ? `new data in the dataset ${newData.dataset}`
      : `new data in ${newData.files}`;
  }
  if ('metric' in condition) return `${condition.metric}, by ${sourceOf(condition.from)}`;
  if ('notMoreOftenThan' in condition) return `not more often than every ${condition.notMoreOftenThan}`;
  if ('atMostPerMonth' in condition) return `at most ${condition.atMostPerMonth} in 30 days`;
  return `a cost of at most ${condition.budget.atMost} in ${condition.budget.days} days`;
}

/** Where a metric is read, in words. */
export function sourceOf(from: Extract<Condition, { metric: string }>['from']): string {
  if (from === 'live') return 'the live model';
  return 'job' in from ? `the newest job ${from.job}` : `the probe ${from.probe}`;
}

/** Whether it is read without asking a platform or another service. */
export const isCheap = (condition: Condition): boolean =>
  'always' in condition || 'notMoreOftenThan' in condition || 'atMostPerMonth' in condition;
