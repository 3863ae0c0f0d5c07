/** What is read beside an end, looked for twice, or sent once: what each leaves to the next try. */
import { describe, expect, it } from '@jest/globals';
import type { Attempt, Unsettled } from '../../../src/activities/effect/attempt.js';
import { adoptedOf } from '../../../src/activities/effect/adopting.js';
import { ifThere, readKnown } from '../../../src/activities/effect/known-objects.js';
import { sendOnce } from '../../../src/activities/effect/once.js';
import { type Phase, mayRun, sayStatus, stillEnding } from '../../../src/activities/effect/phases.js';
import { lookTwice, lookTwiceInList } from '../../../src/activities/effect/second-look.js';
import { createSideReadings } from '../../../src/activities/effect/side-readings.js';
import { PlatformError } from '../../../src/platform/errors.js';
import type { FailureCode } from '../../../src/run/failures/errors.js';

/** An attempt with the word of the one before, and the word that it leaves. */
function attempt(unsettled: Partial<Unsettled> | null = null, more: Partial<Attempt> = {}) {
  const left: object[] = [];
  const of = {
    ...{ number: 1, unsettled, remember: (word: object) => left.push(word) },
    ...{ endsMs: () => performance.now() + 60_000, ...more },
  };
  return { left, of: of as unknown as Attempt }; // of all of it, what is asked here
}
const fails = (code: FailureCode) => () => Promise.reject(new PlatformError(code, 'why'));

describe('what is read beside an end', () => {
  const readings = (looks: number | null, more: Partial<Attempt> = {}) => {
    const { left, of } = attempt(looks === null ? null : { looks }, more);
    return { left, ...createSideReadings(of, { what: 'job 7', pauseMs: 5_000 }) };
  };
  const again = { type: 'STILL_WAITING', message: 'job 7 has ended; why (NOT_FOUND)' };

  it('is said where it can be read', async () => {
    const { optional, needed } = readings(null);
    expect(await optional(() => Promise.resolve('log'), String)).toBe('log');
    expect(await needed(() => Promise.resolve('metrics'))).toBe('metrics');
  });

  it('is done without after three looks where nothing depends on it', async () => {
    for (const looks of [null, 2]) {
      const { left, optional } = readings(looks);
      await expect(optional(fails('NOT_FOUND'), String)).rejects.toMatchObject(again);
      expect(left).toEqual([{ looks: (looks ?? 0) + 1 }]);
    }
    const { left, optional } = readings(3);
    expect(await optional(fails('NOT_FOUND'), (why) => `none: ${why}`)).toBe('none: why (NOT_FOUND)');
    expect(left).toEqual([]);
  });

  it('parks after ten looks where something does, and waits through an outage', async () => {
    const { left, needed } = readings(9);
    await expect(needed(fails('NOT_FOUND'))).rejects.toMatchObject(again);
    expect(left).toEqual([{ looks: 10 }]);
    await expect(readings(10).needed(fails('NOT_FOUND'))).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: 'job 7 has ended, but what proves how cannot be read: why (NOT_FOUND)',
    });
    await expect(readings(10).needed(fails('PLATFORM_UNAVAILABLE'))).rejects.toMatchObject({
      code: 'PLATFORM_UNAVAILABLE',
    });
  });

  it('is left when the try is nearly over, and that does not pass', async () => {
    const late = { endsMs: () => performance.now() };
    const never = () => new Promise<string>(() => undefined);
    const said = 'the platform answered too slowly (PLATFORM_UNREACHABLE)';
    expect(await readings(3, late).optional(never, String)).toBe(said);
    await expect(readings(10, late).needed(never)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('hides neither a refused credential nor a mistake of ours', async () => {
    const mistake = () => Promise.reject(new TypeError('a mistake'));
    for (const kind of ['optional', 'needed'] as const) {
      const read = readings(20)[kind];
      await expect(read(fails('CREDENTIALS_REJECTED'), String)).rejects.toMatchObject({
        code: 'CREDENTIALS_REJECTED',
      });
      await expect(read(mistake, String)).rejects.toThrow('a mistake');
    }
  });

  it('may be looked at again, unless there were looks enough', () => {
    const { left, lookAgain } = readings(2);
    expect(() => lookAgain('it is early', 100)).toThrow('job 7 has ended; it is early');
    expect(left).toEqual([{ looks: 3 }]);
    readings(3).lookAgain('it is early');
  });
});

describe('what one look does not show', () => {
  const deps = { waits: { settleMs: 1 } } as unknown as Parameters<typeof lookTwice>[0]; // of it, what is asked
  const foreseeing = { ...deps, foreseeing: {} } as unknown as typeof deps;
  const looks = (...answers: (string | null)[]) => {
    const left = [...answers];
    const look = () => {
      const answer = left.shift() ?? null;
      return answer !== null && /^[A-Z_]+$/.test(answer)
        ? fails(answer as FailureCode)()
        : Promise.resolve(answer);
    };
    return { left, look };
  };

  it('is looked for once more, unless it is only foreseen', async () => {
    const there = looks('a', 'b');
    expect([await lookTwice(deps, there.look), there.left]).toEqual(['a', ['b']]);
    expect(await lookTwice(deps, looks(null, 'b').look)).toBe('b');
    expect(await lookTwice(deps, looks('NOT_FOUND', 'b').look)).toBe('b');
    expect(await lookTwice(deps, looks('NOT_FOUND', 'NOT_FOUND').look)).toBeNull();
    const foreseen = looks(null, 'b');
    expect([await lookTwice(foreseeing, foreseen.look), foreseen.left]).toEqual([null, ['b']]);
    await expect(lookTwice(deps, looks('PLATFORM_UNAVAILABLE').look)).rejects.toThrow('why');
  });

  it('is not in a list that was answered, and in none that is not there', async () => {
    expect(await lookTwiceInList(deps, looks(null, null).look)).toBeNull();
    expect(await lookTwiceInList(deps, looks('NOT_FOUND', null).look)).toBeNull();
    expect(await lookTwiceInList(deps, looks(null, 'b').look)).toBe('b');
    const gone = looks('NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND');
    await expect(lookTwiceInList(deps, gone.look)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    const late = looks(null, 'NOT_FOUND', 'c');
    expect(await lookTwiceInList(deps, late.look)).toBe('c');
  });

  it('is missing where it is known to exist, and else it is not there', async () => {
    expect(await ifThere(Promise.resolve('a'))).toBe('a');
    expect(await ifThere(fails('NOT_FOUND')())).toBeNull();
    await expect(ifThere(fails('CONFLICT')())).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(readKnown(fails('NOT_FOUND')())).rejects.toMatchObject({
      ...{ code: 'OBJECT_MISSING', message: 'why; it was there before' },
    });
    await expect(readKnown(fails('CONFLICT')())).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('what is sent once', () => {
  const sent = { looks: 0, sent: true };

  it('is marked as sent before, and not sent again', async () => {
    const { left, of } = attempt();
    expect(await sendOnce(of, 'it', () => Promise.resolve(left.length))).toBe(1);
    expect(left).toEqual([sent]);
    const second = attempt(sent, { number: 2 });
    await expect(sendOnce(second.of, 'it', () => Promise.resolve(1))).rejects.toMatchObject({
      code: 'EFFECT_UNKNOWN',
      message:
        'it may have been sent by an earlier try, whose answer is not known; it is not sent again, for that might do it twice',
    });
    expect(second.left).toEqual([]);
  });

  it('is unknown where its answer is lost, may be sent again where it was refused, and else nobody knows', async () => {
    const lost = attempt();
    await expect(sendOnce(lost.of, 'it', fails('ANSWER_LOST'))).rejects.toMatchObject({
      code: 'EFFECT_UNKNOWN',
    });
    expect(lost.left).toEqual([sent]);
    const refused = attempt();
    await expect(sendOnce(refused.of, 'it', fails('CONFLICT'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(refused.left).toEqual([sent, { looks: 0 }]);
    const odd = attempt();
    await expect(sendOnce(odd.of, 'it', () => Promise.reject(new TypeError('odd')))).rejects.toThrow('odd');
    expect(odd.left).toEqual([sent]);
  });
});

describe('how far an effect has come', () => {
  const phases: readonly Phase[] = ['waiting', 'succeeded', 'failed', 'broken', 'stopped', 'unknown'];

  it('may run as long as nothing says otherwise', () => {
    expect(phases.filter(mayRun)).toEqual(['waiting', 'unknown']);
    expect(sayStatus('x'.repeat(99))).toHaveLength(60);
  });

  it('is looked at again for thirty looks, in which other readings count for themselves', () => {
    const first = attempt();
    expect(stillEnding(first.of, { said: 'it is odd', pauseMs: 5 })).toMatchObject({ type: 'STILL_WAITING' });
    expect(first.left).toEqual([{ looks: 0, ending: 1 }]);
    const later = attempt({ looks: 2, ending: 28 });
    expect(stillEnding(later.of, { said: 'it is odd', pauseMs: 5 })).toMatchObject({ type: 'STILL_WAITING' });
    expect(later.left).toEqual([{ looks: 2, ending: 29 }]);
    const last = attempt({ looks: 2, ending: 29 });
    expect(stillEnding(last.of, { said: 'it is odd', pauseMs: 5 })).toMatchObject({
      ...{ code: 'OUTCOME_UNKNOWN', message: 'it is odd; so it was in 30 looks' },
    });
    expect(last.left).toEqual([]);
  });

  it('decides which of several is adopted: the one that was, else the first that is well', () => {
    const all = phases.map((id) => ({ id }));
    const phaseOf = ({ id }: { id: string }) => id as Phase;
    const best = (...ids: string[]) =>
      adoptedOf(all.filter(({ id }) => ids.includes(id)).reverse(), { phaseOf })?.id;
    expect([best('stopped', 'failed'), best('stopped', 'broken'), best('stopped')]).toEqual([
      ...['failed', 'broken', 'stopped'],
    ]);
    expect([best('failed', 'waiting'), best('broken', 'succeeded'), best('unknown', 'failed')]).toEqual([
      ...['waiting', 'succeeded', 'unknown'],
    ]);
    expect(best('failed', 'broken')).toBe('broken');
    expect(best()).toBeUndefined();
    expect(adoptedOf(all, { adopted: ['stopped'], phaseOf })?.id).toBe('stopped');
  });
});
