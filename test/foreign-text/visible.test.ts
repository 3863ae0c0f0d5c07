import { describe, expect, it } from '@jest/globals';
import { auditLines } from '../../src/cli/access/audit.js';
import { visible, visibleLines } from '../../src/foreign-text/visible.js';

describe('what is not seen in a text', () => {
  it.each([
    ['a line break', 'a\nb', 'a\\nb'],
    ['a carriage return', 'a\rb', 'a\\rb'],
    ['the begin of an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['its form in one character', '\u009b2J', '\\u009b2J'],
    ['a turn of direction', 'a\u202etxt.exe', 'a\\u202etxt.exe'],
    ['an isolate', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['nothing of no width', 'pay\u200bload\ufeff\u2060', 'pay\\u200bload\\ufeff\\u2060'],
    ['a separator of lines', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
    ['a letter without a shape', 'a\u3164b', 'a\\u3164b'],
    ['a tag beyond the basic plane', 'a\u{e0041}b', 'a\\udb40\\udc41b'],
    ['half of a pair', 'a\ud800b', 'a\\ud800b'],
  ])('is shown: %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(JSON.parse(visible(JSON.stringify({ text })))).toEqual({ text });
  });

  it('is nothing in what people write', () => {
    const text = 'f1(macro) ≥ 0,93 — Größe R² 日本語 שלום 😀 a\\nb\tc';
    expect(visible(text)).toBe(text);
  });

  it('does not include the breaks of lines that are meant', () => {
    expect(visibleLines('a\r\nb\u202e')).toBe('a\\r\nb\\u202e');
  });
});

describe('the table of the audit log', () => {
  it('has one line for each entry, whatever its reason and its actor say', () => {
    const record = {
      id: '1',
      at: '2026-11-29T05:00:00.000Z',
      actor: 'ada\u202e',
      actorKind: 'key',
      action: 'run.cancel',
      object: 'train.a',
      reason: 'x\n2026-11-29T05:00:01Z  key eve  run.approve  train.b  ok',
      outcome: 'ok',
    } as const;
    expect(auditLines([record])).toEqual([
      'TIME                  ACTOR          ACTION      OBJECT   OUTCOME  WHY',
      '2026-11-29T05:00:00Z  key ada\\u202e  run.cancel  train.a  ok       x\\n2026-11-29T05:00:01Z  key eve  run.approve  train.b  ok',
    ]);
  });
});
