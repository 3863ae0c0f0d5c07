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
