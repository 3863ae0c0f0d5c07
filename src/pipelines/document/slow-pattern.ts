/**
 * How the time of a pattern grows with the length of a text. `^a*a*b$` can give each letter to one loop or the other, so it
 * tries as many ways as the text is long, each in that time: a text that is twice as long takes four times as long. With one loop
 * more it takes eight times as long.
 */
import type { PatternPlaces, Place } from './pattern-places.js';

/** Places that a pattern can go round in. */
type Loop = ReadonlySet<Place>;

/** More readings than this are not looked at: what is too large to tell counts as slow. */
const mostReadings = 20_000;

/**
 * The power of the length by which the time of a pattern that is not endless grows: 1 where it grows with the length alone.
 * It may be said to be too high, of a pattern that is too large to tell.
 */
export function powerOf({ places, first, isAnchored }: PatternPlaces): number {
  // Where it may begin anywhere, it is as if it began with a loop that reads everything.
  const anywhere: Place = { reads: everything, next: [...first] };
  anywhere.next.push(anywhere);
  const all = isAnchored ? places : [anywhere, ...places];
  const loops = loopsIn(all); // each before those that it leads to
  const readings = { left: mostReadings };
  const depths: number[] = [];
  for (const [at, loop] of loops.entries()) {
    let depth = 0;
    for (const [before, known] of depths.entries()) {
      if (known + 1 <= depth) continue;
      const from = loops[before];
      if (from === undefined || !leadsTo(from, loop)) continue;
      depth = Math.max(depth, known + (canBoth(from, loop, readings) ? 1 : 0));
    }
    depths[at] = depth;
  }
  return 1 + Math.max(0, ...depths);
}

/** More bits than there are characters that patterns are tried with. */
const everything = (1n << 2_048n) - 1n;

/** By Tarjan's algorithm: what leads nowhere else is complete first, so the order is turned round at the end. */
function loopsIn(places: readonly Place[]): Loop[] {
  const loops: Loop[] = [];
  const numbers = new Map<Place, number>();
  const lowest = new Map<Place, number>();
  const open: Place[] = [];
  const isOpen = new Set<Place>();
  const visit = (place: Place): number => {
    const number = numbers.size;
    numbers.set(place, number);
    open.push(place);
    isOpen.add(place);
    let low = number;
    for (const next of new Set(place.next)) {
      const known = numbers.get(next);
      if (known === undefined) low = Math.min(low, visit(next));
      else if (isOpen.has(next)) low = Math.min(low, known);
    }
    lowest.set(place, low);
    if (low < number) return low;
    const loop = new Set(open.splice(open.indexOf(place)));
    for (const one of loop) isOpen.delete(one);
    if (loop.size > 1 || place.next.includes(place)) loops.push(loop);
    return low;
  };
  for (const place of places) if (!numbers.has(place)) visit(place);
  return loops.reverse();
}

function leadsTo(from: Loop, to: Loop): boolean {
  const seen = new Set<Place>(from);
  for (const place of seen) {
    if (to.has(place)) return true;
    for (const next of place.next) seen.add(next); // a set is gone through as it grows
  }
  return false;
}

/**
 * Whether some text is read by the first loop, by the second, and on the way from the one to the other: then each repetition of
 * it can be given to either.
 */
function canBoth(first: Loop, second: Loop, readings: { left: number }): boolean {
  for (const from of first)
    for (const to of second)
      if ((from.reads & to.reads) !== 0n && isReadByAll({ first, second, from, to }, readings)) return true;
  return false;
}

interface Both {
  readonly first: Loop;
  readonly second: Loop;
  readonly from: Place;
  readonly to: Place;
}

/** Three readings of one text: round the first loop, from it to the second, and round that. */
function isReadByAll({ first, second, from, to }: Both, readings: { left: number }): boolean {
  const seen = new Map<Place, Map<Place, Set<Place>>>();
  const waiting: (readonly [Place, Place, Place])[] = [[from, from, to]];
  for (let now = waiting.pop(); now !== undefined; now = waiting.pop()) {
    const [round, between, last] = now;
    for (const one of round.next)
      for (const two of between.next)
        for (const three of last.next) {
          readings.left -= 1;
          if (readings.left < 0) return true;
          if (!first.has(one) || !second.has(three)) continue;
          if ((one.reads & two.reads & three.reads) === 0n) continue;
          if (one === from && two === to && three === to) return true;
          const betweens = seen.get(one) ?? new Map<Place, Set<Place>>();
          seen.set(one, betweens);
          const lasts = betweens.get(two) ?? new Set<Place>();
          betweens.set(two, lasts);
          if (lasts.has(three)) continue;
          lasts.add(three);
          waiting.push([one, two, three]);
        }
  }
  return false;
}
