/** Words as a shell reads them. */

/** A command of these words: each is one argument, whatever stands in it. */
export const shellWords = (words: readonly (string | number | boolean)[]): string =>
  words.map((word) => quoted(String(word))).join(' ');

const quoted = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
