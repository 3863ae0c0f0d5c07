import { describe, expect, it } from '@jest/globals';
import { localTimeOf, zoneFault } from '../../../src/run/schedules/time-zones.js';

describe('a time in its zone', () => {
  it.each([
    ['2027-03-28T00:59:59Z', 'Europe/Berlin', 'Sun', '2027-03-28T01:59:59+01:00', 60],
    ['2027-03-28T01:00:00Z', 'Europe/Berlin', 'Sun', '2027-03-28T03:00:00+02:00', 120],
    ['2027-10-31T00:30:00Z', 'Europe/Berlin', 'Sun', '2027-10-31T02:30:00+02:00', 120],
    ['2027-10-31T01:30:00Z', 'Europe/Berlin', 'Sun', '2027-10-31T02:30:00+01:00', 60],
    ['2027-01-01T00:00:00Z', 'America/St_Johns', 'Thu', '2026-12-31T20:30:00-03:30', -210],
    ['2027-01-01T00:00:00Z', 'Asia/Kathmandu', 'Fri', '2027-01-01T05:45:00+05:45', 345],
    ['2027-01-01T00:00:00Z', 'UTC', 'Fri', '2027-01-01T00:00:00+00:00', 0],
  ])('%s in %s is %s %s', (at, timeZone, weekday, local, offsetMinutes) => {
    const time = new Date(at);
    expect(localTimeOf(time, timeZone)).toEqual({ at: time.toISOString(), local, weekday, offsetMinutes });
  });
});

describe('the name of a zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Port-au-Prince', 'Etc/GMT+5', 'US/Pacific'])(
    '%s is one',
    (timeZone) => {
      expect(zoneFault(timeZone)).toBeNull();
    },
  );

  it.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['EUROPE/BERLIN', 'Europe/Berlin'],
    ['Europe/berlin', 'Europe/Berlin'],
    ['utc', 'UTC'],
    ['us/pacific', 'America/Los_Angeles'],
  ])('%s is spelled %s', (timeZone, spelling) => {
    expect(zoneFault(timeZone)).toBe(`is not spelled as zones are: write "${spelling}"`);
  });

  it.each(['', 'Local', 'Mars/Base', '+01:00', '-0330', 'UTC+1'])('"%s" is none', (timeZone) => {
    expect(zoneFault(timeZone)).toBe(
      `there is no time zone "${timeZone}": write a name of the IANA database, such as "Europe/Berlin" or "UTC"`,
    );
  });
});
