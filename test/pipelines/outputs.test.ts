/** Outputs that a person supplies. */
import { describe, expect, it } from '@jest/globals';
import { pipelines } from '../../src/pipelines/built-in.js';
import { outputFault, passedOverFault } from '../../src/pipelines/outputs.js';
import type { Json } from '../../src/run/steps.js';

const pipeline = pipelines['train-and-deploy'];
const built = { environmentId: 'e', revisionId: null, created: false };

describe('an output that is supplied', () => {
  it.each<[string, Json, string | null]>([
    ['environment', built, null],
    ['environment', { ...built, name: 'n', image: null, more: [1] }, null],
    ['environment', { environmentId: 'e' }, 'the output of "environment" lacks revisionId, created'],
    [
      'environment',
      { ...built, created: 1 },
      'in the output of "environment", created must be true or false',
    ],
    ['environment', { ...built, name: 3 }, 'in the output of "environment", name must be a text'],
    ['environment', null, 'the output must be a JSON object'],
    ['environment', [], 'the output must be a JSON object'],
    ['environment', 'e', 'the output must be a JSON object'],
    [
      'other',
      {},
      'there is no step "other"; the steps are environment, revision, build, train, gate, register, deploy',
    ],
  ])('of %s: %j', (step, output, fault) => {
    expect(outputFault(pipeline, step, output)).toBe(fault);
    if (output !== null) expect(passedOverFault(pipeline, step, output)).toBe(fault);
  });

  it('may be none where the pipeline goes on without the step', () => {
    expect(passedOverFault(pipeline, 'gate', null)).toBeNull();
    expect(passedOverFault(pipeline, 'train', null)).toBe('the output of "train" cannot be left out');
    expect(passedOverFault(pipeline, 'other', null)).toContain('there is no step "other"');
  });
});
