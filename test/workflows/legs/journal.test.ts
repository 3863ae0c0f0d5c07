/** What the code of a step was answered, and what it calls again in another leg. */
import { describe, expect, it, jest } from '@jest/globals';
import type { Journal as Written } from '../../../src/run/legs.js';
import type { ReadingEffects } from '../../../src/run/undoing/effects.js';
import type { DominoEffects } from '../../../src/steps/domino/effects.js';
import { fail } from '../../../src/steps/failures.js';
import { Journal } from '../../../src/workflows/legs/journal.js';

const at = Date.parse('2026-11-30T12:00:00Z');

/** Effects that answer by their names, and what they were called with. */
function recording(answers: Readonly<Record<string, () => Promise<unknown>>>) {
  const called: (readonly [name: string, argument: unknown])[] = [];
  const effects = new Proxy({} as DominoEffects & ReadingEffects, {
    get: (_, name: string) => (argument: unknown) => {
      called.push([name, argument]);
      return (answers[name] ?? (() => new Promise(() => undefined)))();
    },
  });
  return { effects, called };
}
const job = { jobId: 'j' };
const settled = (): Promise<void> => new Promise(setImmediate);

describe('what was called', () => {
  const refused = () => Promise.reject(fail({ code: 'CREDENTIALS_REJECTED', message: 'no' }));
  const calling = async (answers: Parameters<typeof recording>[0], names: readonly string[]) => {
    const journal = new Journal();
    const effects = journal.effects(recording(answers).effects) as unknown as Readonly<
      Record<string, (argument: object) => Promise<unknown>>
    >; // by name, as steps of any platform call them
    for (const name of names) await effects[name]?.({}).catch(() => undefined);
    await settled();
    return journal.hasMadeNothing();
  };

  it('has made nothing where it only read, or where the one creation has failed', async () => {
    expect(await calling({}, [])).toBe(true);
    expect(await calling({ getX: () => Promise.resolve(1), ensureX: refused }, ['getX', 'ensureX'])).toBe(
      true,
    );
  });

  it('may have made something where a creation has answered, or several have failed', async () => {
    const made = () => Promise.resolve(job);
    expect(await calling({ ensureX: made }, ['ensureX'])).toBe(false);
    expect(await calling({ ensureX: made, awaitX: refused }, ['ensureX', 'awaitX'])).toBe(false);
    expect(await calling({ ensureX: refused, ensureY: refused }, ['ensureX', 'ensureY'])).toBe(false);
  });
});

describe('a journal', () => {
  it('answers again what was answered, and calls the rest', async () => {
    const first = recording({ ensureJob: () => Promise.resolve(job) });
    const before = new Journal();
    const effects = before.effects(first.effects);
    await effects.ensureJob({} as never);
    void effects.awaitJob({} as never);
    await settled();
    expect(before.isReplaying).toBe(false);
    const written = JSON.parse(JSON.stringify(before.written())) as Written; // as Temporal keeps it
    expect(Object.keys(written.times)).toEqual(['awaitJob.0']);

    const second = recording({ awaitJob: () => Promise.resolve({ ...job, metrics: {} }) });
    const after = new Journal(written);
    const again = after.effects(second.effects);
    expect(after.isReplaying).toBe(true);
    expect(await again.ensureJob({} as never)).toEqual(job);
    expect(after.isReplaying).toBe(true);
    expect(await again.awaitJob({} as never)).toEqual({ ...job, metrics: {} });
    expect(after.isReplaying).toBe(false);
    expect(second.called.map(([name]) => name)).toEqual(['awaitJob']);
  });

  it('tells each call of one name from the others', async () => {
    const answers = [1, 2];
    const { effects } = recording({ getLiveModel: () => Promise.resolve(answers.shift()) });
    const journal = new Journal();
    const asked = journal.effects(effects);
    await asked.getLiveModel({} as never);
    await asked.getLiveModel({} as never);
    const other = recording({});
    const again = new Journal(journal.written()).effects(other.effects);
    expect([await again.getLiveModel({} as never), await again.getLiveModel({} as never)]).toEqual([1, 2]);
    expect(other.called).toEqual([]);
  });

  it('fails again by what a step may go on after', async () => {
    const failure = { code: 'MODEL_BUSY', message: 'another run has it' } as const;
    const { effects } = recording({ ensureJob: () => Promise.reject(fail(failure)) });
    const journal = new Journal();
    await expect(journal.effects(effects).ensureJob({} as never)).rejects.toThrow('another run has it');
    const again = new Journal(journal.written()).effects(recording({}).effects);
    await expect(again.ensureJob({} as never)).rejects.toMatchObject({ type: 'MODEL_BUSY' });
  });

  it('tells a wait that was cut off how long it was on', async () => {
    jest.useFakeTimers({ now: at + 60_000, doNotFake: ['setImmediate'] });
    try {
      const { effects, called } = recording({});
      const journal = new Journal({ answers: {}, times: { 'watchModelApiVersion.0': at } });
      void journal.effects(effects).watchModelApiVersion({ forMs: 90_000 } as never);
      void journal.effects(effects).ensureJob({ title: 'new' } as never);
      await settled();
      expect(called).toEqual([
        ['watchModelApiVersion', { forMs: 90_000, waitedMs: 60_000 }],
        ['ensureJob', { title: 'new' }],
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('pauses until the same time', async () => {
    jest.useFakeTimers({ now: at, doNotFake: ['setImmediate'] });
    try {
      const journal = new Journal();
      void journal.pause(60_000, () => new Promise(() => undefined));
      jest.setSystemTime(at + 45_000);
      const waits: number[] = [];
      const again = new Journal(journal.written());
      const until = await again.pause(60_000, (forMs) => {
        waits.push(forMs);
        return Promise.resolve();
      });
      expect([waits, until]).toEqual([[15_000], '2026-11-30T12:01:00.000Z']);
      const over = new Journal(again.written());
      expect(await over.pause(60_000, () => Promise.reject(new Error('it waits')))).toBe(until);
    } finally {
      jest.useRealTimers();
    }
  });
});
