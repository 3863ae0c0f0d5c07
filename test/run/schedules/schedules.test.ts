import { describe, expect, it } from '@jest/globals';
import { checkSchedule } from '../../../src/client/schedules/door.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';

const usual = {
  name: 'nightly',
  pipeline: 'train-and-deploy',
  input: { connection: 'domino-test', project: 'ada/iris', train: { command: 'python train.py' } },
  cron: ['0 2 * * *'],
};

/** `code pointer: detail` of each fault. */
function faultsOf(document: unknown): string[] {
  try {
    checkSchedule(document, { connections: ['domino-test'] });
    return [];
  } catch (error) {
    if (!(error instanceof LonghaulError)) throw error;
    return (error.fields ?? []).map(({ pointer, detail }) => `${error.code} ${pointer}: ${detail}`);
  }
}

describe('a definition of a schedule', () => {
  it('is given its defaults, those of its pipeline and of its input', () => {
    expect(checkSchedule(usual)).toEqual({
      ...usual,
      timeZone: 'UTC',
      catchUpWindow: '1h',
      pauseOnFailure: false,
      overlap: 'skip',
      input: {
        ...usual.input,
        train: { command: 'python train.py', logLines: 20 },
        whenBusy: 'wait',
        cleanup: false,
      },
    });
  });

  it.each<[string, object]>([
    ['lists, ranges, steps and names', { cron: ['0,30 8-18/2 * jan-mar,DEC mon-fri'] }],
    ['Sunday as 7', { cron: ['0 2 * * 5-7'] }],
    ['a shorthand', { cron: ['@weekly'] }],
    ['29 February', { cron: ['0 2 29 2 *'] }],
    ['every second day of the month', { cron: ['0 2 */2 * *'] }],
    ['an interval with an offset', { cron: undefined, every: '6h', offset: '15m' }],
    ['a calendar', { cron: undefined, calendar: [{ dayOfMonth: [1, '15-20'], month: '*/3', hour: 4 }] }],
    ['a calendar of days that must fit both', { calendar: [{ dayOfMonth: 13, dayOfWeek: 'fri', hour: 9 }] }],
    ['29 February of a leap year', { calendar: [{ dayOfMonth: 29, month: 'feb', year: 2028 }] }],
    ['a zone with an alias', { timeZone: 'US/Pacific' }],
    ['a zone with signs', { timeZone: 'Etc/GMT+5' }],
    ['times with an offset', { startAt: '2027-01-01T00:00:00+01:00', endAt: '2027-01-01T00:00:00Z' }],
    ['paused with a note', { paused: true, note: 'not yet' }],
    ['all the rest', { jitter: '10m', overlap: 'buffer-one', catchUpWindow: '10s', pauseOnFailure: true }],
  ])('may have %s', (_what, change) => {
    expect(faultsOf({ ...usual, ...change })).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'no time',
      { cron: undefined },
      'SCHEDULE_INVALID /cron: is missing: state `cron`, `every` or `calendar`',
    ],
    ['an empty list of lines', { cron: [] }, 'SCHEDULE_INVALID /cron: Too small'],
    ['a line of four fields', { cron: ['0 2 * *'] }, '/cron/0: has 4 fields, and a line of cron has five'],
    ['a line with seconds', { cron: ['0 0 2 * * *'] }, '/cron/0: has 6 fields'],
    ['a zone within the line', { cron: ['CRON_TZ=UTC 0 2 * * *'] }, '/cron/0: has 6 fields'],
    ['minute 60', { cron: ['0 2 * * *', '60 2 * * *'] }, '/cron/1: "60" is no minute: write 0 to 59'],
    ['hour 24', { cron: ['0 24 * * *'] }, '/cron/0: "24" is no hour'],
    ['day 32', { cron: ['0 2 32 * *'] }, '/cron/0: "32" is no day of month: write 1 to 31'],
    ['day 0', { cron: ['0 2 0 * *'] }, '/cron/0: "0" is no day of month'],
    ['month 13', { cron: ['0 2 * 13 *'] }, '/cron/0: "13" is no month: write 1 to 12, jan to dec'],
    ['weekday 8', { cron: ['0 2 * * 8'] }, '/cron/0: "8" is no day of week'],
    ['a range that runs backwards', { cron: ['0 22-2 * * *'] }, '/cron/0: "22-2" is no hour'],
    ['a step of 0', { cron: ['*/0 2 * * *'] }, '/cron/0: "*/0" is no minute'],
    ['a step from a single value', { cron: ['5/15 2 * * *'] }, '/cron/0: "5/15" is no minute'],
    ['what only some programs know', { cron: ['0 2 L * *'] }, '/cron/0: "L" is no day of month'],
    ['a nickname that there is not', { cron: ['@reboot'] }, '/cron/0: "@reboot" is not one of @hourly'],
    ['no text', { cron: [''] }, '/cron/0: has 1 fields'],
    [
      'both kinds of days',
      { cron: ['0 2 1 * mon'] },
      'For either, write two lines: "0 2 1 * *" and "0 2 * * mon"; for both, write a calendar',
    ],
    ['30 February', { cron: ['0 2 30 2 *'] }, '/cron/0: "0 2 30 2 *" never comes'],
    ['31 April or June', { cron: ['0 2 31 4,6 *'] }, '/cron/0: "0 2 31 4,6 *" never comes'],
    [
      'a calendar of 30 February',
      { calendar: [{ month: 2, dayOfMonth: '30,31' }] },
      '/calendar/0: never comes',
    ],
    [
      '29 February of 2027',
      { calendar: [{ month: 2, dayOfMonth: 29, year: 2027 }] },
      '/calendar/0: never comes',
    ],
    [
      'a Monday that is a Tuesday',
      { calendar: [{ year: 2027, month: 1, dayOfMonth: 5, dayOfWeek: 'mon' }] },
      '/calendar/0: never comes',
    ],
    ['an empty calendar', { calendar: [{}] }, '/calendar/0: states no field'],
    ['an hour of 25', { calendar: [{ hour: 25 }] }, '/calendar/0/hour: must be 0 to 23'],
    ['half an hour', { calendar: [{ hour: 1.5 }] }, '/calendar/0/hour: must be 0 to 23'],
    [
      'an unknown field of a calendar',
      { calendar: [{ day: 1, hour: 2 }] },
      '/calendar/0: Unrecognized key: "day"',
    ],
    ['a zone that there is not', { timeZone: 'Mars/Base' }, '/timeZone: there is no time zone "Mars/Base"'],
    ['an offset for a zone', { timeZone: '+01:00' }, '/timeZone: there is no time zone "+01:00"'],
    ['the zone of the server', { timeZone: 'Local' }, '/timeZone: there is no time zone "Local"'],
    [
      'a zone in small letters',
      { timeZone: 'europe/berlin' },
      'not spelled as zones are: write "Europe/Berlin"',
    ],
    ['an alias in small letters', { timeZone: 'us/pacific' }, 'write "America/Los_Angeles"'],
    [
      '30 February as its start',
      { startAt: '2027-02-30T00:00:00Z' },
      '/startAt: must be a time that there is',
    ],
    ['a day as its end', { endAt: '2027-02-28' }, '/endAt: must be a time that there is, with its zone'],
    [
      'an end before its start',
      { startAt: '2027-01-02T00:00:00Z', endAt: '2027-01-01T00:00:00Z' },
      '/endAt: must be later than `startAt`',
    ],
    ['an interval that is none', { every: 'daily' }, '/every: must be a duration such as 90s'],
    ['an interval of a fraction', { every: '1.5s' }, '/every: must be whole seconds'],
    ['an interval of two years', { every: '800d' }, '/every: must be from 1s to 366d'],
    ['an offset without an interval', { offset: '5m' }, '/offset: needs `every`'],
    ['an offset of the whole interval', { every: '1h', offset: '60m' }, '/offset: must be less than `every`'],
    ['a catch-up window of a second', { catchUpWindow: '1s' }, '/catchUpWindow: must be from 10s'],
    ['an overlap policy that there is not', { overlap: 'ALLOW_ALL' }, '/overlap: Invalid option'],
    ['a pause without a note', { paused: true }, '/note: is missing: say why the schedule is paused'],
    ['an unknown field', { crons: [] }, 'SCHEDULE_INVALID : Unrecognized key: "crons"'],
    ['capitals in its name', { name: 'Nightly' }, '/name: must be up to 63 lower-case letters'],
    ['a name of 64 letters', { name: 'n'.repeat(64) }, '/name: must be up to 63'],
    ['no name', { name: undefined }, '/name: is missing'],
    [
      'a pipeline that there is not',
      { pipeline: 'other' },
      'PIPELINE_UNKNOWN /pipeline: there is no pipeline',
    ],
    ['the name of a property', { pipeline: '__proto__' }, 'PIPELINE_UNKNOWN /pipeline: there is no pipeline'],
    [
      'an input that does not fit',
      { input: { ...usual.input, project: 'iris' } },
      'INPUT_INVALID /input/project: must be "owner/name"',
    ],
    [
      'a connection that is not configured',
      { input: { ...usual.input, connection: 'domino-prd' } },
      'CONNECTION_UNKNOWN /input/connection: there is no connection "domino-prd"; configured are domino-test',
    ],
    ['no input', { input: undefined }, 'SCHEDULE_INVALID /input: is missing'],
  ])('is refused that has %s', (_what, change, fault) => {
    const faults = faultsOf({ ...usual, ...change });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  it.each([null, [], 'text', 3])('is refused that is no object: %j', (document) => {
    expect(faultsOf(document)[0]).toContain('SCHEDULE_INVALID :');
  });

  it('tells all of its faults at once', () => {
    expect(faultsOf({ ...usual, cron: ['x'], timeZone: 'x', jitter: 'x' })).toHaveLength(3);
  });
});
