/** What a leg takes over from the one before. */
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { Step, StepState } from '../../../src/run/steps.js';
import { continueWith } from '../../../src/workflows/legs/next-leg.js';
import { outputsOf, settledOf } from '../../../src/workflows/legs/taken-over.js';

const times = { startedAt: 'then', endedAt: 'now' };
const step = (name: string, state: StepState, more: Partial<Step> = {}): Step => ({
  ...{ name, tries: 1, references: [], state },
  ...more,
});
const failure = { code: 'JOB_FAILED', message: 'exit 1' } as const;

describe('what a leg takes over', () => {
  it('is every output, of items as those read it that come after', () => {
    const outputs = outputsOf([
      step('first', { status: 'succeeded', ...times, output: { jobId: 'j' } }),
      step('soft', { status: 'failed', ...times, failure }),
      step('never', { status: 'skipped', endedAt: 'now', reason: 'no' }),
      step('said', { status: 'skipped', endedAt: 'now', reason: 'ada: by hand', output: { of: 1 } }),
      step('train', { status: 'succeeded', ...times, output: { counts: {} } }, { items: 2 }),
      step('train.0', { status: 'succeeded', ...times, output: { auc: 0.7 } }, { item: 'a' }),
      step('train.1', { status: 'failed', ...times, failure }, { item: 'b', generation: 2 }),
      step('open', { status: 'waiting', startedAt: 'then', waitingFor: 'its 2 items' }, { items: 2 }),
      step('open.0', { status: 'succeeded', ...times, output: 1 }),
      step('parked', { status: 'parked', startedAt: 'then', parkedAt: 'now', failure }),
    ]);
    expect(Object.fromEntries(outputs)).toEqual({
      first: { jobId: 'j' },
      soft: null,
      never: null,
      said: { of: 1 },
      train: {
        state: 'succeeded',
        items: [
          { auc: 0.7, item: 'a', index: 0, state: 'succeeded', tries: 1 },
          { item: 'b', index: 1, state: 'failed', tries: 2 },
        ],
        counts: { succeeded: 1, failed: 1 },
      },
    });
  });

  it('is why an item has failed, which still stops the others or not', () => {
    const settled = settledOf(step('train.0', { status: 'failed', ...times, failure }));
    const error = settled !== undefined && 'error' in settled ? settled.error : undefined;
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type: 'JOB_FAILED', message: 'exit 1' });
  });
});

it('what is too large for Temporal is not handed over, also where it is larger than its characters', () => {
  const start = (text: string) => ({ input: text, trigger: { kind: 'client' } }) as const;
  const leg = { attemptId: 'a', startedAt: 'then' } as never; // the rest of it does not matter
  expect(continueWith(start('x'.repeat(1_900_000)), leg)).toBeNull();
  expect(continueWith(start('ä'.repeat(700_000)), leg)).toBeNull();
});
