/** The names of items, and the steps that they are of. */
import { describe, expect, it } from '@jest/globals';
import { itemName, itemOf } from '../../src/steps/ends.js';
import { stepNamed } from '../../src/steps/named.js';
import { documentPipeline } from '../../src/pipelines/document/pipeline.js';
import { documentOf } from '../support/documents.js';

describe('the name of an item', () => {
  it('is that of its step and its place', () => {
    expect(itemName('train', 3)).toBe('train.3');
    expect(itemOf('train.3')).toEqual({ step: 'train', index: 3 });
    expect(itemOf('train.499')).toEqual({ step: 'train', index: 499 });
  });

  it.each(['train', 'train.', 'train.x', 'a.b.1', '.1', 'a.1b', 'a.1.b'])('is none: %s', (name) => {
    expect(itemOf(name)).toBeNull();
  });
});

describe('a step by its name', () => {
  const { steps } = documentPipeline(
    documentOf(
      'dev',
      `  one: { uses: job, with: { project: a/b, command: python one.py } }
  many: { uses: job, each: [1, 2], with: { project: a/b, command: "python x.py \${{ item }}" } }`,
    ),
    { runId: 'mine.r', startedAt: '2026-11-29T00:00:00.000Z' },
  );

  it('is itself, or the step of an item, whose output is that of its kind', () => {
    expect(Object.keys(stepNamed(steps, 'one')?.holds ?? {})).toContain('jobId');
    expect(stepNamed(steps, 'many')?.holds).toEqual({ items: 'a list of objects' });
    expect(Object.keys(stepNamed(steps, 'many.1')?.holds ?? {})).toContain('jobId');
  });

  it.each(['other', 'one.0', 'other.0', 'constructor'])('is none: %s', (name) => {
    expect(stepNamed(steps, name)).toBeNull();
  });
});
