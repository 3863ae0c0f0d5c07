/** What may be undone, as data. */
import { describe, expect, it } from '@jest/globals';
import { asOfAnother } from '../../src/pipeline/undoing.js';

describe('an output of another run', () => {
  it('claims neither that this run has made it nor that more of it may come', () => {
    expect(asOfAnother({ environmentId: 'e1', revisionId: null, created: true, inDoubt: true })).toEqual({
      environmentId: 'e1',
      revisionId: null,
      created: false,
    });
    expect(asOfAnother({ jobId: 'j1', inDoubt: true })).toEqual({ jobId: 'j1' });
  });

  it('is the very same where it claims neither', () => {
    const outputs = [null, 'text', ['created'], { jobId: 'j1' }, { revisionId: 'r1', created: false }];
    for (const output of outputs) expect(asOfAnother(output)).toBe(output);
  });
});
