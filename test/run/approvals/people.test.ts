import { describe, expect, it } from '@jest/globals';
import { hasUnseen, isReservedName, isSame, knownAs, startersOf } from '../../../src/run/approvals/people.js';

describe('what somebody is known by', () => {
  it('is compared whatever its case and spelling, and taken apart where a record wrote name and id', () => {
    expect(knownAs('Ada (k3v9w2m1qa)', [' key:k3v9w2m1qa '])).toEqual([
      'ada (k3v9w2m1qa)',
      'ada',
      'k3v9w2m1qa',
      'key:k3v9w2m1qa',
    ]);
    expect(knownAs(undefined)).toEqual([]);
    expect(isSame(knownAs('ＡＤＡ'), knownAs('ada'))).toBe(true);
    expect(isSame(knownAs('a\u200bd\u00ada\ufe0f'), knownAs('ada'))).toBe(true);
    expect(isSame(knownAs('ada \u00a0 l'), knownAs('Ada L'))).toBe(true);
    expect(isSame(knownAs('ada'), knownAs('grace'))).toBe(false);
  });

  it('is the id also where a token has no name, or another one', () => {
    const named = knownAs('ada (https://login.example#u|1(x))', ['https://login.example#u|1(x)']);
    const nameless = knownAs('u|1(x) (https://login.example#u|1(x))', ['https://login.example#u|1(x)']);
    expect(isSame(named, nameless)).toBe(true);
  });
});

describe('somebody whose name has brackets in it', () => {
  it('is known by the id also under another name', () => {
    const [before, after] = [knownAs('eve (a) (https://l.example#e)'), knownAs('bob (https://l.example#e)')];
    expect(isSame(before, after)).toBe(true);
  });
});

describe('a name', () => {
  it.each([
    'cli',
    'Schedule',
    'longhaul',
    'webhook:team',
    'key:abc',
    'group:ml',
    ' local ',
    'ｃｌｉ',
    'c\u200bli',
    'ｋｅｙ：abc',
    'key :abc',
    '\u202ehttp',
  ])('that stands for a part of Longhaul or an id is nobody’s: %j', (name) =>
    expect(isReservedName(name)).toBe(true),
  );

  it.each(['ada', 'clive', 'nightly job', 'operator', 'https://login.example#ada'])(
    'of anybody else is a name: %j',
    (name) => expect(isReservedName(name)).toBe(false),
  );
});

describe('what nobody sees in a name', () => {
  it.each(['ad\u200ba', 'ada\u202e', 'a\nb', 'ada\u0007', 'a\u2028b', 'ada\u3164'])('is found: %j', (name) =>
    expect(hasUnseen(name)).toBe(true),
  );

  it.each(['ada', 'Ada Lovelace', 'René', '李', 'ada@example.com'])('is not there: %j', (name) =>
    expect(hasUnseen(name)).toBe(false),
  );
});

describe('those who have brought a run about', () => {
  const trigger = {
    kind: 'schedule',
    by: 'nightly',
    ids: ['key:author'],
    askers: [
      { ids: ['key:trigger'], from: '2026-11-21T10:00:00.000Z', to: '2026-11-21T10:20:00.000Z' },
      { ids: ['key:backfill'], from: '2026-11-01T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' },
    ],
  } as const;

  it('are who wrote its schedule, and who asked for this very tick', () => {
    expect(startersOf({ trigger }, 'retrain._nightly-2026-11-21T10:10:03Z')).toEqual([
      'nightly',
      'key:author',
      'key:trigger',
    ]);
    expect(startersOf({ trigger }, 'retrain._nightly-2026-11-02T01:00:00Z')).toEqual([
      'nightly',
      'key:author',
      'key:backfill',
    ]);
    for (const edge of ['10:00:00', '10:20:00'])
      expect(startersOf({ trigger }, `retrain._nightly-2026-11-21T${edge}Z`)).toContain('key:trigger');
    for (const beside of ['09:59:59', '10:20:01'])
      expect(startersOf({ trigger }, `retrain._nightly-2026-11-21T${beside}Z`)).not.toContain('key:trigger');
    expect(startersOf({ trigger }, 'retrain._nightly-2026-11-22T01:00:00Z')).toEqual([
      'nightly',
      'key:author',
    ]);
  });

  it.each(['retrain.fork', 'retrain.fork-2026-11-22T01:00:00Z'])(
    'are all who asked of a fork, whatever its key: %s',
    (runId) => {
      expect(startersOf({ trigger }, runId)).toEqual([
        'nightly',
        'key:author',
        'key:trigger',
        'key:backfill',
      ]);
    },
  );

  it('are also who has replayed it, now and before', () => {
    const lineage = {
      number: 3,
      of: { runId: 'retrain.x', attemptId: 'a' },
      by: 'grace (k2)',
      ids: ['key:k2'],
      before: ['key:k1'],
      reason: 'r',
      plan: 'p',
    };
    expect(startersOf({ trigger: { kind: 'cli' }, lineage }, 'retrain.x')).toEqual([
      'grace (k2)',
      'grace',
      'k2',
      'key:k2',
      'key:k1',
    ]);
  });
});
