import { describe, expect, it } from '@jest/globals';
import { groupLines } from '../../../src/cli/run/failures.js';
import { plainPaint } from '../../../src/cli/terminal/paint.js';
import { diffLines } from '../../../src/cli/run/diff.js';
import type { ComparedRun, FailureGroup, PartDiff } from '../../../src/client.js';

const group: FailureGroup = {
  fingerprint: '0123456789ab',
  failure: 'JOB_FAILED',
  pipeline: 'train-and-deploy',
  step: 'train',
  connections: ['domino-eu', 'domino-us'],
  count: 3,
  statuses: { failed: 2, terminated: 1 },
  firstSeenAt: '2026-11-21T10:03:00.000Z',
  lastSeenAt: '2026-11-21T11:40:00.000Z',
  example: 'train-and-deploy.a',
  message: 'job 1 failed: \u001b[2Jno\nrows',
  query: 'fingerprint=0123456789ab',
  campaign: "longhaul campaign create --query 'fingerprint=0123456789ab'",
};

describe('a cause', () => {
  it('is shown with its message on one line, unable to steer the terminal', () => {
    expect(groupLines(group, plainPaint)).toEqual([
      '3 × JOB_FAILED at train of train-and-deploy on domino-eu, domino-us',
      '  job 1 failed: \\u001b[2Jno\\nrows',
      '  2 failed, 1 terminated; first 2026-11-21T10:03:00.000Z, last 2026-11-21T11:40:00.000Z',
      '  such as train-and-deploy.a; fingerprint 0123456789ab',
      "  longhaul campaign create --query 'fingerprint=0123456789ab'",
      '',
    ]);
  });

  it('is shown by its status where the workflow never saw the end', () => {
    const silent = { ...group, fingerprint: null, failure: null, step: null, message: null };
    expect(groupLines({ ...silent, statuses: { terminated: 3 } }, plainPaint).slice(0, 3)).toEqual([
      '3 × terminated at no step known of train-and-deploy on domino-eu, domino-us',
      '  3 terminated; first 2026-11-21T10:03:00.000Z, last 2026-11-21T11:40:00.000Z',
      '  such as train-and-deploy.a',
    ]);
  });
});

const compared = (runId: string, status: 'succeeded' | 'failed'): ComparedRun => ({
  runId,
  attemptId: 'x',
  pipeline: 'train-and-deploy',
  connection: 'domino-eu',
  status,
  startedAt: '2026-11-21T10:03:00.000Z',
  jobId: null,
});
const [a, b] = [compared('retrain.green', 'succeeded'), compared('retrain.red', 'failed')];
const part = (of: Pick<PartDiff, 'part' | 'verdict'> & Partial<PartDiff>): PartDiff => ({
  changes: [],
  unread: [],
  ...of,
});

describe('a comparison', () => {
  it('shows what differs, what was not read and why, and what is equal in one line', () => {
    const parts = [
      part({
        part: 'inputs',
        verdict: 'differs',
        changes: [
          { name: 'train.command', a: 'train', b: 'train \u001b[31m--fast' },
          { name: 'gate', a: null, b: { conditions: [] } },
          { name: 'revision.dockerfile, line 2', a: 'RUN a\nRUN b', b: null },
        ],
      }),
      part({ part: 'commit', verdict: 'equal' }),
      part({ part: 'image', verdict: 'equal' }),
      part({ part: 'data', verdict: 'unread', unread: [{ run: 'b', reason: 'the run has no job' }] }),
      part({
        part: 'metrics',
        verdict: 'differs',
        changes: [{ name: 'accuracy', a: 0.5, b: 0.75, delta: 0.25 }],
      }),
      part({
        part: 'log',
        verdict: 'differs',
        changes: [{ name: 'first line that differs', a: { line: 3, text: 'ok' }, b: null }],
      }),
      part({
        part: 'steps',
        verdict: 'differs',
        changes: [
          {
            name: 'train',
            a: { status: 'succeeded', tookMs: 61_000 },
            b: { status: 'parked', tookMs: null },
          },
        ],
      }),
    ];
    expect(diffLines({ a, b, parts }, plainPaint)).toEqual([
      'a  retrain.green  succeeded   2026-11-21T10:03:00Z',
      'b  retrain.red    failed      2026-11-21T10:03:00Z',
      '',
      'inputs',
      '  train.command: train → train \\u001b[31m--fast',
      '  gate: none → {"conditions":[]}',
      '  revision.dockerfile, line 2',
      '    - RUN a',
      '    - RUN b',
      '',
      'metrics',
      '  accuracy: 0.5 → 0.75  (+0.25)',
      '',
      'log',
      '  first line that differs',
      '    a 3: ok',
      '    b ends before',
      '',
      'steps',
      '  train: succeeded in 1m01s → parked',
      '',
      'not read',
      '  data of b: the run has no job',
      '',
      'equal: commit, image',
    ]);
  });
});
