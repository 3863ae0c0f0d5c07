/** What Temporal throws, as the table of failures knows it. */
import { describe, expect, it } from '@jest/globals';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { mayBeMadeDetail } from '../../src/run/failures/errors.js';
import {
  endsRun,
  fail,
  failureOf,
  hasSentNothing,
  isCancelled,
  mayBeMade,
} from '../../src/steps/failures.js';

const effect = (cause?: Error) =>
  new ActivityFailure('it broke', 'ensureJob', '1', RetryState.TIMEOUT, 'w', cause);
const application = (type: string, details: unknown[] = []) =>
  ApplicationFailure.create({ type, message: 'so it is', details });
const timeout = () => new TimeoutFailure('', undefined, TimeoutType.SCHEDULE_TO_CLOSE);
const timeoutAfter = (last: Error) => Object.assign(timeout(), { cause: last });

describe('the failure of an effect', () => {
  it.each([
    [application('CONFLICT'), 'CONFLICT', 'so it is'],
    [effect(application('CONFLICT')), 'CONFLICT', 'so it is'],
    [effect(application('whatever')), 'INTERNAL', 'so it is'],
    [effect(application('STILL_WAITING')), 'WAIT_EXPIRED', 'gave up waiting: so it is'],
    [effect(timeoutAfter(application('CONFLICT'))), 'CONFLICT', 'so it is'],
    [
      effect(timeout()),
      'WORKER_SILENT',
      'ensureJob was not finished by any worker in time (SCHEDULE_TO_CLOSE)',
    ],
    [effect(), 'INTERNAL', 'ensureJob failed: it broke'],
  ])('%s', (error, code, message) => {
    expect(failureOf(error)).toEqual({ code, message });
  });

  it('is none where workflow code is wrong', () => {
    expect(failureOf(new TypeError('x is not a function'))).toBeNull();
  });
});

describe('what an error says of its effect', () => {
  const maybe = application('CONFLICT', [mayBeMadeDetail]);

  it('tells whether the run was cancelled', () => {
    expect(isCancelled(new CancelledFailure('stop'))).toBe(true);
    expect(isCancelled(effect(new CancelledFailure('stop')))).toBe(true);
    expect(isCancelled(effect(application('CONFLICT')))).toBe(false);
    expect(isCancelled(new Error('stop'))).toBe(false);
  });

  it('tells whether something may have been made, and whether nothing was sent', () => {
    expect(mayBeMade(effect(maybe))).toBe(true);
    expect(mayBeMade(effect(application('CONFLICT', ['other'])))).toBe(false);
    for (const error of [maybe, effect(timeout()), effect(), new Error('x')])
      expect(mayBeMade(error)).toBe(false);
    for (const error of [application('CONFLICT'), effect(application('CONFLICT'))])
      expect(hasSentNothing(error)).toBe(true);
    for (const error of [effect(maybe), effect(timeout()), new Error('x')])
      expect(hasSentNothing(error)).toBe(false);
  });

  it('ends the run whatever its pipeline says, where a person has ended it or its history is full', () => {
    const ends = (code: 'ABORTED' | 'HISTORY_FULL' | 'CONFLICT') => endsRun({ code, message: '' });
    expect([ends('ABORTED'), ends('HISTORY_FULL'), ends('CONFLICT')]).toEqual([true, true, false]);
  });
});

it('fails without a stack and for good', () => {
  const failure = fail({ code: 'CONFLICT', message: 'so it is' }, ['why']);
  expect(failure).toMatchObject({ type: 'CONFLICT', message: 'so it is', nonRetryable: true, stack: '' });
  expect(failure.details).toEqual(['why']);
  expect(fail({ code: 'CONFLICT', message: '' }).details).toEqual([]);
});
