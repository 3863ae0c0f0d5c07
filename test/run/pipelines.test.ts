import { describe, expect, it } from '@jest/globals';
import { outputFault, passedOverFault } from '../../src/pipelines/outputs.js';
import { pipelines } from '../../src/pipelines/built-in.js';
import type { Json } from '../../src/run/steps.js';

const decided = { verdict: 'retrain', reason: 'by hand' };
const trained = { projectId: 'p', jobId: 'j', metrics: {}, experimentRunId: null, outputCommitId: null };
const deployed = { modelApiId: 'm', versionId: 'v' };
const fault = (step: string, output: Json): string | null => outputFault(pipelines.retrain, step, output);

describe('the output of a step that a person supplies', () => {
  it.each<[string, Json]>([
    ['decide', decided],
    ['decide', { ...decided, evidence: [{ condition: 'always', verdict: 'holds' }], decidedAt: 'now' }],
    ['train', { ...trained, number: 1, link: 'x', logTail: ['done'], metrics: { accuracy: 0.9 } }],
    ['deploy', { ...deployed, number: null, previous: null }],
    ['deploy', { ...deployed, previous: { modelApiId: 'm', versionId: 'u', number: 1 } }],
    ['compare', { better: true }],
  ])('may hold more than what is read: %s', (step, output) => {
    expect(fault(step, output)).toBeNull();
  });

  it.each<[string, Json, string]>([
    ['fly', {}, 'there is no step "fly"; the steps are decide, '],
    ['toString', {}, 'there is no step "toString"'],
    ['train', [], 'the output must be a JSON object'],
    ['train', null, 'the output must be a JSON object'],
    ['deploy', { modelApiId: 'm' }, 'the output of "deploy" lacks versionId'],
    [
      'decide',
      { ...decided, verdict: 'yes' },
      'verdict must be one of "retrain", "skip", "undecided", "busy"',
    ],
    ['decide', { ...decided, evidence: {} }, 'evidence must be a list of objects with condition'],
    ['decide', { ...decided, evidence: [null] }, 'evidence must be a list of objects with condition'],
    [
      'train',
      { ...trained, metrics: null },
      'in the output of "train", metrics must be an object of numbers',
    ],
    ['train', { ...trained, metrics: { accuracy: '0.9' } }, 'metrics must be an object of numbers'],
    ['train', { ...trained, jobId: '' }, 'jobId must be an id'],
    ['train', { ...trained, experimentRunId: 7 }, 'experimentRunId must be an id or null'],
    ['register', { model: 'iris', version: '1' }, 'version must be a number'],
    [
      'deploy',
      { ...deployed, previous: {} },
      'previous must be an object with modelApiId and versionId or null',
    ],
    ['watch', { well: 'yes' }, 'well must be true or false'],
  ])('is refused where those who read it could not: %s %j', (step, output, said) => {
    expect(fault(step, output)).toContain(said);
  });

  it('may be null where the step was passed over and the pipeline goes on without it', () => {
    const without = (name: 'retrain' | 'train-and-deploy'): string[] =>
      Object.keys(pipelines[name].steps).filter(
        (step) => passedOverFault(pipelines[name], step, null) === null,
      );
    const before = ['environment', 'revision', 'build', 'gate'];
    expect(without('train-and-deploy')).toEqual([...before, 'register', 'deploy']);
    expect(without('retrain')).toEqual([...before, 'compare', 'approve', 'watch']);
    expect(passedOverFault(pipelines.retrain, 'train', null)).toBe(
      'the output of "train" cannot be left out',
    );
  });
});
