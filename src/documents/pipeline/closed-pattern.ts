/** Whether every text that a pattern lets through is one word that a shell leaves as it is. */

/** What a shell interprets, with `^`, which some do. */
const shellReads = /[\s'"`;&|$()<>\\*?[\]{}~#!^\p{Cc}]/u;

const isPlain = (text: string): boolean => !shellReads.test(text);

/** A part of a pattern; what is none of these (`.`, `\s`, `[^…]`, a look-ahead) lets more through than can be told. */
const part =
  /(?<open>\((?:\?:)?(?!\?))|(?<close>\))|(?<or>\|)|\[(?!\^)(?<set>(?:[^\\\]]|\\.)+)\]|\\(?<escaped>.)|(?<many>(?:[*+?]|\{\d+(?:,\d*)?\})\??)|(?<literal>[^.])/suy;

/** Only of a pattern that speaks of the whole text. Refuses more than it must, and never less. */
export function isClosedPattern(pattern: string): boolean {
  const whole = /^\^(.*)\$$/su.exec(pattern)?.[1];
  if (whole === undefined) return false;
  let depth = 0;
  for (let at = 0; at < whole.length; at = part.lastIndex) {
    part.lastIndex = at;
    const { open, close, or, set, escaped, literal } = part.exec(whole)?.groups ?? {};
    if (part.lastIndex <= at) return false;
    depth += Number(open !== undefined) - Number(close !== undefined);
    const isOpen =
      (or !== undefined && depth === 0) || // `^a|b$` speaks of no text as a whole
      (set !== undefined && !isPlainSet(set)) ||
      (escaped !== undefined && !isPlainEscape(escaped)) ||
      (literal !== undefined && !isPlain(literal));
    if (isOpen) return false;
  }
  return true;
}

/**
 * Whether no text that a closed pattern lets through is taken for an option, or for an assignment, where it is a word of its
 * own: none begins with `-`, and none holds `=`. Refuses more than it must, and never less.
 */
export function isOperandPattern(pattern: string): boolean {
  if (!isClosedPattern(pattern) || !isReadable(pattern)) return false;
  const tokens = tokensIn(pattern.slice(1, -1));
  const { begins, end } = alternatives(tokens, 0);
  return end === tokens.length && !begins && !tokens.some((token) => isAdmitted(token, '='));
}

function isReadable(pattern: string): boolean {
  try {
    return new RegExp(pattern, 's').flags === 's';
  } catch {
    return false; // the check of the input says so
  }
}

/** The parts of a closed pattern, each with what follows it to say how often. */
const tokensIn = (closed: string): string[] =>
  [...closed.matchAll(new RegExp(part.source, 'gsu'))].map(([text]) => text);

/** Whether a part that stands for one character lets this one through. */
const isAdmitted = (token: string, sign: string): boolean =>
  !isStructure(token) && new RegExp(`^(?:${token})$`, 's').test(sign);

const isStructure = (token: string): boolean => /^(?:\((?:\?:)?|\)|\||[*+?{].*)$/s.test(token);

/** What is known of a part of a pattern: whether `-` may come first, whether it may be empty, and where it ends. */
interface Beginning {
  readonly begins: boolean;
  readonly isEmpty: boolean;
  readonly end: number;
}

/** Of what stands from here to the end of its group. */
function alternatives(tokens: readonly string[], from: number): Beginning {
  let [begins, isEmpty, at] = [false, false, from];
  for (;;) {
    const one = sequence(tokens, at);
    [begins, isEmpty, at] = [begins || one.begins, isEmpty || one.isEmpty, one.end];
    if (tokens[at] !== '|') return { begins, isEmpty, end: at };
    at += 1;
  }
}

function sequence(tokens: readonly string[], from: number): Beginning {
  let [begins, isEmpty, at] = [false, true, from];
  while (at < tokens.length && tokens[at] !== '|' && tokens[at] !== ')') {
    const one = atom(tokens, at);
    const isLeftOut = /^(?:[*?]|\{0)/.test(tokens[one.end] ?? '');
    begins ||= isEmpty && one.begins;
    isEmpty &&= one.isEmpty || isLeftOut;
    at = one.end + Number(/^[*+?{]/.test(tokens[one.end] ?? ''));
  }
  return { begins, isEmpty, end: at };
}

function atom(tokens: readonly string[], at: number): Beginning {
  const token = tokens[at] ?? '';
  if (!token.startsWith('(')) return { begins: isAdmitted(token, '-'), isEmpty: false, end: at + 1 };
  const inner = alternatives(tokens, at + 1);
  return { ...inner, end: inner.end + 1 };
}

/** `\d`, `\w`, or a sign as it is. */
const isPlainEscape = (escaped: string): boolean => /^[dw\W]$/u.test(escaped) && isPlain(escaped);

function isPlainSet(set: string): boolean {
  const members = [...set.matchAll(/(\\?.)-(\\?.)|\\?./gsu)];
  return members.every(([member, from, to]) => {
    if (from === undefined || to === undefined) return isPlainMember(member);
    return isPlainMember(from) && isPlainMember(to) && isPlainRange(from, to);
  });
}

const isPlainMember = (member: string): boolean =>
  member.startsWith('\\') ? isPlainEscape(member.slice(1)) : isPlain(member);

/** Everything from one character to another; of characters beyond ASCII, nobody has a view. */
function isPlainRange(from: string, to: string): boolean {
  const [first, last] = [from, to].map((one) => one.replace(/^\\(?=.)/su, '').codePointAt(0) ?? 0);
  if (first === undefined || last === undefined || last > 0x7f || /^\\[dw]$/u.test(from)) return false;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) =>
    String.fromCodePoint(first + n),
  ).every(isPlain);
}
