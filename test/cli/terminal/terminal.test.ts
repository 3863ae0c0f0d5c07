/** How wide what people read may be. */
import { describe, expect, it } from '@jest/globals';
import { folded, widthOf } from '../../../src/cli/terminal/terminal.js';

describe('the width of an output', () => {
  it.each([
    ['that of the terminal', { isTTY: true, columns: 120 }, { COLUMNS: '80' }, 120],
    [
      'what COLUMNS states, of a terminal that does not know',
      { isTTY: true, columns: 0 },
      { COLUMNS: '60' },
      60,
    ],
    ['80 of a terminal, where nobody knows', { isTTY: true, columns: 0 }, {}, 80],
    ['what COLUMNS states, of a pipe', { isTTY: false, columns: 0 }, { COLUMNS: '80' }, 80],
    ['without end, of a pipe', { isTTY: false, columns: 0 }, {}, Infinity],
  ])('is %s', (_, stream, env, width) => {
    expect(widthOf(stream, env)).toBe(width);
  });

  it('folds every line, and nothing of the cure is lost', () => {
    const lines = folded(
      '  train is parked: PERMISSION_DENIED: POST /api/jobs/v1/jobs on domino-prod answered 403\n  next: longhaul run resolve train-and-deploy.nightly-2026-11-21 --step train --retry --reason "…"',
      80,
    );
    expect(
      lines
        .trimEnd()
        .split('\n')
        .every((line) => line.length <= 80),
    ).toBe(true);
    expect(lines.replaceAll(/ \\\n +/g, ' ')).toContain(
      'longhaul run resolve train-and-deploy.nightly-2026-11-21 --step train --retry --reason "…"',
    );
  });
});
