/**
 * Conditions as people write them: `accuracy >= 0.9`, `"val accuracy" > baseline - 0.01`, `f1(macro) >= baseline * 1.01`.
 *
 * A name that has other characters than a plain one stands in quotes, double or single; so any name can be written.
 */

/** A condition, taken apart. The baseline is multiplied by `baselineFactor`, then `baselineOffset` is added. */
export interface Condition {
  readonly text: string;
  readonly metric: string;
  readonly operator: '>=' | '<=' | '>' | '<';
  readonly bound:
    | { readonly value: number }
    | {
        readonly baselineOffset: number;
        /** Left out where it is 1. */
        readonly baselineFactor?: number;
      };
}

/** What a text is read as, or what is wrong with it and where. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

/** No metric with a longer name is kept. */
export const longestMetricName = 200;

const plainName = /^[\p{L}_][\p{L}\p{M}\p{N}_./@:%()[\]{}-]*/u;
const quotedName = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/su;
const unsigned = /^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/;

class Fault extends Error {}

/** Takes a text apart from left to right. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next piece of the text that the pattern fits, without the spaces around it; `null` when it fits nothing. */
  take(pattern: RegExp): string | null {
    this.#skipSpaces();
    const [taken] = pattern.exec(this.#text.slice(this.#at)) ?? [];
    if (taken === undefined) return null;
    this.#at += taken.length;
    this.#skipSpaces();
    return taken;
  }

  /** Stops reading: the text goes on otherwise than expected. */
  refuse(expected: string): never {
    this.#skipSpaces();
    const rest = this.#text.slice(this.#at);
    const found = rest === '' ? 'the text ends' : `found ${JSON.stringify(rest.slice(0, 20))}`;
    throw new Fault(`at character ${this.#at + 1}: expected ${expected}, but ${found}`);
  }

  end(expected: string): void {
    if (this.#at < this.#text.length) this.refuse(expected);
  }

  #skipSpaces(): void {
    this.#at += /^\s*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
  }
}

/** Takes a condition apart, or says at which character it is none and what is allowed there. */
export const readCondition = (text: string): Read<Condition> => attempt(() => conditionIn(text));

/** A metric’s name where nothing else may stand: as it is, or in quotes. */
export function readMetricName(text: string): Read<string> {
  return attempt(() => {
    if (!/^\s*["']/.test(text)) return checkedName(text.trim());
    const reader = new Reader(text);
    const name = nameIn(reader);
    reader.end('the end of the text');
    return name;
  });
}

/** A metric’s name as a condition has it: in quotes, unless it is a plain one. */
export const writeMetricName = (name: string): string =>
  plainName.exec(name)?.[0] === name ? name : JSON.stringify(name);

function attempt<T>(read: () => T): Read<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.message };
    throw error;
  }
}

function conditionIn(text: string): Condition {
  const reader = new Reader(text);
  const metric = nameIn(reader);
  const operator = reader.take(/^(?:>=|<=|>|<)/);
  if (operator === null)
    reader.refuse(
      '">=", "<=", ">" or "<" (a name with spaces or signs in it stands in quotes: "val accuracy")',
    );
  const bound = boundIn(reader);
  return { text: text.trim(), metric, operator: operator as Condition['operator'], bound }; // the pattern admits these four only
}

function nameIn(reader: Reader): string {
  const plain = reader.take(plainName);
  if (plain !== null) return checkedName(plain);
  const quoted = reader.take(quotedName);
  if (quoted === null) {
    if (reader.take(/^["'].*/su) !== null) reader.refuse('a quote that ends the name');
    reader.refuse('the name of a metric, in quotes if it has spaces or signs in it');
  }
  return checkedName(unquoted(quoted));
}

function checkedName(name: string): string {
  if (name === '') throw new Fault('the name of the metric is empty');
  if (name.length > longestMetricName)
    throw new Fault(`the name of a metric has at most ${longestMetricName} characters`);
  return name;
}

function unquoted(quoted: string): string {
  if (quoted.startsWith("'")) return quoted.slice(1, -1).replaceAll(/\\(.)/gsu, '$1');
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new Fault(`${quoted.slice(0, 40)} is not a text in quotes: "\\" stands before """ and "\\"`);
  }
}

/** A number, or the baseline: `baseline * 1.01`, `1.01 * baseline`, `baseline / 2`, each with `+ 0.1` or `- 0.1`. */
function boundIn(reader: Reader): Condition['bound'] {
  const sign = reader.take(/^[+-]/);
  const first = numberIn(reader);
  if (sign !== null && first === null) reader.refuse('a number such as 0.9');
  if (first !== null) {
    const value = sign === '-' ? -first : first;
    if (reader.take(/^\*/) === null) {
      reader.end('the end of the condition, or "* baseline"');
      return { value };
    }
    if (reader.take(/^baseline\b/) === null) reader.refuse('"baseline"');
    return overBaseline(reader, value);
  }
  if (reader.take(/^baseline\b/) === null) reader.refuse('a number such as 0.9, or "baseline"');
  const operation = reader.take(/^[*/]/);
  if (operation === null) return overBaseline(reader, 1);
  const factor = numberIn(reader) ?? reader.refuse('a number such as 1.01');
  if (operation === '/' && !Number.isFinite(1 / factor))
    throw new Fault(
      factor === 0 ? 'the baseline cannot be divided by 0' : 'the baseline is divided by too small a number',
    );
  return overBaseline(reader, operation === '*' ? factor : 1 / factor);
}

function overBaseline(reader: Reader, factor: number): Condition['bound'] {
  const sign = reader.take(/^[+-]/);
  const offset = sign === null ? 0 : (numberIn(reader) ?? reader.refuse('a number such as 0.01'));
  reader.end('"+", "-" or the end of the condition');
  const baselineOffset = sign === '-' ? -offset : offset;
  return factor === 1 ? { baselineOffset } : { baselineOffset, baselineFactor: factor };
}

function numberIn(reader: Reader): number | null {
  const digits = reader.take(unsigned);
  if (digits === null) return null;
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new Fault(`${digits} is too large a number`);
  return value;
}
