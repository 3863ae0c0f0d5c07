import { expect, it } from '@jest/globals';
import { parseInstant } from '../../../src/run/schedules/instants.js';

it.each([
  ['2026-12-01T06:00:00+01:00', '2026-12-01T05:00:00.000Z'],
  ['2028-02-29T23:59:59.5Z', '2028-02-29T23:59:59.500Z'],
  ['2026-12-01T00:30:00+01:00', '2026-11-30T23:30:00.000Z'],
])('a point of time is read with its offset: %s', (text, at) => {
  expect(parseInstant(text)).toBe(Date.parse(at));
});

it.each([
  ...['2026-02-30T00:00:00Z', '2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-10T00:00:00Z'],
  ...['2026-12-01T06:00:00', '2026-12-01', '2026-12-01T25:00:00Z', '2026-12-01T06:00:00+25:00', '', 'now'],
])('what is none is none: %s', (text) => {
  expect(parseInstant(text)).toBeNull();
});
