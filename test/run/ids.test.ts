/** Names and ids. */
import { describe, expect, it } from '@jest/globals';
import {
  activitiesQueue,
  activityIdOf,
  hasOwnKey,
  holdKeyOf,
  modelOf,
  ownKeyOf,
  pipelineNamePattern,
  pipelineOf,
  runIdOf,
  runIdPattern,
  runKeyPattern,
  stepOfActivityId,
} from '../../src/run/ids.js';

const place = { connection: 'dev', project: 'a/b' };

describe('a model', () => {
  it('is held by its name, or that of its model API', () => {
    const both = { ...place, register: { model: 'm' }, deploy: { modelApi: 'api' } };
    expect(holdKeyOf(both)).toBe('dev.model.m');
    expect(holdKeyOf({ ...place, deploy: { modelApi: 'api' } })).toBe('dev.model-api.a/b.api');
    expect(holdKeyOf(place)).toBeNull();
  });

  it('is called by its model API, or its name', () => {
    expect(modelOf({ ...place, register: { model: 'm' }, deploy: { modelApi: 'api' } })).toBe('dev/a/b/api');
    expect(modelOf({ ...place, register: { model: 'm' } })).toBe('dev/a/b/m');
    expect(modelOf(place)).toBeNull();
  });
});

describe('the id of a run', () => {
  it('is its pipeline and its key', () => {
    expect(runIdOf('train', 'a.b')).toBe('train.a.b');
    expect([pipelineOf('train.a.b'), pipelineOf('train')]).toEqual(['train', 'train']);
    expect(ownKeyOf('k')).toBe('_k');
    expect([hasOwnKey('train._k'), hasOwnKey('train.k_'), hasOwnKey('_train.k')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    [
      pipelineNamePattern,
      ['a', 'a-1', `a${'b'.repeat(62)}`],
      ['', 'A', '1a', 'a.b', `a${'b'.repeat(63)}`, 'xA a'],
    ],
    [runKeyPattern, ['a', '1', 'A.b_c:d-e', 'a'.repeat(128)], ['', '.a', '_a', 'a b', 'a'.repeat(129)]],
    [runIdPattern, ['a.b', 'a-1._k.l'], ['a', 'A.b', 'a.', 'a.__k', ' a.b', 'a.b ']],
  ])('is like %s', (pattern, are, areNot) => {
    expect(are.filter((text) => !pattern.test(text))).toEqual([]);
    expect(areNot.filter((text) => pattern.test(text))).toEqual([]);
  });
});

it('an activity says its step, whose queue is that of its connection', () => {
  expect(activitiesQueue('dev')).toBe('activities.dev');
  expect(activityIdOf('train.3', 12)).toBe('train.3.12');
  expect([stepOfActivityId('train.3.12'), stepOfActivityId('train')]).toEqual(['train.3', 'train']);
});
