/** What may stand in a text that a shell reads. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isClosedPattern, isOperandPattern } from '../../../src/documents/pipeline/closed-pattern.js';
import { faultsOf } from './faults-of.js';

const shellReads = /[\s'"`;&|$()<>\\*?[\]{}~#!]/;

describe('a closed pattern', () => {
  it.each([
    '^[a-z0-9_-]+$',
    '^\\d{4}-\\d{2}$',
    '^(?:dev|prod)$',
    '^v\\d+(\\.\\d+)*$',
    '^[\\w.-]{1,40}?$',
    '^a/b$',
  ])('is %s', (pattern) => {
    expect(isClosedPattern(pattern)).toBe(true);
  });

  it.each([
    ...[
      '^[^;]+$',
      '^.{1,50}$',
      '^.$',
      '^\\S+$',
      '^\\D$',
      '^\\W+$',
      '^a|b$',
      'a',
      '^a',
      'a$',
      '^a\\$',
      '^[A-z]+$',
    ],
    ...[
      '^[ -~]+$',
      '^[\\s\\S]$',
      '^(?!x)a$',
      '^(?<=a)b$',
      '^[a-ÿ]$',
      '^a b$',
      "^'$",
      '^[\\w-~]$',
      '^[!-9]$',
      '^a\\nb$',
    ],
    ...[
      '^[\\]a]$',
      '^\\x3b$',
      '^\\u003b$',
      '^\\p{L}$',
      '^[\\x3b]$',
      '^\\cJ$',
      '^~$',
      '^#$',
      '^[*-/]$',
      '^[$]$',
    ],
  ])('is not %s', (pattern) => {
    expect(isClosedPattern(pattern)).toBe(false);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      '.',
      '\\s',
      '\\S',
      '\\W',
      '\\d',
      '\\w',
      '\\.',
      '\\$',
      '|',
      '(a|;)',
      '(?:a|b)',
      '[^a]',
      '[a-z]',
      '[A-z]',
    ),
    fc.constantFrom(
      '*',
      '+',
      '?',
      '{1,3}',
      '[\\w.-]',
      '[+-:]',
      '[ -/]',
      '[,-.]',
      '^',
      '$',
      '\\x3b',
      '[\\]]',
      '[a\\-z]',
      '\\/',
    ),
    fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme-ascii' }),
    fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme-ascii' }).map((set) => `[${set}]`),
  );

  it('lets no text through that a shell takes apart', () => {
    const sample = [...Array(128).keys()].map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        fc.array(fc.constantFrom(...sample), { maxLength: 3 }),
        (pieces, text) => {
          const pattern = `^${pieces.join('')}$`;
          if (!isClosedPattern(pattern)) return;
          for (const flags of ['u', '']) {
            let read: RegExp;
            try {
              read = new RegExp(pattern, flags);
            } catch {
              continue;
            }
            const values = [text.join(''), ...sample, ...sample.map((one) => `a${one}`)];
            const through = values.filter((value) => shellReads.test(value) && read.test(value));
            expect([pattern, through]).toEqual([pattern, []]);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe('a pattern of a word of its own', () => {
  it.each([
    '^[a-z0-9][a-z0-9-]*$',
    '^\\d{4}-\\d{2}$',
    '^(?:dev|prod)$',
    '^v\\d+(-\\d+)*$',
    '^(a|b)-c$',
    '^a?b-$',
    '^\\w[\\w.-]{1,40}?$',
  ])('lets no option through: %s', (pattern) => {
    expect(isOperandPattern(pattern)).toBe(true);
  });

  it.each([
    '^[a-z0-9_-]+$',
    '^-?\\d+$',
    '^[\\w.-]{1,40}$',
    '^(a|-b)$',
    '^a*-b$',
    '^(?:a{0,2})(?:b?)-$',
    '^a=b$',
    '^[a-z=]+$',
    '^[+-:]$',
    '^[;]$',
    '^(a$',
    '^a)-(b$',
  ])('may let one through, or an assignment: %s', (pattern) => {
    expect(isOperandPattern(pattern)).toBe(false);
  });

  it('says so of no pattern that does', () => {
    const piece = fc.constantFrom(
      ...['-', '=', 'a', '(a|-)', '(?:b|c)', '[a-z]', '[-a]', '[a=]', '(-?)', '(', ')', '|', '\\d', '\\w'],
      ...['?', '*', '{0,2}', '{1,2}', '+'],
    );
    const texts = ['-', '-a', '-1', 'a=', '=', '-b', 'a=b', '--', '-aa', '1=', '--a', 'aa=', '-=', '-z'];
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const pattern = `^${pieces.join('')}$`;
        if (!isOperandPattern(pattern)) return;
        const read = new RegExp(pattern);
        expect([pattern, texts.filter((text) => read.test(text))]).toEqual([pattern, []]);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('a value in a command', () => {
  const document = (schema: string, step: string) => `longhaul: pipeline/v1
pipeline: x
connection: domino-dev
input: { properties: { cmd: ${schema} }, required: [cmd] }
steps:
  a: { uses: job, ${step} }
`;
  const faults = (schema: string, command: string, more = '') =>
    faultsOf(document(schema, `${more}with: { project: a/b, command: '${command}' }`));
  const open = [expect.stringContaining('a shell reads command, and this text may hold anything')];

  it.each([
    '{}',
    '{ type: string }',
    '{ pattern: "^[a-z]+$" }',
    '{ format: date }',
    '{ type: [string, number] }',
  ])('is refused of %s, also where it is all of it', (schema) => {
    expect(faults(schema, '${{ input.cmd }}')).toEqual(open);
    expect(faults(schema, 'go ${{ input.cmd }}')).toEqual(open);
  });

  it('is refused of an item of a list without a type, and of an output', () => {
    expect(faults('{ type: array }', '${{ item }}', "each: '${{ input.cmd }}', ")).toEqual(open);
    expect(faults('{ type: array, items: {} }', 'go ${{ item }}', "each: '${{ input.cmd }}', ")).toEqual(
      open,
    );
    const text = document(
      '{ type: string }',
      `with: { project: a/b, command: go } }
  b: { uses: http, with: { service: features, path: /x } }
  c: { uses: job, with: { project: a/b, command: '\${{ steps.b.body }}' }`,
    );
    expect(faultsOf(text)).toEqual(open);
  });

  it('stands there where its schema closes it, and as a list, which is quoted', () => {
    expect(faults('{ type: string, pattern: "^[a-z]+$" }', '${{ input.cmd }}')).toEqual([]);
    expect(faults('{ type: string, format: date }', 'go ${{ input.cmd }}')).toEqual([]);
    expect(faults('{ enum: [a, b] }', 'go ${{ input.cmd }}')).toEqual([]);
    expect(faults('{ type: array, items: { type: string } }', '${{ input.cmd }}')).toEqual([]);
    expect(
      faults('{ type: array, items: { type: integer } }', 'go ${{ item }}', "each: '${{ input.cmd }}', "),
    ).toEqual([]);
  });

  it('may begin with "-" or hold "=" within a word, and not where a word begins with it', () => {
    const schema = '{ type: string, pattern: "^[a-z=-]+$" }';
    const option = [expect.stringContaining('a word of command begins with this text')];
    for (const command of [
      '${{ input.cmd }}',
      'go ${{ input.cmd }}',
      'go "${{ input.cmd }}"',
      'a;${{ input.cmd }}',
    ])
      expect(faults(schema, command)).toEqual(option);
    for (const command of [
      'go --name=${{ input.cmd }}',
      'go --name="${{ input.cmd }}"',
      'go run-${{ input.cmd }}',
    ])
      expect(faults(schema, command)).toEqual([]);
    expect(faults('{ type: string, pattern: "^[a-z][a-z-]*$" }', 'go ${{ input.cmd }}')).toEqual([]);
  });
});

describe('a text that a shell of the platform reads', () => {
  const document = (step: string) => `longhaul: pipeline/v1
pipeline: x
connection: domino-dev
input: { properties: { cmd: { type: string }, day: { type: string, format: date }, body: {} }, required: [cmd, day, body] }
steps:
  ${step}
`;
  const call = (body: string) =>
    document(`a: { uses: call, with: { endpoint: domino.jobs.start, body: ${body} } }`);

  it('is refused of `call` where it may hold anything, also as a part of a whole body', () => {
    expect(faultsOf(call(`{ projectId: p, runCommand: 'go \${{ input.cmd }}' }`))).toEqual([
      expect.stringContaining('a shell reads body.runCommand, and this text may hold anything: close it'),
    ]);
    expect(faultsOf(call(`'\${{ input.body }}'`))).toEqual([
      expect.stringContaining('body holds runCommand, which a shell reads: write its keys out'),
    ]);
    expect(faultsOf(call(`{ projectId: '\${{ input.cmd }}', runCommand: 'go \${{ input.day }}' }`))).toEqual(
      [],
    );
  });

  it('is refused of a Dockerfile likewise', () => {
    const environment = (dockerfile: string) =>
      document(
        `a: { uses: environment, with: { name: x, base: { image: i }, dockerfile: 'RUN pip install \${{ ${dockerfile} }}' } }`,
      );
    expect(faultsOf(environment('input.cmd'))).toEqual([
      expect.stringContaining('a shell reads dockerfile, and this text may hold anything'),
    ]);
    expect(faultsOf(environment('input.day'))).toEqual([]);
  });
});
