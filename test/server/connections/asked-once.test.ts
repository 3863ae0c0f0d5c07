import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LonghaulError } from '../../../src/run/failures/errors.js';
import { type AskedOnce, createAskedOnce } from '../../../src/server/connections/asked-once.js';

let asked: string[];
let once: AskedOnce;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
  asked = [];
  once = createAskedOnce();
});
afterEach(() => {
  jest.useRealTimers();
});

const ask = (question: string, refusal?: Error): Promise<void> =>
  once(question, () => {
    asked.push(question);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  });

describe('a question that stays answered', () => {
  it('is asked once for all who ask at the same time, and not again later', async () => {
    await Promise.all(['a', 'a', 'b', 'a'].map((question) => ask(question)));
    jest.advanceTimersByTime(3_600_000);
    await ask('a');
    expect(asked).toEqual(['a', 'b']);
  });

  it('is asked again fifteen seconds after it was refused', async () => {
    const refusal = new LonghaulError('NOT_FOUND', 'not of this run');
    for (const afterMs of [0, 14_000, 2_000]) {
      jest.advanceTimersByTime(afterMs);
      await expect(ask('a', refusal)).rejects.toBe(refusal);
    }
    expect(asked).toEqual(['a', 'a']);
  });

  it('is not asked again at once when the platform has refused it', async () => {
    const refusal = new LonghaulError('PERMISSION_DENIED', 'not yours');
    for (const _ of [1, 2]) await expect(ask('a', refusal)).rejects.toBe(refusal);
    expect(asked).toEqual(['a']);
  });

  it.each([
    'SERVER_BUSY',
    'PLATFORM_THROTTLED',
    'CREDENTIALS_MISSING',
    'CONFIG_INVALID',
    'INTERNAL',
  ] as const)('is asked again at once when the platform was not asked: %s', async (code) => {
    const refusal = new LonghaulError(code, 'come back');
    await expect(ask('a', refusal)).rejects.toBe(refusal);
    await ask('a');
    expect(asked).toEqual(['a', 'a']);
  });

  it('is forgotten, the oldest first, when there are many', async () => {
    for (let number = 0; number <= 10_000; number += 1) await ask(String(number));
    asked = [];
    await ask('10000');
    await ask('0');
    expect(asked).toEqual(['0']);
  });
});
