/** What may be undone, as data. */
import { describe, expect, it } from '@jest/globals';
import { asOfAnother, withStops } from '../../../src/run/undoing/undoing.js';
import { undoCall as call } from '../../support/undo-call.js';

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

describe('calls that go on', () => {
  const made = { id: 'j1', parent: 'p1' };
  const kept = call('train', { made, keep: true, doubt: 'perhaps', told: [{ kind: 'job', id: 'j2' }] });

  it('stop what they have kept where that is asked for, and look for others as before', () => {
    expect(withStops([kept], [call('train', { made: { id: 'j1' } })])).toEqual([
      call('train', { made: { id: 'j1' }, doubt: 'perhaps' }),
    ]);
    expect(withStops([kept], [call('train', { doubt: 'unanswered' })])).toEqual([
      call('train', { made, doubt: 'perhaps' }),
    ]);
  });

  it('are the very same otherwise, for they know more', () => {
    const stopping = call('train', { made, told: [] });
    expect(withStops([stopping], [call('train')])[0]).toBe(stopping);
    expect(withStops([kept], [call('deploy'), { ...kept, told: undefined }])[0]).toBe(kept);
  });
});
