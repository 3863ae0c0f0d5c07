/** Why an expression has no value, in the words of documents: CEL itself speaks of overloads and of types that JSON lacks. */

/** What CEL says: its own code, and a sentence. */
export interface CelProblem {
  readonly code: string;
  readonly summary: string;
}

/** Reads the sentence of a code; `null` where it is another one than it was. */
type Saying = (summary: string) => string | null;

const typeNames: Readonly<Record<string, string>> = {
  double: 'a number',
  int: 'a whole number',
  uint: 'an unsigned number',
  string: 'a text',
  bool: 'true or false',
  null: 'null',
  bytes: 'bytes',
  'google.protobuf.Timestamp': 'a time',
  'google.protobuf.Duration': 'a duration',
};

/** A type of CEL as people call it. */
function sayType(type: string): string {
  const inner = /^dyn<(.*)>$/.exec(type)?.[1] ?? type;
  if (/^list\b/.test(inner)) return 'a list';
  if (/^map\b/.test(inner)) return 'an object';
  if (/^optional\b/.test(inner)) return 'a value that may be missing';
  return Object.hasOwn(typeNames, inner) ? (typeNames[inner] ?? inner) : inner;
}

/** `map<string, double>, int` by its commas, those within brackets left alone. */
const typesIn = (list: string): string[] =>
  list.match(/[^,<]+(?:<[^>]*>+)?/g)?.map((one) => one.trim()) ?? [];

const sayOverload: Saying = (summary) => {
  const [, sign = '', of] = /^no such overload: ([!-])(.+)$/.exec(summary) ?? [];
  if (of !== undefined) return `"${sign}" cannot stand before ${sayType(of)}`;
  // There is a blank in the type of an object too.
  const [, left, operator, right] = /^no such overload: (.+?) (in|[-+*/%<>=!]+) (.+)$/.exec(summary) ?? [];
  if (left === undefined || operator === undefined || right === undefined) return null;
  if (operator === 'in') return `"in" looks into a list or an object, and not into ${sayType(right)}`;
  const isOfText = [left, right].map(sayType).includes('a text');
  const advice = isOfText ? '; string(…), int(…) and double(…) convert' : '';
  return `"${operator}" cannot combine ${sayType(left)} and ${sayType(right)}${advice}`;
};

const sayCall: Saying = (summary) => {
  const [, of, name = '', given = ''] = /'(?:(.+)\.)?(\w+)\((.*)\)'/.exec(summary) ?? [];
  if (name === '') return null;
  if (name === 'join') return 'join() takes a list of texts: map(i, string(i)) makes one';
  const types = typesIn(given).map(sayType).join(' and ');
  if (of === undefined) return `${name}() cannot be called with ${types || 'nothing'}`;
  return `${name}() cannot be called on ${sayType(of)}${types === '' ? '' : ` with ${types}`}`;
};

const sayKey: Saying = (summary) => {
  const [, index, bound] = /index (-?[\d.]+) (?:< 0|>= size (\d+))/.exec(summary) ?? [];
  if (index === undefined) return `there is no "${summary.slice(summary.indexOf(':') + 1).trim()}"`;
  const has = bound === undefined ? '' : `the list has ${bound} items, and `;
  return `there is no item ${index}: ${has}items count from 0`;
};

const got: Saying = (summary) => {
  const type = /(?:got|type) '([^']+)'/.exec(summary)?.[1];
  return type === undefined ? null : sayType(type);
};

const sayings: Readonly<Record<string, Saying>> = {
  no_such_overload: sayOverload,
  no_matching_overload: sayCall,
  no_such_key: sayKey,
  index_out_of_bounds: sayKey,
  int_conversion_error: () => 'int() cannot read this as a whole number',
  uint_conversion_error: () => 'uint() cannot read this as a whole number from 0',
  double_conversion_error: () => 'double() cannot read this as a number',
  bool_conversion_error: () => 'bool() cannot read this as true or false',
  numeric_overflow: () => 'the whole number is too large',
  invalid_timestamp: () => 'timestamp() needs a time such as 2026-01-02T03:04:05Z',
  invalid_duration: () => 'duration() needs a duration such as 90s, 1.5h or 1h30m',
  index_out_of_range: (summary) =>
    `${/\.(\w+)\(/.exec(summary)?.[1] ?? 'it'}(): the position is not within the text`,
  invalid_regular_expression: (summary) =>
    `matches(): ${JSON.stringify(summary.slice(summary.indexOf(':') + 2))} is no regular expression`,
  optional_value_missing: () => 'value() is asked of what is not there; orValue(…) says what to take then',
  unknown_variable: (summary) => `there is no "${summary.slice(summary.indexOf(':') + 2)}" here`,
};

/** By how the sentence begins or ends, where several problems have one code. */
const bySentence: readonly (readonly [RegExp, (type: string) => string])[] = [
  [/cannot be range of a comprehension/, (type) => `only a list or an object has items; this is ${type}`],
  [/^Ternary condition/, (type) => `what stands before "?" must be true or false; it is ${type}`],
  [/^Logical operator/, (type) => `"&&" and "||" combine true and false; one side is ${type}`],
  [/predicate must return bool/, (type) => `the condition must be true or false; it came to ${type}`],
];

/** The problem in a sentence. */
export function sayProblem({ code, summary }: CelProblem): string {
  const [, say] = bySentence.find(([sentence]) => sentence.test(summary)) ?? [];
  const type = say && got(summary);
  if (say !== undefined && type != null) return say(type);
  const saying = Object.hasOwn(sayings, code) ? sayings[code]?.(summary) : undefined;
  return saying ?? summary;
}
