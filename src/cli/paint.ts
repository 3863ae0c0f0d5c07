/** Colours and glyphs: the same meaning everywhere, and neither needed to understand a line. */

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

// Escape sequences (CSI, OSC, others), then every control character but the line break.
const sequences =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b.?|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** Text from elsewhere (logs, error messages), made unable to steer the terminal. */
export const harmless = (text: string): string =>
  text.replace(sequences, (found) => (found === '\t' ? ' ' : ''));

/** Cuts to a width, with an ellipsis. Counts code points: good enough where the terminal does not wrap. */
export function cut(text: string, width: number): string {
  const points = Array.from(text);
  return points.length <= width ? text : `${points.slice(0, Math.max(0, width - 1)).join('')}…`;
}
