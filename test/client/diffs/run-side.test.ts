/** Which job stands for a run that is compared with another. */
import { describe, expect, it } from '@jest/globals';
import { jobOf, lastWithJob, makerOf } from '../../../src/client/diffs/run-side.js';
import type { Run, Step } from '../../../src/run/steps.js';
import { cutOff, finished } from '../../support/attempt-record.js';
import { documentOf } from '../../support/documents.js';

const run = (...steps: Step[]): Run => ({
  ...{ runId: 'x.y', attemptId: 'a', pipeline: 'x', connection: 'domino-test', steps },
  ...{ trigger: { kind: 'cli' }, status: 'failed', startedAt: '2026-11-21T03:00:00.000Z' },
});

describe('the job of a run', () => {
  it('is the last that a step has come to or waits for, whatever that step is called', () => {
    const prepared = finished('prepare', { jobId: 'j1' });
    expect(jobOf(run(prepared, cutOff('evaluate', { kind: 'job', id: 'j2' })))).toBe('j2');
    expect(jobOf(run(prepared, finished('deploy', { versionId: 'v1' })))).toBe('j1');
  });

  it('is none under `finally` while another step has one, and is that of the step which made it', () => {
    const document = documentOf(
      'domino-test',
      `  train: { uses: job, each: [1, 2], with: { project: a/b, command: go } }
  best: { uses: choose, with: { from: '\${{ steps.train }}', by: auc } }`,
      {
        more: 'finally: { steps: { report: { uses: job, with: { project: a/b, command: go } } } }',
      },
    );
    const of = (...steps: Step[]) => lastWithJob({ run: run(...steps), document })?.name;
    const [first, second] = [finished('train.0', { jobId: 'j1' }), finished('train.1', { jobId: 'j2' })];
    const best = finished('best', { jobId: 'j1' });
    const report = finished('report', { jobId: 'j3' });
    expect(of(first, second, best, report)).toBe('best');
    expect(of(cutOff('train'), report)).toBe('report');
    expect(makerOf(run(first, second, best, report), best)).toBe(first);
    expect(makerOf(run(first, second, best, report), report)).toBe(report);
  });

  it('is none where no step names one', () => {
    expect(jobOf(run(cutOff('train'), finished('gate', { verdicts: [] })))).toBeNull();
  });
});
