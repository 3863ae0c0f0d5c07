/** Colours and glyphs: the same meaning everywhere, and neither needed to understand a line. */
import { visible, visibleLines } from '../../foreign-text/visible.js';

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof styles;

/** Writes text in a style, or as it is where colours are off. */
export type Paint = (style: Style, text: string) => string;

export const plainPaint: Paint = (_style, text) => text;

/** With ANSI escape sequences. */
export const ansiPaint: Paint = (style, text) => {
  const [on, off] = styles[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

export type ColorChoice = 'auto' | 'always' | 'never';

/** Whether to colour: an explicit choice wins, then NO_COLOR and FORCE_COLOR, then the terminal. */
export function paintFor(
  choice: ColorChoice,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  if (choice !== 'auto') return choice === 'always' ? ansiPaint : plainPaint;
  if (env['NO_COLOR']) return plainPaint;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return ansiPaint;
  return isTerminal && env['TERM'] !== 'dumb' ? ansiPaint : plainPaint;
}

/**
 * Text from elsewhere (logs, error messages, reasons, names) in one line: what would break the line, steer the terminal
 * or turn the order of reading is shown escaped.
 */
export const harmless = (text: string): string => visible(text.replaceAll('\t', ' '));

const ownStyles = new RegExp(
  `(${Object.values(styles)
    .flat()
    .map((code) => `\u001b\\[${code}m`)
    .join('|')})`,
);

/**
 * The last net before a terminal, for what nobody has made harmless: keeps line breaks and the styles of `ansiPaint`. JSON
 * stays the same JSON.
 */
export const steerless = (text: string): string =>
  text
    .split(ownStyles)
    .map((part) => (ownStyles.test(part) ? part : visibleLines(part)))
    .join('');

/** Cuts to a width, with an ellipsis. Counts code points: good enough where the terminal does not wrap. */
export function cut(text: string, width: number): string {
  const points = Array.from(text);
  return points.length <= width ? text : `${points.slice(0, Math.max(0, width - 1)).join('')}…`;
}
