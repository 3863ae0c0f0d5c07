/** What a step does while another run has its model. */
import { describe, expect, it } from '@jest/globals';
import { holding, neededBy } from '../../src/steps/holding.js';
import { failed, recordedStep } from './recorded-step.js';

const needed = { key: 'dev.model.m', whenBusy: 'wait' as const };
const busy = () => Promise.reject(failed('MODEL_BUSY', 'other.run has it'));

describe('a step that needs a model for itself', () => {
  it('takes it with what it does, on behalf of its attempt', async () => {
    const of = (run: object) => holding(recordedStep({ run }).step, needed, (hold) => Promise.resolve(hold));
    expect(await of({})).toStrictEqual({ key: 'dev.model.m' });
    expect(await of({ attemptId: 'a2' })).toEqual({ key: 'dev.model.m', attemptId: 'a2' });
    expect(await holding(recordedStep().step, undefined, (hold) => Promise.resolve(hold))).toBeUndefined();
  });

  it('waits until it is free, and goes on until it has it', async () => {
    const { did, step } = recordedStep({ answers: { awaitHold: [{ held: true }, { held: true }] } });
    const tries = [busy, busy, () => Promise.resolve('made')];
    expect(await holding(step, needed, () => tries.shift()?.() ?? busy())).toBe('made');
    const round = [
      ['sent', false],
      ['waiting', 'other.run has it'],
      [
        'awaitHold',
        {
          ...{ connection: 'dev', hold: { key: 'dev.model.m' }, whenBusy: 'wait' },
          ...{ runId: 'mine.k', startedAt: '2026-11-30T00:00:00.000Z' },
        },
      ],
      ['sent', true],
    ];
    expect(did).toEqual([...round, ...round]);
  });

  it('fails as busy where it does not get it', async () => {
    const { step } = recordedStep({ answers: { awaitHold: [{ held: false, reason: 'replaced' }] } });
    await expect(holding(step, needed, busy)).rejects.toMatchObject({
      type: 'MODEL_BUSY',
      message: 'replaced',
    });
  });

  it('leaves a mistake of workflow code as it is', async () => {
    const mistake = new TypeError('x is no function');
    await expect(holding(recordedStep().step, needed, () => Promise.reject(mistake))).rejects.toBe(mistake);
  });

  it.each([
    [{ ...needed, whenBusy: 'skip' as const }, 'MODEL_BUSY'],
    [undefined, 'MODEL_BUSY'],
    [needed, 'CONFLICT'],
  ])('waits for nothing: %j, %s', async (need, code) => {
    const { did, step } = recordedStep();
    const error = failed(code);
    await expect(holding(step, need, () => Promise.reject(error))).rejects.toBe(error);
    expect(did).toEqual([]);
  });
});

describe('what an input needs for itself', () => {
  it('is its model, as it says; nothing where it trains none or says nothing', () => {
    const input = { connection: 'dev', project: 'a/b', register: { model: 'm' } };
    expect(neededBy({ ...input, whenBusy: 'skip' })).toEqual({ key: 'dev.model.m', whenBusy: 'skip' });
    expect(neededBy(input)).toBeUndefined();
    expect(neededBy({ connection: 'dev', project: 'a/b', whenBusy: 'wait' })).toBeUndefined();
  });
});
