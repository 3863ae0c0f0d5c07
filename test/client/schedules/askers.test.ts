import { describe, expect, it } from '@jest/globals';
import { withAsker } from '../../../src/client/schedules/askers.js';
import type { Asker } from '../../../src/run/steps.js';

const at = (hour: number): string => `2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`;
const asks = (id: string, hour: number) => ({
  ids: [id],
  from: at(hour - 1),
  to: at(hour),
  at: at(hour),
});
const noted = (
  askers: readonly ReturnType<typeof asks>[],
  isWaiting: boolean,
  before: readonly Asker[] = [],
): readonly Asker[] => askers.reduce((all, asker) => withAsker(all, asker, { isWaiting }) ?? [], before);

describe('those who let a schedule tick', () => {
  it('are one entry each, of all that they have asked for while a tick waits', () => {
    const askers = [
      asks('bob', 10),
      asks('ada', 11),
      asks('bob', 14),
      ...Array.from({ length: 50 }, () => asks('bob', 12)),
    ];
    expect(noted(askers, true)).toEqual([
      asks('ada', 11),
      { ids: ['bob'], from: at(9), to: at(14), at: at(12) },
    ]);
  });

  it('are forgotten where no tick waits, and theirs have long come', () => {
    const askers = [asks('bob', 10), asks('ada', 13), asks('bob', 14)];
    expect(noted(askers, false)).toEqual([asks('ada', 13), asks('bob', 14)]);
    const before = { ids: ['bob'], from: at(9), to: at(10) }; // as a version before wrote it
    expect(noted([asks('ada', 13)], false, [before])).toEqual([asks('ada', 13)]);
    expect(noted([asks('ada', 13)], true, [before])).toEqual([before, asks('ada', 13)]);
  });

  it('push nobody out: where there are too many, no other one may ask', () => {
    const many = Array.from({ length: 50 }, (_, index) => asks(`k${index}`, 10));
    const full = noted(many, true);
    expect(full).toEqual(many);
    expect(withAsker(full, asks('bob', 10), { isWaiting: true })).toBeNull();
    expect(withAsker(full, asks('k0', 10), { isWaiting: true })).toHaveLength(50);
    expect(withAsker(full, asks('bob', 14), { isWaiting: false })).toEqual([asks('bob', 14)]);
  });

  it('make room, the oldest first, where no tick waits', () => {
    const many = Array.from({ length: 60 }, (_, index) => asks(`pod${index}`, 10));
    expect(noted(many, false)).toEqual(many.slice(-50));
  });
});
