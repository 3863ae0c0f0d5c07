import { describe, expect, it } from '@jest/globals';
import { cronFault } from '../../../src/run/schedules/cron.js';

describe('a line of cron', () => {
  it.each([
    '* * * * *',
    '0,30 8-18/2 * jan-mar,DEC mon-fri',
    ' 0\t2  1 * * ',
    '59 23 31 12 *',
    '0 2 29 feb *',
    '0 2 * * 7',
    '@hourly',
    '@yearly',
  ])('is sound: "%s"', (line) => {
    expect(cronFault(line)).toBeNull();
  });

  it('has at most 1000 characters', () => {
    const line = (length: number): string => '0 2 * * *'.padEnd(length);
    expect([cronFault(line(1_000)), cronFault(line(1_001))]).toEqual([
      null,
      'is longer than 1000 characters',
    ]);
  });

  it.each([
    ['@Daily', '"@Daily" is not one of @hourly, @daily, @weekly, @monthly, @yearly'],
    ['@annually', '"@annually" is not one of'],
    ['0 2 * *', 'has 4 fields, and a line of cron has five: minute, hour, day of month, month, day of week'],
    ['0 2 * * * *', 'has 6 fields'],
    ['60 2 * * *', '"60" is no minute: write 0 to 59'],
    ['0 24 * * *', '"24" is no hour: write 0 to 23'],
    ['0 2 0 * *', '"0" is no day of month: write 1 to 31'],
    ['0 2 * 0 *', '"0" is no month: write 1 to 12, jan to dec'],
    ['0 2 * * 8', '"8" is no day of week: write 0 to 7, sun to sat'],
    ['0 2 * * monday', '"monday" is no day of week'],
    ['0 2 * jan-nov-dec *', '"jan-nov-dec" is no month'],
    ['1,,2 2 * * *', '"1,,2" is no minute'],
    ['1,60 2 * * *', '"1,60" is no minute'],
    ['*/100 2 * * *', '"*/100" is no minute'],
    ['*/0 2 * * *', '"*/0" is no minute'],
  ])('says which field is wrong, and what it takes: "%s"', (line, fault) => {
    expect(cronFault(line)).toContain(fault);
  });

  it.each(['0 2 L * *', '0 2 15W * *', '0 2 ? * *', '0 2 * * 5L', '0 2 * * mon#1'])(
    'is refused where programs differ: "%s"',
    (line) => {
      expect(cronFault(line)).toMatch(/is no day of (month|week): write/);
    },
  );

  it.each(['1', '*/2', '1-31'])('that restricts both days, by %s, says how to write either', (day) => {
    expect(cronFault(`5 2 ${day} jan mon`)).toBe(
      `restricts both the day of month ("${day}") and the day of week ("mon"): cron takes a day that fits either, ` +
        `Temporal only one that fits both. For either, write two lines: "5 2 ${day} jan *" and "5 2 * jan mon"; ` +
        'for both, write a calendar',
    );
  });

  it.each(['0 2 30 2 *', '0 2 31 4,jun *'])('that no day fits never comes: "%s"', (line) => {
    expect(cronFault(line)).toBe(`"${line}" never comes: no such month has such a day`);
  });
});
