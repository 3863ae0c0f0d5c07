/** Line ends: editors differ in them, and nobody sees it. */

/** The same text with `\n` at the end of each line. */
export const withUnixLineEnds = (text: string): string => text.replaceAll(/\r\n?/g, '\n');
