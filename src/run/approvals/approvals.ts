/** What is shown of an approval, by the CLI and by the page of a link alike, and for how long one holds. */
import { digestOfSubject, subjectChanges } from './deployment-subject.js';
import type {
  ApprovalOutput,
  ApprovalRequest,
  DeploymentSubject,
  SubjectLine,
} from '../retraining/retraining.js';
import type { Run } from '../steps.js';

/** What the run waits for somebody to decide, all at once. */
export const awaitedApprovals = ({ steps }: Pick<Run, 'steps'>): readonly ApprovalRequest[] =>
  steps.flatMap(({ state }) =>
    state.status === 'waiting' && state.approval !== undefined ? [state.approval] : [],
  );

/** The first of them; `null` when it waits for no such thing. */
export const awaitedApproval = (run: Pick<Run, 'steps'>): ApprovalRequest | null =>
  awaitedApprovals(run)[0] ?? null;

/** How much of a digest is shown to people. */
export const shownDigest = 16;

/** What would be deployed, as people read it; what a version before has asked is told part by part. */
export const linesOf = ({
  subject,
  lines,
}: Pick<ApprovalRequest, 'subject' | 'lines'>): readonly SubjectLine[] =>
  lines ??
  Object.entries(subject ?? {}).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));

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

/**
 * Why a decision of an earlier attempt does not hold for what would be deployed now; `null` when it does.
 * `undefined` stands for what is not known before the steps in front have run.
 */
export function approvalFault(
  { subject, digest }: ApprovalOutput,
  now: DeploymentSubject | null | undefined,
): string | null {
  if (now === undefined) return 'what would be deployed is not known yet';
  if (now !== null && digest === digestOfSubject(now)) return null;
  if (now === null || subject === undefined) return 'the decision does not say what it was on';
  const [first = 'what would be deployed has changed', ...others] = subjectChanges(subject, now);
  return others.length === 0 ? first : `${first}, and ${others.length} more`;
}
