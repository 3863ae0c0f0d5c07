/**
 * Patterns that take for ever: JavaScript tries every way in which a text can be read, and of `(a+)+` there are twice as many
 * for each further letter. Such a pattern can read one text in two ways and come to the same place again.
 */
import { type PatternPlaces, type Place, placesOf } from '../../pipelines/document/pattern-places.js';

/** More ways than this are not looked at. */
const mostWays = 200_000;

/** Whether some text makes a pattern take for ever; also of one that is too large to tell. */
export function isEndless(pattern: string, read: PatternPlaces | null = placesOf(pattern)): boolean {
  if (read === null) return true;
  const ways = { left: mostWays };
  return read.places.some((place) => isReadTwice(place, ways));
}

/** Two readings of one text that have come to these places; `isApart`: on different ways. */
interface Pair {
  readonly one: Place;
  readonly other: Place;
  readonly isApart: boolean;
}

/** Whether there are two ways from a place back to it that read the same text, or more than can be looked at. */
function isReadTwice(start: Place, ways: { left: number }): boolean {
  const seen = new Map<Place, Map<Place, Set<boolean>>>();
  const waiting: Pair[] = [{ one: start, other: start, isApart: false }];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    if (ways.left < 0) return true;
    for (const next of following(pair, ways)) {
      const { one, other, isApart } = next;
      if (isApart && one === start && other === start) return true;
      const others = seen.get(one) ?? new Map<Place, Set<boolean>>();
      seen.set(one, others);
      const known = others.get(other) ?? new Set<boolean>();
      others.set(other, known);
      if (known.has(isApart)) continue;
      known.add(isApart);
      waiting.push(next);
    }
  }
  return false;
}

function following({ one, other, isApart }: Pair, ways: { left: number }): Pair[] {
  const found: Pair[] = [];
  ways.left -= one.next.length * other.next.length;
  for (const [which, a] of one.next.entries())
    for (const [whichOther, b] of other.next.entries()) {
      if (one === other && !isApart && whichOther < which) continue; // the same pair the other way round
      const isSameWay = one === other && which === whichOther;
      if (isSameWay || (a.reads & b.reads) !== 0n)
        found.push({ one: a, other: b, isApart: isApart || !isSameWay });
    }
  return found;
}
