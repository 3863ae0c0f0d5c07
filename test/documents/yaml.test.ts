import { describe, expect, it } from '@jest/globals';
import { DocumentFault, parseYaml } from '../../src/documents/yaml.js';
import { cpuMsOf } from '../support/cpu-time.js';

const parse = (text: string | Uint8Array, maxBytes?: number): unknown =>
  parseYaml(typeof text === 'string' ? Buffer.from(text) : text, {
    name: 'some.yaml',
    ...(maxBytes && { maxBytes }),
  }).value;

/** What is said of a document that is refused. */
function faultOf(text: string | Uint8Array): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof DocumentFault) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

/** Lists of lists: level by level ten times as much, in a few hundred bytes. */
const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  .concat(
    ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((key, at) => {
      const before = 'abcdefghi'[at];
      return `${key}: &${key} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`;
    }),
  )
  .join('\n');

describe('a YAML document', () => {
  it('may use an anchor a hundred times, and one within another', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `step${index}: *shared`);
    const text = `base: &base {image: x}\nshared: &shared {base: *base, cores: 4}\n${lines.join('\n')}\n`;
    const value = parse(text) as Record<string, unknown>; // a map, as it stands there
    expect(value['step99']).toEqual({ base: { image: 'x' }, cores: 4 });
    expect(Object.keys(value)).toHaveLength(102);
  });

  it('may be JSON, empty, and begin with a byte order mark', () => {
    expect(parse('{"a": [1, true, null]}')).toEqual({ a: [1, true, null] });
    expect(parse('')).toBeNull();
    expect(parse('\uFEFFa: ä\r\n')).toEqual({ a: 'ä' });
  });

  it('says on which line a key is, or the nearest above it', () => {
    const { lineOf } = parseYaml(Buffer.from('a:\n  b: 1\n  c: [1,\n    2]\n'), { name: 'x' });
    expect(lineOf(['a', 'c', 1])).toBe(4);
    expect(lineOf(['a', 'none', 'deeper'])).toBe(2);
    expect(lineOf(['none'])).toBeUndefined();
  });
});

describe('what is refused as a document', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['UTF-16 with its mark', Buffer.from('\uFEFFa: 1\n', 'utf16le'), 'some.yaml is UTF-16: save it as UTF-8'],
    [
      'UTF-16 the other way round',
      Buffer.from('\uFEFFa: 1', 'utf16le').swap16(),
      'some.yaml is UTF-16: save it as UTF-8',
    ],
    [
      'UTF-16 without its mark',
      Buffer.from('a: 1\n', 'utf16le'),
      'some.yaml is not text: it holds bytes that no text has; is it UTF-16, or another file?',
    ],
    ['another encoding', Buffer.from('a: f\xfcr\n', 'latin1'), 'some.yaml is not UTF-8 text'],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0x80]), 'some.yaml is not UTF-8 text'],
    [
      'a bomb of aliases',
      bomb,
      'some.yaml: its aliases make it many times as large as it is at line 6, column 7',
    ],
    [
      'an anchor within itself',
      'a: &a [1, *a]\n',
      'some.yaml: an anchor is used within itself at line 1, column 7',
    ],
    ['an alias without an anchor', 'a: *b\n', 'some.yaml: an alias without its anchor at line 1, column 4'],
    [
      'aliases without end',
      `a: &a x\nall: [${Array.from({ length: 10_001 }, () => '*a').join(', ')}]`,
      'some.yaml: it has more than 10000 aliases at line 2',
    ],
    ['a key twice', 'x:\n  a: 1\n  a: 2\n', 'some.yaml: the same key is there twice at line 3, column 3'],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      'some.yaml: it holds several documents, and one is read at line 2, column 1',
    ],
    ['a list as a key', '? [a]\n: 1\n? [a]\n: 2\n', 'some.yaml: a key is no text at line 1, column 3'],
    ['an alias as a key', 'x: &a b\ny: {*a : 1, b: 2}\n', 'some.yaml: a key is no text at line 2, column 5'],
    ['a tag of its own', 'a: !secret b\n', 'some.yaml: a tag is used that is not known at line 1, column 4'],
    [
      'bytes in a tag',
      'a: !!binary aGk=\n',
      'some.yaml: a tag is used that is not known at line 1, column 4',
    ],
    ['nesting without end', '['.repeat(50_000), 'some.yaml: it is nested too deeply at line 1'],
    [
      'more than a hundred levels',
      `${'['.repeat(101)}x${']'.repeat(101)}`,
      'some.yaml: it is nested too deeply at line 1, column 102',
    ],
    [
      'more than a hundred levels by aliases',
      `a: &a ${'['.repeat(60)}x${']'.repeat(60)}\nb: ${'['.repeat(40)}*a${']'.repeat(40)}`,
      'some.yaml: it is nested too deeply at line 2, column 44',
    ],
    ['more than 1 MiB', 'a: '.padEnd(1024 * 1024 + 1, 'x'), 'some.yaml is larger than 1 MiB'],
  ])('%s', (_, text, message) => {
    expect(faultOf(text)).toContain(message);
  });

  it('is never shown: neither a secret in the wrong place nor a line of it', () => {
    for (const text of [
      'a: {b: "hunter2" hunter2}\n',
      'key: hunter2: hunter2\n',
      '- hunter2\nhunter2: 1\n',
      'a: "hunter2\n',
      'a: |hunter2\n b\n',
      'a: !hunter2 b\n',
      'a: !<hunter2 b\n',
      'a: *hunter2\n',
      'a: "\\uhunter2"\n',
      '%hunter2\n---\na: 1\n',
      '%YAML hunter2\n---\na: 1\n',
    ])
      expect(faultOf(text)).not.toContain('hunter2');
  });

  it('costs little, however many keys and aliases it has', () => {
    const keys = Array.from({ length: 30_000 }, (_, index) => `k${index}: 12345`).join('\n');
    const ms = cpuMsOf(() => {
      expect(Object.keys(parse(keys) as object)).toHaveLength(30_000);
    });
    expect(ms).toBeLessThan(8_000); // it is 14 s where each key is compared with each
    const aliases = `a: &a x\nall: [${Array.from({ length: 10_000 }, () => '*a').join(', ')}]`;
    expect((parse(aliases) as { all: unknown[] }).all).toHaveLength(10_000);
  });
});
