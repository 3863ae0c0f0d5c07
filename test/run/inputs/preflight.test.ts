/** What an input names on the platform, and whether it is there. */
import { describe, expect, it } from '@jest/globals';
import {
  type Finding,
  missingIn,
  preflightOf,
  sayFinding,
  withoutFollowing,
} from '../../../src/run/inputs/preflight.js';

describe('what an input names', () => {
  const project = { kind: 'project', field: 'project', value: 'a/b' };

  it('is all that can be looked up', () => {
    const base = { image: 'i', environmentId: 'e', odd: 3 };
    expect(
      preflightOf({
        ...{ project: 'a/b', environment: { base }, train: { hardwareTier: 't' } },
        deploy: { environmentId: 'e2', hardwareTier: 't2' },
      }),
    ).toEqual({
      project: 'a/b',
      named: [
        project,
        { kind: 'environment', field: 'environment.base.environmentId', value: 'e' },
        { kind: 'hardware tier', field: 'train.hardwareTier', value: 't' },
        { kind: 'environment', field: 'deploy.environmentId', value: 'e2' },
        { kind: 'hardware tier for model APIs', field: 'deploy.hardwareTier', value: 't2' },
      ],
    });
    expect(preflightOf({ project: 'a/b', environment: { id: 'e' }, train: {} }).named).toEqual([
      project,
      { kind: 'environment', field: 'environment.id', value: 'e' },
    ]);
    expect(preflightOf({ project: 'a/b', train: {} }).named).toEqual([project]);
  });

  it('is not said to be missing where what it is in is', () => {
    const missing = (kind: Finding['kind'], value: string, more: object = {}): Finding => ({
      ...{ kind, field: 'f', value, verdict: 'missing' },
      ...more,
    });
    const verdicts = (...findings: Finding[]) =>
      withoutFollowing(findings).map(({ verdict, detail = '' }) => `${verdict} ${detail}`.trim());
    const [iris, churn] = [missing('project', 'iris'), missing('environment', 'churn', { project: 'iris' })];
    const tag = { ...missing('tag', 't', { project: 'other', within: 'churn' }) };
    expect(verdicts(iris, churn)).toEqual(['missing', 'unknown project "iris" is not there']);
    expect(verdicts({ ...iris, verdict: 'found' }, churn)).toEqual(['found', 'missing']);
    expect(verdicts(iris, missing('environment', 'churn', { project: 'other' }))).toEqual([
      ...['missing', 'missing'],
    ]);
    expect(verdicts(iris, missing('project', 'a', { project: 'iris' }))).toEqual(['missing', 'missing']);
    expect(verdicts(iris, { ...churn, verdict: 'found' })).toEqual(['missing', 'found']);
    expect(verdicts(missing('environment', 'churn', { project: 'other' }), tag)).toEqual([
      ...['missing', 'unknown environment "churn" is not there'],
    ]);
    for (const outer of [churn, missing('environment', 'a', { project: 'other' })])
      expect(verdicts(outer, tag)).toEqual(['missing', 'missing']);
    expect(verdicts(missing('deployment', 'churn', { project: 'other' }), tag)).toEqual([
      ...['missing', 'missing'],
    ]);
  });

  it('is told whether it is there', () => {
    const tier = { kind: 'hardware tier', field: 'train.hardwareTier', value: 't' } as const;
    const found = { ...tier, verdict: 'found' as const };
    const missing = { ...tier, verdict: 'missing' as const, detail: 'there are a and b' };
    const unknown = { ...tier, verdict: 'unknown' as const, detail: 'it was down' };
    expect([found, missing, unknown].map(sayFinding)).toEqual([
      'train.hardwareTier: hardware tier "t" is there',
      'train.hardwareTier: there is no hardware tier "t"; there are a and b',
      'train.hardwareTier: cannot tell whether hardware tier "t" is there: it was down',
    ]);
    expect(sayFinding({ ...found, detail: 'as x' })).toBe(
      'train.hardwareTier: hardware tier "t" is there; as x',
    );
    expect(missingIn([found, missing, unknown])).toEqual([sayFinding(missing)]);
  });
});
