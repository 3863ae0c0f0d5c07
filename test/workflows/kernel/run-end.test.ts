/** What the end of a run and the ends of its steps mean to each other. */
import { expect, it } from '@jest/globals';
import type { StepState } from '../../../src/run/steps.js';
import { endsOfRest, isEndedBy } from '../../../src/workflows/kernel/run-end.js';
import { Inside } from '../inside.js';
import { toyPipeline } from '../toy-pipeline.js';

const at = '2026-11-30T22:00:00.000Z';

it('the steps that a run has not come to are skipped, and others are as they stand', () => {
  const failure = { code: 'JOB_FAILED', message: 'exited with code 1' } as const;
  const states = new Map<string, StepState>([
    ['failed', { status: 'failed', startedAt: at, endedAt: at, failure }],
    ['cancelled', { status: 'cancelled', startedAt: at, endedAt: at }],
    ['pending', { status: 'pending' }],
    ['known', { status: 'pending' }],
  ]);
  const { steps } = toyPipeline({ failed: {}, cancelled: {}, pending: {}, known: {} });
  const get = (name: string) => {
    const state = states.get(name);
    return state && { name, tries: 1, references: [], state };
  };
  expect(endsOfRest(steps, new Map([['known', null]]), { get })).toEqual({
    failed: { state: 'failed', reason: 'exited with code 1' },
    cancelled: { state: 'cancelled' },
    pending: { state: 'skipped', reason: 'the run did not come to it' },
  });
});

it('a run ends by what a person has ended, but for what is done last', async () => {
  const ended = { outcome: 'succeeded', reason: '', failed: [], left: [] };
  const aborted = { code: 'ABORTED', message: 'ada: enough' } as const;
  const seen: boolean[] = [];
  await new Inside().call(() => {
    seen.push(
      isEndedBy(aborted, undefined),
      isEndedBy(aborted, ended),
      isEndedBy({ code: 'JOB_FAILED', message: 'no' }, undefined),
    );
  });
  expect(seen).toEqual([true, false, false]);
});
