import { describe, expect, it } from '@jest/globals';
import type { ConnectionStanding } from '../../../src/client.js';
import { connectionLines, noteLines, standingLines } from '../../../src/cli/connection/lines.js';

const open: ConnectionStanding = { name: 'domino-dev', status: 'open' };
const throttled: ConnectionStanding = {
  name: 'domino-test',
  status: 'throttled',
  since: '2026-12-01T10:00:00.125Z',
  until: '2026-12-01T12:30:00.500Z',
};
const refused: ConnectionStanding = {
  name: 'domino-prod',
  status: 'refused',
  since: '2026-12-01T10:03:12Z',
  code: 'CREDENTIALS_REJECTED',
  message: 'GET /api/users/v1/self answered 401: key\nexpired',
};
const out: ConnectionStanding = {
  ...open,
  outage: {
    since: '2026-12-01T10:03:12.250Z',
    message: 'no usable answer from domino-dev since 2026-12-01T10:03:12Z: ECONNREFUSED',
  },
};
const nowMs = Date.parse('2026-12-01T11:00:00Z');

describe('connections in 80 columns', () => {
  it('are a table that says since or until when', () => {
    const lines = connectionLines([open, throttled, refused, out]);
    expect(lines).toEqual([
      'NAME         STATUS',
      'domino-dev   open',
      'domino-test  throttled  until 2026-12-01T12:30:00Z',
      'domino-prod  refused    CREDENTIALS_REJECTED since 2026-12-01T10:03:12Z',
      'domino-dev   open       no usable answer since 2026-12-01T10:03:12Z',
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('are told of beside runs where they hold these up', () => {
    expect(noteLines([open, throttled, out])).toEqual([
      'domino-test is throttled: until 2026-12-01T12:30:00Z; see longhaul connection get domino-test',
      'domino-dev is open: no usable answer since 2026-12-01T10:03:12Z; see longhaul connection get domino-dev',
    ]);
  });

  it('each say why nothing is sent, and how it goes on', () => {
    expect(standingLines(open, nowMs)).toEqual(['domino-dev is open']);
    expect(standingLines(throttled, nowMs)).toEqual([
      'domino-test is throttled: the platform asked to be sent nothing',
      '  since  2026-12-01T10:00:00Z',
      '  until  2026-12-01T12:30:00Z (in 1h30m)',
      '  next   runs go on by themselves then;',
      '         at once by: longhaul connection resume domino-test --reason "…"',
    ]);
    expect(standingLines(refused, nowMs)).toEqual([
      'domino-prod is refused: CREDENTIALS_REJECTED',
      '  since  2026-12-01T10:03:12Z (56m48s)',
      '  said   GET /api/users/v1/self answered 401: key\\nexpired',
      '  next   asked again at most a minute apart, then its runs go on by themselves;',
      '         at once by: longhaul connection resume domino-prod --reason "…"',
    ]);
    const held: ConnectionStanding = { ...refused, until: '2026-12-01T12:30:00.500Z' };
    expect(standingLines(held, nowMs)[3]).toBe(
      '  next   asked again at 2026-12-01T12:30:00Z, then its runs go on;',
    );
    expect(standingLines(out, nowMs)).toEqual([
      'domino-dev is open, but its platform gives no usable answer',
      '  since  2026-12-01T10:03:12Z (56m48s)',
      '  said   no usable answer from domino-dev since 2026-12-01T10:03:12Z: ECONNREFUSED',
      '  next   asked again at most a minute apart, then its runs go on by themselves',
    ]);
    const all = [open, throttled, refused, held].flatMap((one) => standingLines(one, nowMs));
    expect(Math.max(...all.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});
