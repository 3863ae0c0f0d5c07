/** What depends on what is undone, by the tables of the wings. */
import { describe, expect, it } from '@jest/globals';
import { besideOutput, kindOf, madeIn, untried } from '../../src/steps/undoings.js';
import { undoCall as call } from '../support/undo-call.js';

describe('of a step whose output a person has supplied', () => {
  const output = { jobId: 'j1', projectId: 'p1', metrics: {} };
  const started = (id: string) => call('train', { made: { id } });

  it('all is undone that the output does not name', () => {
    for (const one of [started('j2'), call('train')]) {
      expect(besideOutput(one, null)).toBe(one);
      expect(besideOutput(one, { metrics: {} })).toBe(one);
    }
    expect(besideOutput(started('j2'), output)).toEqual(started('j2'));
  });

  it('the object stays that the output names, and whatever may be beside it goes', () => {
    expect(besideOutput(started('j1'), output)).toBeNull();
    expect(besideOutput(call('train', { doubt: 'unanswered' }), output)).toEqual(
      call('train', { made: { id: 'j1' }, keep: true, doubt: 'perhaps' }),
    );
    expect(besideOutput({ ...started('j1'), doubt: 'perhaps' }, output)).toEqual(
      call('train', { made: { id: 'j1' }, keep: true, doubt: 'perhaps' }),
    );
  });

  it('a version is known with its model API, and nothing by a name that is no text', () => {
    const deploy = call('deploy', { target: { undo: 'stopModelApiVersion' }, doubt: 'unanswered' });
    const named = { versionId: 'v1', modelApiId: 'm1' };
    expect(besideOutput(deploy, named)?.made).toStrictEqual({ id: 'v1', parent: 'm1' });
    expect(besideOutput(call('train', { doubt: 'unanswered' }), output)?.made).toStrictEqual({
      ...{ id: 'j1', parent: undefined },
    });
    for (const odd of [{ versionId: 7 }, 'versionId', ['versionId'], null])
      expect(besideOutput(deploy, odd)).toBe(deploy);
  });

  it('a build is left that may be the one of the revision that it names', () => {
    const target = { undo: 'cancelBuild', environmentId: 'e1' } as const;
    expect(besideOutput(call('revision', { target, doubt: 'unanswered' }), { revisionId: 'r1' })).toBeNull();
  });
});

describe('what an effect is about', () => {
  it('is told by the wing that has it, and nothing is guessed of one that no wing has', () => {
    expect(kindOf(call('train'))).toBe('job');
    expect(kindOf(call('child', { target: { undo: 'cancelChildRun', pipeline: 'churn' } }))).toBe('run');
    expect(() => kindOf(call('train', { target: { undo: 'unpack' } }))).toThrow(
      'no wing has an effect unpack',
    );
  });

  it('is named where nobody could try to undo it', () => {
    const target = { undo: 'cancelBuild', environmentId: 'e1', revisionId: 'r1' };
    expect(untried(call('build', { target }), 'it was down')).toEqual([
      { kind: 'revision', id: 'r1', reason: 'it was down' },
    ]);
    expect(untried(call('train'), 'it was down')).toEqual([{ kind: 'job', reason: 'it was down' }]);
    expect(untried(call('train'), 'it was down')[0]).not.toHaveProperty('id');
    expect(untried(call('train', { made: { id: 'j1' } }), 'it was down')).toMatchObject([{ id: 'j1' }]);
    expect(untried(call('build', { target: { ...target, revisionId: 7 } }), 'why')).toEqual([
      { kind: 'revision', reason: 'why' },
    ]);
    for (const more of [{ keep: true }, { told: [] }] as const)
      expect(untried(call('train', more), 'it was down')).toEqual([]);
  });
});

describe('what a step has made', () => {
  it('is the last job that it refers to, or the last version in its model API', () => {
    const version = { kind: 'modelApiVersion', id: 'v1' };
    expect(
      madeIn([
        { kind: 'job', id: 'j1' },
        { kind: 'job', id: 'j2' },
      ]),
    ).toStrictEqual({ id: 'j2' });
    expect(madeIn([{ kind: 'modelApi', id: 'm1' }, version])).toEqual({ id: 'v1', parent: 'm1' });
    expect(madeIn([{ kind: 'environment', id: 'e1' }])).toBeUndefined();
  });
});
