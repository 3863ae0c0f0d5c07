/** A pattern as the places at which it reads a character, and what may follow each. */
import { patternOf } from './json-schema.js';

/** A place in a pattern that reads one character. */
export interface Place {
  /** Which characters it reads, one bit for each that a pattern is tried with. */
  readonly reads: bigint;
  readonly next: Place[];
}

/** A pattern, taken apart. */
export interface PatternPlaces {
  readonly places: readonly Place[];
  /** Where it begins to read. */
  readonly first: readonly Place[];
  /** Whether it begins where the text does, and nowhere else. */
  readonly isAnchored: boolean;
}

/** A part of a pattern: where it may begin and end, and whether it may read nothing. */
interface Part {
  readonly first: readonly Place[];
  readonly last: readonly Place[];
  readonly isEmpty: boolean;
}

/** More than any pattern has that people can read: places, and parts with those that are repeated. */
const mostPlaces = 500;
const mostParts = 2_000;

/** Repetitions up to this are written out. */
const mostCopies = 12;

const nothing: Part = { first: [], last: [], isEmpty: true };

/** Takes a pattern apart; `null` of one that is too large. */
export function placesOf(pattern: string): PatternPlaces | null {
  const reader = new PatternReader(pattern);
  const { first } = reader.read();
  const { places, parts, isAnchored } = reader;
  return places.length > mostPlaces || parts > mostParts ? null : { places, first, isAnchored };
}

/** One token of a pattern: a group, an end, a class, an escape, how often, or a character. */
const token =
  /\((?:\?(?:[:=!]|<[=!]|<\w+>|[a-z-]+:))?|\)|\||\[(?:[^\\\]]|\\.)*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|k<\w+>|.)|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/gu;

class PatternReader {
  readonly places: Place[] = [];
  /** How many were read, each as often as it is written out. */
  parts = 0;
  /** Of what was read at the top. */
  isAnchored = true;
  readonly #tokens: readonly string[];
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

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
    if (this.#depth === 0) this.isAnchored &&= this.#tokens[this.#at] === '^';
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
      this.#depth += 1;
      const inner = this.read();
      this.#depth -= 1;
      this.#at += 1; // its end
      // What looks ahead reads too, but nothing goes on from there.
      return /^\(\?<?[=!]/u.test(text) ? { ...inner, last: [], isEmpty: true } : inner;
    }
    if (['^', '$', '\\b', '\\B'].includes(text)) return nothing;
    const place: Place = { reads: this.#readBy(text), next: [] };
    this.places.push(place);
    return { first: [place], last: [place], isEmpty: false };
  }

  #readBy(text: string): bigint {
    const isBackReference = /^\\(?:[1-9]|k<)/u.test(text);
    const one = isBackReference ? /[^]/u : patternOf(`^(?:${text})$`);
    const bits = this.#characters.map((character) => (one.test(character) ? '1' : '0'));
    return BigInt(`0b${bits.join('')}`);
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
