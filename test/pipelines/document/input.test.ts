import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkDocument } from '../../../src/documents/pipeline/check.js';
import { checkDocumentInput } from '../../../src/pipelines/document/input.js';
import type { Json } from '../../../src/run/steps.js';

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
});
