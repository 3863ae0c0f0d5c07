/** Where a command writes: results to standard output, everything else to standard error. */
import { once } from 'node:events';
import type { WriteStream } from 'node:tty';
import { environment } from '../../config.js';
import { type ColorChoice, type Paint, paintFor, steerless } from './paint.js';
import { foldLine, lineWidth } from './table.js';

export interface Terminal {
  /** Writes a line of the result; for people, what is too wide goes on below. */
  result(text: string): void;
  /** Writes a result as it is, however wide: a file, or a line of a log. Resolves when there is room for more. */
  raw(text: string): Promise<void>;
  /** Writes a line of progress or advice, folded as a result is. */
  say(text: string): void;
  /** Writes to standard error as it is, without a line break. */
  draw(text: string): void;
  /** Whether progress can be redrawn in place. */
  readonly isLive: boolean;
  readonly columns: () => number;
  /** How wide a line of the result may be; without end where nobody has said. */
  readonly resultWidth: () => number;
  readonly rows: () => number;
  readonly paintResult: Paint;
  readonly paintProgress: Paint;
}

/** The terminal of this process; it folds what is for people. */
export function openTerminal(
  color: ColorChoice,
  { isForPeople }: { readonly isForPeople: boolean },
): Terminal {
  const env = environment();
  const { stdout, stderr } = process;
  return {
    result: (text) => void stdout.write(folded(text, isForPeople ? widthOf(stdout, env) : Infinity)),
    raw: async (text) => {
      if (!stdout.write(`${steerless(text)}\n`)) await once(stdout, 'drain');
    },
    say: (text) => void stderr.write(folded(text, isForPeople ? widthOf(stderr, env) : Infinity)),
    draw: (text) => void stderr.write(text),
    isLive: stderr.isTTY && env['TERM'] !== 'dumb' && !env['CI'],
    columns: () => stderr.columns || numberIn(env['COLUMNS']) || lineWidth,
    resultWidth: () => widthOf(stdout, env),
    rows: () => stderr.rows || 24,
    paintResult: paintFor(color, stdout.isTTY, env),
    paintProgress: paintFor(color, stderr.isTTY, env),
  };
}

/** Of a terminal its own width; of anything else that which COLUMNS states: what is piped stays on its line. */
export const widthOf = (
  { isTTY, columns }: Pick<WriteStream, 'isTTY' | 'columns'>,
  { COLUMNS }: Readonly<Record<string, string | undefined>>,
): number => (isTTY && columns) || numberIn(COLUMNS) || (isTTY ? lineWidth : Infinity);

const numberIn = (text: string | undefined): number => (/^[1-9]\d{0,4}$/.test(text ?? '') ? Number(text) : 0);

/** Lines as they are written, none wider than this. */
export const folded = (text: string, width: number): string =>
  steerless(text)
    .split('\n')
    .flatMap((line) => foldLine(line, width))
    .map((line) => `${line}\n`)
    .join('');
