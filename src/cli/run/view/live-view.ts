/** Lines redrawn in place at the bottom of a terminal. */
import { cut, steerless } from '../../terminal/paint.js';
import type { Terminal } from '../../terminal/terminal.js';

export interface LiveView {
  /** Replaces what is shown now; draws nothing when nothing has changed. Advice stays in sight below the lines. */
  show(lines: readonly string[], advice?: readonly string[]): void;
  /** Leaves the last lines where they are and gives the cursor back. */
  done(): void;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
// Without wrapping one line is one row, whatever the width of its characters, so going up finds the first one.
const noWrap = '\u001b[?7l';
const wrap = '\u001b[?7h';
const clearToEnd = '\u001b[J';

/** A view of the terminal, which must be live. Its cursor comes back also when the process ends early. */
export function openLiveView(terminal: Terminal): LiveView {
  let shown: readonly string[] = [];
  let isOpen = false;
  const giveBack = (): void => {
    if (isOpen) terminal.draw(showCursor);
    isOpen = false;
  };
  return {
    show: (lines, advice = []) => {
      if (!isOpen) process.once('exit', giveBack);
      const fitting = inSight(lines, advice, Math.max(1, terminal.rows() - 1)).map((line) =>
        fit(steerless(line), terminal.columns()),
      );
      if (isOpen && fitting.join('\n') === shown.join('\n')) return;
      const up = shown.length === 0 ? '' : `\u001b[${shown.length}A`;
      terminal.draw(`${hideCursor}${noWrap}${up}\r${clearToEnd}${fitting.join('\n')}\n${wrap}`);
      shown = fitting;
      isOpen = true;
    },
    done: () => {
      process.off('exit', giveBack);
      giveBack();
      shown = [];
    },
  };
}

/** What fits into so many rows: of the lines that are too many the first, and how many there are more. */
export function inSight(lines: readonly string[], advice: readonly string[], rows: number): string[] {
  const room = rows - advice.length;
  if (lines.length <= room) return [...lines, ...advice];
  if (room <= 0) return advice.slice(0, rows);
  return [...lines.slice(0, room - 1), `  … ${lines.length - room + 1} lines more`, ...advice];
}

/** Cuts by what is seen: the colours that `paint` adds take no room and stay balanced. */
function fit(line: string, columns: number): string {
  const parts = line.split(/(\u001b\[\d+m)/);
  let left = columns - 1;
  const fitting = parts.map((part) => {
    if (part.startsWith('\u001b')) return part;
    const piece = left > 0 ? cut(part, left) : '';
    left -= Array.from(part).length;
    return piece;
  });
  return fitting.join('');
}
