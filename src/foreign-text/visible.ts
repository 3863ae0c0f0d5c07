/** What steers a terminal or turns the order of what is read, shown as what it is. */

// Control characters (C0, DEL, C1), format characters (bidi, zero-width, tags), separators of lines and paragraphs,
// halves of surrogate pairs, and letters that look like nothing. Not the tab, which moves nothing but to the right.
const unseen =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\b': '\\b', '\f': '\\f' };

/**
 * A text in one line in which nothing is hidden: a line break is `\n`, a turn of direction `\u202e`. In JSON, where such
 * characters stand within strings alone, the escapes mean the same characters.
 */
export const visible = (text: string): string => text.replace(unseen, escapeOf);

/** The same, of a text whose own line breaks are meant to break lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

function escapeOf(found: string): string {
  const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
  return short[found] ?? units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
