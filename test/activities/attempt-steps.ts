/** Steps of an attempt of a document, as its record has them. */
import type { Json, Step, StepState } from '../../src/run/steps.js';

export const at = '2026-11-21T03:00:00.000Z';
export const job = (jobId: string): Json => ({
  ...{ projectId: 'p', jobId, number: 1, link: '', metrics: { auc: 0.8 } },
  ...{ experimentRunId: null, outputCommitId: null },
});
export const succeeded = (output: Json): StepState => ({
  status: 'succeeded',
  startedAt: at,
  endedAt: at,
  output,
});
export const failed: StepState = {
  ...{ status: 'failed', startedAt: at, endedAt: at },
  failure: { code: 'JOB_FAILED', message: 'exit code 1' },
};
export const step = (name: string, state: StepState, more: Partial<Step> = {}): Step => ({
  ...{ name, tries: state.status === 'skipped' ? 0 : 1, references: [], state },
  ...more,
});
