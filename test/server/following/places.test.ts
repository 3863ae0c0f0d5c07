import { describe, expect, it } from '@jest/globals';
import type { Principal } from '../../../src/access/principal.js';
import { localPrincipal } from '../../../src/access/principal.js';
import { createPlaces } from '../../../src/server/following/places.js';

const caller = (id: string): Principal => ({ ...localPrincipal, id, kind: 'key' });
const busy = expect.objectContaining({ code: 'SERVER_BUSY' });

describe('the places of those who follow', () => {
  it('are not all taken by one caller: a quarter is what each may have', () => {
    const places = createPlaces({ max: 50 });
    const leave = Array.from({ length: 13 }, () => places.take(caller('narrow')));
    expect(() => places.take(caller('narrow'))).toThrow(busy);
    expect(places.take(caller('other'))).toBeInstanceOf(Function);
    expect(places.taken).toBe(14);
    leave[0]?.();
    leave[0]?.(); // given back twice is given back once
    expect(places.taken).toBe(13);
    expect(places.take(caller('narrow'))).toBeInstanceOf(Function);
    expect(() => places.take(caller('narrow'))).toThrow(busy);
  });

  it('are as many as configured, for one caller and for all', () => {
    const places = createPlaces({ max: 3, perCaller: 2 });
    for (const id of ['a', 'a', 'b']) places.take(caller(id));
    expect(() => places.take(caller('a'))).toThrow(/you follow at 2 places/);
    expect(() => places.take(caller('b'))).toThrow(/this server has 3 followers/);
  });

  it('are all for everybody where no access is configured', () => {
    const places = createPlaces({ max: 8 });
    for (let taken = 0; taken < 8; taken += 1) places.take(localPrincipal);
    expect(() => places.take(localPrincipal)).toThrow(busy);
  });
});
