/** Which ids are those of runs. */
import { describe, expect, it } from '@jest/globals';
import { isRunId, isTaken } from '../../src/run/run-names.js';

describe('an id', () => {
  it.each(['train-and-deploy.nightly', 'sweep.2026-12', 'planning.x'])('may be that of a run: %s', (id) => {
    expect(isRunId(id)).toBe(true);
  });

  it.each([
    ...[
      'plan.sweep.x.1',
      'replay.sweep.x',
      'cleanup.sweep.x',
      'delivery.ops.sweep.x.a.1',
      'hold.dev.model.m',
    ],
    ...['reset.sweep.x', 'describe.x', 'look-up.x', 'campaign.x', 'connection.dev', 'sweep', 'Sweep.x'],
  ])('is none: %s', (id) => {
    expect(isRunId(id)).toBe(false);
  });
});

it('no pipeline can have a name with which ids of other workflows begin', () => {
  expect(['plan', 'campaign', 'sweep', 'retrain'].filter(isTaken)).toEqual(['plan', 'campaign']);
});
