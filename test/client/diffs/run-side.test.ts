/** Which job stands for a run that is compared with another. */
import { describe, expect, it } from '@jest/globals';
import { jobOf } from '../../../src/client/diffs/run-side.js';
import type { Run, Step } from '../../../src/pipeline/steps.js';
import { cutOff, finished } from '../../support/attempt-record.js';

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

  it('is none where no step names one', () => {
    expect(jobOf(run(cutOff('train'), finished('gate', { verdicts: [] })))).toBeNull();
  });
});
