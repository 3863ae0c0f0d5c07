/** What is shown of an approval, by the CLI and by the page of a link alike. */
import type { ApprovalRequest } from './retraining.js';
import type { Run } from './steps.js';

/** What the run waits for somebody to decide; `null` when it waits for no such thing. */
export function awaitedApproval({ steps }: Pick<Run, 'steps'>): ApprovalRequest | null {
  for (const { state } of steps)
    if (state.status === 'waiting' && state.approval !== undefined) return state.approval;
  return null;
}

/** One metric of the new model beside the live one. */
export interface MetricRow {
  readonly metric: string;
  /** `null` where it was not measured. */
  readonly value: number | null;
  readonly live: number | null;
}

/** Every metric that either model has, those of the new model first. */
export function metricRows({ metrics, live }: Pick<ApprovalRequest, 'metrics' | 'live'>): MetricRow[] {
  const before = live?.metrics ?? {};
  const names = new Set([...Object.keys(metrics), ...Object.keys(before)]);
  return [...names].map((metric) => ({
    metric,
    value: metrics[metric] ?? null,
    live: before[metric] ?? null,
  }));
}
