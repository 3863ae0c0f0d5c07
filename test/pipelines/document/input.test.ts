import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkDocument } from '../../../src/documents/pipeline/check.js';
import { checkDocumentInput } from '../../../src/pipelines/document/input.js';
import type { Json } from '../../../src/run/steps.js';
import { cpuMsOf } from '../../support/cpu-time.js';

const file = 'examples/pipelines/etl-train-deploy.yaml';

function checked(input: Json) {
  const read = checkDocument(readFileSync(file), { file, platformOf: () => 'domino', methodsOf: () => null });
  if (!read.ok) throw new Error('the example has faults');
  return checkDocumentInput(read.document, input);
}

describe('the input of a document', () => {
  it('gets its defaults', () => {
    expect(checked({ month: '2026-12' })).toEqual({
      ok: true,
      input: { month: '2026-12', tables: ['customers', 'contracts', 'calls'] },
    });
  });

  it('is refused whole, with each place, also where it has a key that nobody reads', () => {
    expect(checked({ month: 'December', tables: ['a b'], mnth: 1 })).toEqual({
      ok: false,
      faults: [
        { pointer: '/month', detail: String.raw`must match ^\d{4}-\d{2}$` },
        { pointer: '/tables/0', detail: 'must match ^[a-z_]+$' },
        { pointer: '/mnth', detail: 'is not known; allowed are month, tables' },
      ],
    });
    expect(checked({})).toEqual({ ok: false, faults: [{ pointer: '/month', detail: 'is missing' }] });
    expect(checked([])).toEqual({ ok: false, faults: [{ pointer: '', detail: 'must be an object' }] });
  });

  it('is refused where its texts would take a slow pattern too long together', () => {
    const text = { type: 'string', pattern: 'a*b' };
    const schema = { type: 'object', properties: { one: text, all: { type: 'array', items: text } } };
    const faultsIn = (input: Json) => {
      const found = checkDocumentInput({ input: schema }, input);
      return found.ok ? [] : found.faults.map(({ pointer }) => pointer);
    };
    const b = (length: number) => `${'a'.repeat(length - 1)}b`;
    expect(faultsIn({ one: b(5_400), all: ['b', 'ab'] })).toEqual([]);
    expect(faultsIn({ one: b(5_500) })).toEqual(['/one']);
    expect(faultsIn({ all: Array.from({ length: 50 }, () => b(1_000)) })).toHaveLength(18);
    const hostile = { all: Array.from({ length: 25 }, () => 'a'.repeat(9_990)) };
    expect(cpuMsOf(() => faultsIn(hostile))).toBeLessThan(500);
    expect(checkDocumentInput({ input: schema }, { one: b(5_500) })).toEqual({
      ok: false,
      faults: [{ pointer: '/one', detail: 'takes too long to match a*b: shorten the texts of the input' }],
    });
    const quick = { type: 'object', additionalProperties: { type: 'string', pattern: '^a*b$' } };
    const long = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`k${n}`, b(9_990)]));
    expect(checkDocumentInput({ input: quick }, long).ok).toBe(true);
  });
});
