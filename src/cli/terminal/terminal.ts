/** Where a command writes: results to standard output, everything else to standard error. */
import { environment } from '../../config.js';
import { type ColorChoice, type Paint, paintFor, steerless } from './paint.js';

export interface Terminal {
  /** Writes a line of the result. */
  result(text: string): void;
  /** Writes a line of progress or advice. */
  say(text: string): void;
  /** Writes to standard error as it is, without a line break. */
  draw(text: string): void;
  /** Whether progress can be redrawn in place. */
  readonly isLive: boolean;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly paintResult: Paint;
  readonly paintProgress: Paint;
}

/** The terminal of this process. */
export function openTerminal(color: ColorChoice): Terminal {
  const env = environment();
  const { stdout, stderr } = process;
  return {
    result: (text) => void stdout.write(`${steerless(text)}\n`),
    say: (text) => void stderr.write(`${steerless(text)}\n`),
    draw: (text) => void stderr.write(text),
    isLive: stderr.isTTY && env['TERM'] !== 'dumb' && !env['CI'],
    columns: () => stderr.columns || 80,
    rows: () => stderr.rows || 24,
    paintResult: paintFor(color, stdout.isTTY, env),
    paintProgress: paintFor(color, stderr.isTTY, env),
  };
}
