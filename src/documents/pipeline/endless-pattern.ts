/**
 * Patterns that take for ever: JavaScript tries every way in which a text can be read, and of `(a+)+` there are twice as many
 * for each further letter. Such a pattern can read one text in two ways and come to the same place again.
 */
import { patternOf } from '../../pipelines/document/json-schema.js';

/** A place in a pattern that reads one character. */
interface Place {
  readonly reads: ReadonlySet<string>;
  readonly next: Place[];
}

/** A part of a pattern: where it may begin and end, and whether it may read nothing. */
interface Part {
  readonly first: readonly Place[];
  readonly last: readonly Place[];
  readonly isEmpty: boolean;
}

/** More than any pattern has that people can read: places, parts with those that are repeated, and ways looked at. */
const mostPlaces = 500;
const mostParts = 2_000;
const mostWays = 200_000;

/** Repetitions up to this are written out. */
const mostCopies = 12;

const nothing: Part = { first: [], last: [], isEmpty: true };

/** Why a pattern cannot be tried; `null` where it can. */
export function patternFault(pattern: string): string | null {
  try {
    patternOf(pattern);
  } catch {
    return `"${pattern}" is no regular expression`;
  }
  if (!isEndless(pattern)) return null;
  return `"${pattern}" may take for ever, for it can read one text in many ways, as (a+)+ does: write it so that there is one`;
}

/** Whether some text makes a pattern take for ever; also of one that is too large to tell. */
export function isEndless(pattern: string): boolean {
  const reader = new PatternReader(pattern);
  reader.read();
  const { places, parts } = reader;
  if (places.length > mostPlaces || parts > mostParts) return true;
  const ways = { left: mostWays };
  return places.some((place) => isReadTwice(place, ways));
}

/** One token of a pattern: a group, an end, a class, an escape, how often, or a character. */
const token =
  /\((?:\?(?:[:=!]|<[=!]|<\w+>|[a-z-]+:))?|\)|\||\[(?:[^\\\]]|\\.)*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|k<\w+>|.)|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/gu;

class PatternReader {
  readonly places: Place[] = [];
  /** How many were read, each as often as it is written out. */
  parts = 0;
  readonly #tokens: readonly string[];
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#tokens = pattern.match(token) ?? [];
    this.#characters = [...new Set([...sample, ...Array.from(pattern)])];
  }

  /** What stands from here to the end of its group. */
  read(): Part {
    let part = this.#sequence();
    while (this.#tokens[this.#at] === '|') {
      this.#at += 1;
      const other = this.#sequence();
      part = {
        first: [...part.first, ...other.first],
        last: [...part.last, ...other.last],
        isEmpty: part.isEmpty || other.isEmpty,
      };
    }
    return part;
  }

  #sequence(): Part {
    let part = nothing;
    for (;;) {
      const next = this.#tokens[this.#at];
      if (next === undefined || next === '|' || next === ')') return part;
      part = joined(part, this.#repeated());
    }
  }

  /** One part with how often it stands there. */
  #repeated(): Part {
    const from = this.#at;
    const once = this.#one();
    const often = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??$/u.exec(this.#tokens[this.#at] ?? '');
    if (often === null) return once;
    const to = this.#at + 1;
    const [text, least = '', comma = '', most = ''] = often;
    const [min, max] = text.startsWith('{')
      ? [Number(least), comma === '' ? Number(least) : most === '' ? Infinity : Number(most)]
      : [text.startsWith('+') ? 1 : 0, text.startsWith('?') ? 1 : Infinity];
    // Many may as well be without end; a few are written out.
    const isMany = max > mostCopies;
    const copies = isMany || this.parts > mostParts ? 1 : max;
    let part = once;
    for (let count = 1; count < copies; count += 1) {
      this.#at = from;
      const again = this.#one();
      part = joined(part, count < min ? again : { ...again, isEmpty: true });
    }
    this.#at = to;
    if (isMany) connect(part.last, part.first);
    if (isMany && min > 1 && once.isEmpty) connect(part.last, part.first); // it is open which of them are empty
    return min === 0 ? { ...part, isEmpty: true } : part;
  }

  #one(): Part {
    const text = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    this.parts += 1;
    if (text.startsWith('(')) {
      const inner = this.read();
      this.#at += 1; // its end
      return /^\(\?<?[=!]/u.test(text) ? nothing : inner; // looking ahead reads nothing
    }
    if (['^', '$', '\\b', '\\B'].includes(text)) return nothing;
    const place: Place = { reads: this.#readBy(text), next: [] };
    this.places.push(place);
    return { first: [place], last: [place], isEmpty: false };
  }

  #readBy(text: string): ReadonlySet<string> {
    const isBackReference = /^\\(?:[1-9]|k<)/u.test(text);
    const one = isBackReference ? /[^]/u : patternOf(`^(?:${text})$`);
    return new Set(this.#characters.filter((character) => one.test(character)));
  }
}

/** The characters by which it is found out what two places have in common. */
const sample: readonly string[] = [
  ...Array.from({ length: 0x180 }, (_, code) => String.fromCodePoint(code)),
  ...['α', 'я', '中', '\u2028', '😀', '\u3000'],
];

function connect(from: readonly Place[], to: readonly Place[]): void {
  for (const place of from) place.next.push(...to); // twice, if there are two ways
}

function joined(one: Part, other: Part): Part {
  connect(one.last, other.first);
  return {
    first: one.isEmpty ? [...one.first, ...other.first] : one.first,
    last: other.isEmpty ? [...one.last, ...other.last] : other.last,
    isEmpty: one.isEmpty && other.isEmpty,
  };
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
      if (isSameWay || haveInCommon(a, b)) found.push({ one: a, other: b, isApart: isApart || !isSameWay });
    }
  return found;
}

function haveInCommon({ reads }: Place, other: Place): boolean {
  for (const character of reads) if (other.reads.has(character)) return true;
  return false;
}
