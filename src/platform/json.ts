/** JSON as platforms and services really write it. */

/**
 * A text, or one of the numbers that JSON has no word for; Python writes these as JavaScript does. A text that is cut off goes to
 * the end: each quotation mark in it would begin another one.
 */
const textOrNumber = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/g;

/**
 * Parses JSON. `NaN` and `Infinity` become the texts that they are written as: what has them is read all the same, and is
 * said to be no number.
 * @throws SyntaxError for what is not whole JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replaceAll(textOrNumber, (word) => (word.startsWith('"') ? word : `"${word}"`)));
  }
}
