import { describe, expect, it } from '@jest/globals';
import {
  type Calendar,
  type CalendarFieldName,
  type CalendarValue,
  everComes,
  fieldRule,
  rangesOf,
} from '../../../src/run/schedules/calendars.js';

describe('a value of a field', () => {
  /** `start-end/step` of each range. */
  const ranges = (field: CalendarFieldName, value: CalendarValue): string | undefined =>
    rangesOf(field, value)
      ?.map(({ start, end, step }) => `${start}-${end}/${step}`)
      .join(' ');

  it.each<[CalendarFieldName, CalendarValue, string]>([
    ['minute', 0, '0-0/1'],
    ['minute', '59', '59-59/1'],
    ['minute', '*', '0-59/1'],
    ['minute', '*/59', '0-59/59'],
    ['hour', '8-18/2', '8-18/2'],
    ['hour', '5-5', '5-5/1'],
    ['dayOfMonth', '*', '1-31/1'],
    ['dayOfMonth', [1, ' 15 , 20-22 '], '1-1/1 15-15/1 20-22/1'],
    ['month', 'jan-Mar,DEC', '1-3/1 12-12/1'],
    ['dayOfWeek', 'mon-fri', '1-5/1'],
    ['year', [2000, 2100], '2000-2000/1 2100-2100/1'],
  ])('of %s, %j, is the ranges %s', (field, value, expected) => {
    expect(ranges(field, value)).toBe(expected);
  });

  it.each([
    [7, '0-0/1'],
    ['5-7', '5-5/1 6-6/1 0-0/1'],
    ['3-7/2', '3-3/1 5-5/1 0-0/1'],
    ['0-6', '0-6/1'],
    ['*', '0-0/1 1-1/1 2-2/1 3-3/1 4-4/1 5-5/1 6-6/1'],
  ])('has Sunday as 0, each day once: %s', (value, expected) => {
    expect(ranges('dayOfWeek', value)).toBe(expected);
  });

  it.each<[CalendarFieldName, CalendarValue]>([
    ['second', 60],
    ['second', -1],
    ['minute', '*/60'],
    ['minute', '*/0'],
    ['minute', '0-30/0'],
    ['minute', '5/15'],
    ['minute', ''],
    ['minute', '1,,2'],
    ['minute', '0-30/10/2'],
    ['minute', '1e1'],
    ['hour', '22-2'],
    ['hour', 1.5],
    ['hour', 'mon'],
    ['dayOfMonth', 0],
    ['month', 'fri'],
    ['month', 'dec-jan'],
    ['dayOfWeek', 8],
    ['year', 1999],
    ['year', 2101],
    ['year', '02027'],
  ])('is none of %s: %j', (field, value) => {
    expect(rangesOf(field, value)).toBeNull();
  });
});

describe('what a field takes', () => {
  it('is said with its names where it has any', () => {
    const forms = 'a range ("a-b"), every n-th of it ("a-b/n", "*/n"), a list of these, or "*"';
    expect(fieldRule('month')).toBe(`1 to 12, jan to dec, ${forms}`);
    expect(fieldRule('dayOfWeek')).toBe(`0 to 7, sun to sat, ${forms}`);
    expect(fieldRule('year')).toBe(`2000 to 2100, ${forms}`);
  });
});

describe('the days of a calendar', () => {
  it.each<[Calendar, boolean]>([
    [{}, true],
    [{ dayOfMonth: 30, month: 'feb' }, false],
    [{ dayOfMonth: 29, month: 'feb' }, true],
    [{ dayOfMonth: 31, month: '4,6,9,11' }, false],
    [{ dayOfMonth: 31, month: '4-7' }, true],
    [{ dayOfMonth: 29, month: 'feb', year: 2027 }, false],
    [{ dayOfMonth: 29, month: 'feb', year: 2028 }, true],
    [{ dayOfMonth: 29, month: 'feb', year: '2025-2028' }, true],
    [{ dayOfMonth: 29, month: 'feb', year: 2100 }, false],
    [{ dayOfMonth: 4, month: 'jan', year: 2027, dayOfWeek: 'mon' }, true],
    [{ dayOfMonth: 5, month: 'jan', year: 2027, dayOfWeek: 'mon' }, false],
    [{ dayOfMonth: 3, month: 'jan', year: 2027, dayOfWeek: 7 }, true],
    [{ dayOfMonth: 5, month: 'jan', year: '*', dayOfWeek: 'mon' }, true],
    [{ dayOfMonth: 5, month: 'jan', dayOfWeek: 'mon' }, true],
    [{ month: 'feb', year: 2027, dayOfWeek: 'sat' }, true],
  ])('%j ever come: %s', (calendar, comes) => {
    expect(everComes(calendar)).toBe(comes);
  });
});
