import { describe, expect, it } from '@jest/globals';
import { listLines } from '../../../src/cli/run/list.js';
import { ansiPaint, plainPaint as paint } from '../../../src/cli/terminal/paint.js';
import type { RunSummary } from '../../../src/run/steps.js';
import { nowMs } from './runs.js';

describe('the list of runs', () => {
  const row: RunSummary = {
    runId: 'train-and-deploy.a',
    attemptId: 'x',
    pipeline: 'train-and-deploy',
    connection: 'domino-prod',
    trigger: 'cli',
    status: 'failed',
    step: 'train',
    failure: 'JOB_FAILED',
    startedAt: '2026-11-21T03:00:00.000Z',
    endedAt: '2026-11-21T03:05:00.000Z',
  };
  const withoutColours = (line: string): string => line.replaceAll(/\u001b\[\d+m/g, '');

  it('is a table with one run per line', () => {
    expect(listLines([row], { nowMs, paint })).toEqual([
      'RUN                 STATUS  CONNECTION   AGE     TOOK   WHY',
      'train-and-deploy.a  failed  domino-prod  10m00s  5m00s  train: JOB_FAILED',
    ]);
    expect(listLines([], { nowMs, paint })).toEqual([]);
  });

  it('gives each run a line of its own where a row would be wider than the terminal', () => {
    const runId = 'train-and-deploy.0b9f8f6e-6d6c-4a5e-9d0c-0123456789ab';
    const lines = listLines([{ ...row, runId }], { nowMs, paint: ansiPaint, width: 80 });
    expect(lines.map(withoutColours)).toEqual([
      'RUN',
      '  STATUS  CONNECTION   AGE     TOOK   WHY',
      runId,
      '  failed  domino-prod  10m00s  5m00s  train: JOB_FAILED',
    ]);
  });
});
