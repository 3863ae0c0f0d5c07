import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Reading, decide } from '../../../src/activities/retrain/decision.js';
import { wordsOf } from '../../../src/activities/retrain/conditions.js';
import { type Condition, When } from '../../../src/run/inputs/retrain-input.js';

type Verdict = Reading['verdict'];

/** Temporal’s time; the clock of this machine shows another. */
const now = '2024-02-01T04:00:00.000Z';

const data = (name: string): Condition => ({ newData: { dataset: name } });
const spacing: Condition = { notMoreOftenThan: '6h' };

/** Decides with verdicts by words of conditions, and tells what was read, in order. */
async function decided(when: object, verdicts: Readonly<Record<string, Verdict>>) {
  const read: string[] = [];
  const readOne = (condition: Condition): Promise<Reading> => {
    const words = wordsOf(condition);
    read.push(words);
    const verdict = 'always' in condition ? 'holds' : (verdicts[words] ?? 'unknown');
    return Promise.resolve({ verdict, ...(verdict === 'unknown' && { reason: 'down' }) });
  };
  const decision = await decide(When.parse(when), readOne, () => Date.parse(now));
  return { ...decision, read };
}

const a = 'new data in the dataset a';
const b = 'new data in the dataset b';
const c = 'new data in the dataset c';
const rarely = 'not more often than every 6h';

describe('decide', () => {
  it.each<[string, object, Record<string, Verdict>, string, string, string[]]>([
    ['always', { all: [{ always: true }] }, {}, 'retrain', 'always', ['always']],
    [
      'all hold',
      { all: [data('a'), data('b')] },
      { [a]: 'holds', [b]: 'holds' },
      'retrain',
      `${a}; ${b}`,
      [a, b],
    ],
    [
      'one fails, so the next is not read',
      { all: [data('a'), data('b')] },
      { [a]: 'fails', [b]: 'holds' },
      'skip',
      `does not hold: ${a}`,
      [a],
    ],
    [
      'a cheap one fails, so nothing else is read',
      { all: [data('a'), spacing] },
      { [a]: 'holds', [rarely]: 'fails' },
      'skip',
      `does not hold: ${rarely}`,
      [rarely],
    ],
    [
      'one of any holds, so the others are not read',
      { any: [data('a'), data('b')] },
      { [a]: 'holds' },
      'retrain',
      a,
      [a],
    ],
    [
      'an unknown one of any, and one that holds',
      { any: [data('a'), data('b')] },
      { [b]: 'holds' },
      'retrain',
      b,
      [a, b],
    ],
    [
      'an unknown one of all, and one that fails',
      { all: [data('a'), data('b')] },
      { [b]: 'fails' },
      'skip',
      `does not hold: ${b}`,
      [a, b],
    ],
    [
      'an unknown one would have decided',
      { all: [data('a'), data('b')] },
      { [b]: 'holds' },
      'undecided',
      `could not be read: ${a} (down)`,
      [a, b],
    ],
    [
      'an unknown one of any, and one that fails',
      { any: [data('a'), data('b')] },
      { [b]: 'fails' },
      'undecided',
      `could not be read: ${a} (down)`,
      [a, b],
    ],
    [
      'all and any together',
      { all: [data('a')], any: [data('b'), data('c')] },
      { [a]: 'holds', [b]: 'fails', [c]: 'fails' },
      'skip',
      `does not hold: ${b}; ${c}`,
      [a, b, c],
    ],
    [
      'a group that is decided is left',
      { all: [{ any: [data('a'), data('b')] }, data('c')] },
      { [a]: 'holds', [c]: 'fails' },
      'skip',
      `does not hold: ${c}`,
      [a, c],
    ],
    [
      'a cheap one in a group decides before another group is read',
      { any: [{ all: [data('a'), data('b')] }, { all: [spacing] }] },
      { [rarely]: 'holds' },
      'retrain',
      rarely,
      [rarely],
    ],
  ])('%s', async (_title, when, verdicts, verdict, reason, read) => {
    expect(await decided(when, verdicts)).toMatchObject({ verdict, reason, read });
  });

  it('keeps the order of the input in its evidence, and says what was not read', async () => {
    const { evidence, decidedAt } = await decided(
      { all: [data('a'), spacing], any: [data('b')] },
      { [rarely]: 'fails' },
    );
    expect(evidence).toEqual([
      { condition: a, verdict: 'not-read' },
      { condition: rarely, verdict: 'fails' },
      { condition: b, verdict: 'not-read' },
    ]);
    expect(decidedAt).toBe(now);
  });

  it('never retrains on what is unknown, and never reads more than decides', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const leaf = fc.constantFrom(...names).map(data);
    const group = fc.oneof(
      leaf,
      fc.record({ any: fc.array(leaf, { minLength: 1, maxLength: 3 }) }),
      fc.record({ all: fc.array(leaf, { minLength: 1, maxLength: 3 }) }),
    );
    const list = fc.array(group, { minLength: 1, maxLength: 3 });
    const verdict = fc.constantFrom<Verdict>('holds', 'fails', 'unknown');
    await fc.assert(
      fc.asyncProperty(list, list, fc.tuple(...names.map(() => verdict)), async (all, any, chosen) => {
        const verdicts = Object.fromEntries(
          names.map((name, i) => [wordsOf(data(name)), chosen[i] ?? 'unknown']),
        );
        const decision = await decided({ all, any }, verdicts);
        const worst = await decided({ all, any }, worstOf(verdicts, 'fails'));
        const best = await decided({ all, any }, worstOf(verdicts, 'holds'));
        // It is decided exactly when what is unknown could not change it.
        const expected = worst.verdict === best.verdict ? worst.verdict : 'undecided';
        expect(decision.verdict).toBe(expected);
        expect(decision.reason).not.toBe('');
      }),
    );
  });
});

const worstOf = (verdicts: Readonly<Record<string, Verdict>>, instead: Verdict) =>
  Object.fromEntries(
    Object.entries(verdicts).map(([words, verdict]) => [words, verdict === 'unknown' ? instead : verdict]),
  );
