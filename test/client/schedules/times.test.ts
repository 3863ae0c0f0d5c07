import { describe, expect, it } from '@jest/globals';
import { backfillRangesOf } from '../../../src/client/schedules/times.js';
import { localTimeOf } from '../../../src/run/schedules/time-zones.js';

const hour = (number: number): string => `2026-01-05T0${number}:00:00.000Z`;
const times = (...hours: readonly number[]) =>
  hours.map((number) => localTimeOf(new Date(hour(number)), 'UTC'));

/** As `from-to`, in hours; `+` is a millisecond later. */
const ranges = (missing: readonly number[], existing: readonly number[]): string[] =>
  backfillRangesOf({
    name: 'x',
    start: hour(0),
    end: hour(9),
    times: times(...missing),
    existing: times(...existing),
  }).map(({ start, end }) =>
    [start, end]
      .map((date) => `${date.getUTCHours()}${date.getUTCMilliseconds() === 1 ? '+' : ''}`)
      .join('-'),
  );

describe('the ranges of a backfill', () => {
  it.each<[string, number[], number[], string[]]>([
    ['nothing', [], [], []],
    ['nothing where every time has a run', [], [1, 2], []],
    ['one range where none has', [1, 2, 3], [], ['0-3']],
    ['what is before and after a run', [1, 3, 4], [2], ['0-1', '2+-4']],
    ['what is between runs', [2, 4], [1, 3, 5], ['1+-2', '3+-4']],
  ])('are %s', (_what, missing, existing, expected) => {
    expect(ranges(missing, existing)).toEqual(expected);
  });
});
