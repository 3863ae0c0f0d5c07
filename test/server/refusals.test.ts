import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AuditNote } from '../../src/audit/log.js';
import { type Refusals, createRefusals } from '../../src/server/refusals.js';

let notes: AuditNote[];
let refusals: Refusals;
beforeEach(() => {
  jest.useFakeTimers();
  notes = [];
  refusals = createRefusals({ note: (note) => void notes.push(note) });
});
afterEach(() => {
  jest.useRealTimers();
});

const unknown = (actor: string, object = 'GET /v1/runs') =>
  refusals.add({ actor, actorKind: 'unknown', object, code: 'UNAUTHENTICATED' });
const told = (): string[] =>
  notes.map(({ actor, object, count }) => `${actor} ${object} ${count ?? 'first'}`);

describe('refusals', () => {
  it('are told at once, and those alike of the same minute in one line', () => {
    unknown('10.0.0.1');
    for (let times = 0; times < 1_000; times += 1) unknown('10.0.0.1', 'GET /v1/audit');
    refusals.add({ actor: 'ada', actorKind: 'key', object: 'GET /v1/audit', code: 'ACCESS_DENIED' });
    expect(told()).toEqual(['10.0.0.1 GET /v1/runs first', 'ada GET /v1/audit first']);
    jest.advanceTimersByTime(60_000);
    expect(told().slice(2)).toEqual(['10.0.0.1 GET /v1/audit 1000']);
    unknown('10.0.0.1');
    expect(told().slice(3)).toEqual(['10.0.0.1 GET /v1/runs first']);
    expect(notes[0]).toMatchObject({ action: 'access.refuse', outcome: 'failed', code: 'UNAUTHENTICATED' });
  });

  it('from everywhere fill no disk', () => {
    for (let address = 0; address < 10_000; address += 1) unknown(`10.1.${address >> 8}.${address & 255}`);
    refusals.flush();
    expect(notes).toHaveLength(102);
    expect(notes.at(-1)).toMatchObject({ actor: 'others', actorKind: 'unknown', count: 9_899 });
  });
});
