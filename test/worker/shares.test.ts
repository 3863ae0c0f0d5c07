import { describe, expect, it } from '@jest/globals';
import { type Shares, createShares } from '../../src/worker/shares.js';

const perSecond = 100;

/** Temporal’s list, and workers that read it every second; `cut` ones are heard no more, and hear nobody. */
const fleet = () => {
  const clock = { ms: 0 };
  const workers = new Map<string, { shares: Shares; beats: number }>();
  const cut = new Set<string>();
  const listed = new Map<string, { key: string; identity: string; beat: string }>();
  const join = (name: string): void => {
    const shares = createShares({ identity: name, perSecond, now: () => clock.ms });
    workers.set(name, { shares, beats: 0 });
  };
  const share = (name: string) => workers.get(name)?.shares.share();
  const rate = (name: string): number => share(name)?.perSecond ?? 0;
  /** Lets so many seconds pass, and says how much all together had at most. */
  const pass = (seconds: number): number => {
    let most = 0;
    for (let second = 0; second < seconds; second += 1, clock.ms += 1_000) {
      for (const [name, worker] of workers)
        if (!cut.has(name)) {
          listed.set(name, { key: name, identity: name, beat: String(worker.beats) });
          worker.beats += 1;
        }
      for (const [name, { shares }] of workers) if (!cut.has(name)) shares.hear([...listed.values()]);
      most = Math.max(
        most,
        [...workers.keys()].reduce((sum, name) => sum + rate(name), 0),
      );
    }
    return most;
  };
  const missed = (name: string) => workers.get(name)?.shares.missed();
  return { join, pass, share, missed, rate, cut, listed };
};

describe('the share of a worker', () => {
  it('is a tenth of the rate until all others must have heard it, and then its part of the rest', () => {
    const { join, pass, share } = fleet();
    join('one');
    expect(share('one')).toEqual({ perSecond: 10, workers: 1, isKnown: false });
    pass(3);
    expect(share('one')).toEqual({ perSecond: 90, workers: 1, isKnown: true });
    join('two');
    join('three');
    pass(2);
    expect(share('one')).toEqual({ perSecond: 30, workers: 3, isKnown: true });
    expect(share('two')).toMatchObject({ workers: 3, isKnown: false });
    pass(1);
    expect(share('two')).toEqual({ perSecond: 30, workers: 3, isKnown: true });
  });

  it('says whom the others miss: who is not heard for more than three seconds', () => {
    const { join, pass, cut, missed } = fleet();
    for (const name of ['one', 'two']) join(name);
    pass(5);
    cut.add('two');
    pass(2);
    expect(missed('one')).toEqual([]);
    pass(1);
    expect(missed('one')).toEqual(['two']);
    cut.delete('two');
    pass(1);
    expect(missed('one')).toEqual([]);
  });

  it('lets nobody miss others that was not heard itself, or has only just come', () => {
    const { join, pass, cut, missed } = fleet();
    for (const name of ['one', 'two']) join(name);
    pass(5);
    for (const name of ['one', 'two']) cut.add(name);
    pass(10);
    cut.delete('one');
    join('three');
    pass(3);
    expect([missed('one'), missed('three')]).toEqual([[], []]);
    pass(1);
    expect([missed('one'), missed('three')]).toEqual([['two'], ['two']]);
  });

  it('is never so much that all together have more than the rate, whoever comes, dies and comes back', () => {
    const { join, pass, cut } = fleet();
    for (const name of ['one', 'two', 'three']) join(name);
    expect(pass(20)).toBeLessThanOrEqual(perSecond);
    cut.add('two');
    join('four');
    expect(pass(20)).toBeLessThanOrEqual(perSecond);
    cut.delete('two');
    expect(pass(20)).toBeLessThanOrEqual(perSecond);
  });

  it('of one that died goes to the others, though Temporal lists it for minutes', () => {
    const { join, pass, rate, share, cut, listed } = fleet();
    for (const name of ['one', 'two']) join(name);
    pass(20);
    cut.add('two');
    pass(4);
    expect(rate('one')).toBe(45);
    pass(1);
    expect(share('one')).toEqual({ perSecond: 90, workers: 1, isKnown: true });
    expect(listed.has('two')).toBe(true);
  });

  it('is given up by one that does not hear itself, before the others take it', () => {
    const { join, pass, rate, share, cut } = fleet();
    for (const name of ['one', 'two']) join(name);
    pass(20);
    cut.add('two');
    pass(4);
    expect([rate('one'), share('two')?.isKnown]).toEqual([45, false]);
    expect(rate('two')).toBeLessThanOrEqual(10);
  });

  it('does not grow because Temporal has forgotten everybody', () => {
    const { join, pass, rate, listed } = fleet();
    for (const name of ['one', 'two']) join(name);
    pass(20);
    listed.clear();
    pass(2);
    expect([rate('one'), rate('two')]).toEqual([45, 45]);
  });

  it('counts whoever is listed where Temporal does not tell when it was heard last', () => {
    const clock = { ms: 0 };
    const shares = createShares({ identity: 'one', perSecond, now: () => clock.ms });
    for (; clock.ms < 30_000; clock.ms += 1_000)
      shares.hear(['one', 'two'].map((identity) => ({ key: identity, identity })));
    expect(shares.share()).toEqual({ perSecond: 45, workers: 2, isKnown: true });
  });
});
