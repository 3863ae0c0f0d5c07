import { describe, expect, it } from '@jest/globals';
import { endingLines, parkedLines } from '../../../src/cli/run/view/ending.js';
import { plainPaint } from '../../../src/cli/terminal/paint.js';
import type { Run } from '../../../src/run/steps.js';
import { nowMs, running, steps } from './runs.js';

const nothing = '  cleanup: there was nothing to undo';
const ended = (change: Partial<Run>) =>
  endingLines(
    { ...running, status: 'cancelled', endedAt: '2026-11-21T03:10:00Z', ...change },
    nowMs,
    plainPaint,
  );

describe('a run that somebody has ended', () => {
  it('says that there was nothing to undo where it has found nothing', () => {
    const cleanup = { undone: [], leftBehind: [] };
    expect(ended({ cleanup })).toContain(nothing);
    const failure = { code: 'ABORTED', message: 'ada: enough' } as const;
    expect(ended({ cleanup, status: 'failed', failure })).toContain(nothing);
    expect(ended({ cleanup, status: 'failed', failure: { ...failure, code: 'JOB_FAILED' } })).not.toContain(
      nothing,
    );
  });

  it('does not say so where something was undone, is looked for, or is not known', () => {
    for (const cleanup of [
      { undone: [{ kind: 'job', id: 'j' }], leftBehind: [] },
      { undone: [], leftBehind: [{ kind: 'job', reason: 'it goes on' }] },
      { undone: [], leftBehind: [], afterwards: 'going-on' as const },
    ])
      expect(ended({ cleanup })).not.toContain(nothing);
    expect(ended({})).not.toContain(nothing);
  });
});

describe('a step that is parked', () => {
  it('is made anew where nothing else gets further', () => {
    const failure = { code: 'EFFECT_UNKNOWN', message: 'its answer is lost' } as const;
    const lost = { ...steps.parkedTrain, state: { ...steps.parkedTrain.state, failure } };
    expect(parkedLines({ ...running, steps: [lost] })).toContain(
      '  next: longhaul run resolve train-and-deploy.nightly --step train --retry --fresh --reason "…"',
    );
  });
});
