import { describe, expect, it } from '@jest/globals';
import { type ConnectionState, presentState } from '../../src/run/connections.js';

const since = '2026-12-01T10:00:00.000Z';
const until = '2026-12-01T11:00:00.000Z';
const throttled: ConnectionState = { status: 'throttled', since, until, openings: 2, forMs: 3_600_000 };
const said = { code: 'CREDENTIALS_REJECTED', message: 'GET /self answered 401' } as const;
const refused: ConnectionState = { status: 'refused', since, ...said, openings: 2 };
const at = (text: string): number => Date.parse(text);

describe('the state of a connection', () => {
  it('is as its workflow has written it, also where the clocks of machines differ', () => {
    for (const state of [throttled, { ...refused, until }]) {
      expect(presentState(state, at('2026-12-01T10:30:00Z'))).toBe(state);
      expect(presentState(state, at('2026-12-01T11:01:00Z'))).toBe(state);
    }
    expect(presentState(refused, at('2027-01-01T00:00:00Z'))).toBe(refused);
  });

  it('knows no time to wait that is long over, though no worker has let its workflow say so', () => {
    expect(presentState(throttled, at('2026-12-01T11:01:01Z'))).toEqual({ status: 'open', openings: 2 });
    expect(presentState({ ...refused, until, forMs: 1 }, at('2026-12-01T11:01:01Z'))).toEqual(refused);
  });
});
