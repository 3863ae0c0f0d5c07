/** What of a `with` its own schema refuses, where one field depends on another. */
import { describe, expect, it } from '@jest/globals';
import { dominoSpecs } from '../../src/steps/domino/spec.js';
import { Duration, neutralSpecs } from '../../src/steps/spec.js';

const specs = { ...neutralSpecs, ...dominoSpecs };

const refusal = (kind: keyof typeof specs, given: object): string | null => {
  const { error } = specs[kind].safeParse(given);
  return error === undefined ? null : error.issues.map(({ message }) => message).join('; ');
};

const job = { jobId: 'j', metrics: {} };
const place = { project: 'a/b', modelApi: 'api' };
const base = { image: 'i' };
const environment = { environmentId: 'e', revisionId: 'r', created: true };
const revision = { environmentId: 'e', revisionId: 'r', created: true };
const from = { model: 'm', version: 1 };
const source = { file: 'f', function: 'g' };
const deploying = { ...place, job, environment: 'e' };
const approval = { by: ['lead'] };
const needsBase = 'needs `base` with `name`, and without it none';
const gitRef = { type: 'head' };
const ran = { project: 'a/b', command: 'go' };

describe('a step', () => {
  it.each<[keyof typeof specs, object, string | null]>([
    ['domino.environment', { id: 'e' }, null],
    ['domino.environment', { name: 'n', base }, null],
    ['domino.environment', { base }, 'needs exactly one of `id` and `name`'],
    ['domino.environment', { id: 'e', name: 'n' }, `needs exactly one of \`id\` and \`name\``],
    ['domino.environment', { id: 'e', base }, needsBase],
    ['domino.environment', { name: 'n' }, needsBase],
    ['domino.build', { revision }, null],
    ['domino.build', { environment }, null],
    ['domino.build', { revision, environment }, 'needs exactly one of `revision` and `environment`'],
    ['domino.build', {}, 'needs exactly one of `revision` and `environment`'],
    ['domino.job', ran, null],
    ['domino.job', { ...ran, commitId: 'abcdef0' }, null],
    ['domino.job', { ...ran, gitRef }, null],
    ['domino.job', { ...ran, commitId: 'abcdef0', gitRef }, 'excludes `gitRef`'],
    ['domino.deploy', { ...deploying, from }, null],
    ['domino.deploy', { ...deploying, source }, null],
    ['domino.deploy', deploying, 'needs exactly one of `from` and `source`'],
    ['domino.deploy', { ...deploying, from, source }, 'needs exactly one of `from` and `source`'],
    ['gate', { job, conditions: ['auc > 1'] }, null],
    ['gate', { metrics: { auc: 1 }, conditions: ['auc > 1'] }, null],
    ['gate', { conditions: ['auc > 1'] }, 'needs exactly one of `job` and `metrics`'],
    ['gate', { job, metrics: {}, conditions: ['auc > 1'] }, 'needs exactly one of `job` and `metrics`'],
    [
      'gate',
      { job, conditions: ['auc'] },
      'must read like "accuracy >= 0.9" or "accuracy >= baseline - 0.01"',
    ],
    ['compare', { job, ...place, metric: 'auc', margin: 0.1 }, null],
    ['compare', { job, ...place, metric: 'auc', tolerance: 0.1 }, null],
    ['compare', { job, ...place, metric: 'auc', margin: 0.1, tolerance: 0.1 }, 'excludes `margin`'],
    ['approve', approval, null],
    ['approve', { ...approval, within: '2h', remindAfter: '1h' }, null],
    ['approve', { ...approval, within: '1h', remindAfter: '1h' }, 'must be shorter than `within`'],
    ['approve', { ...approval, within: '1h', remindAfter: '2h' }, 'must be shorter than `within`'],
    ['choose', { from: { items: [] }, by: 'auc' }, null],
    ['choose', { from: { items: [] }, by: '"a' }, 'must be the name of a metric, as it is or in quotes'],
  ])('%s %j', (kind, given, fault) => {
    expect(refusal(kind, given)).toBe(fault);
  });

  it.each([
    ['366d', null],
    ['367d', 'must be at most a year'],
    [30, 'must be a duration with its unit, such as 30s or 30m'],
    [null, 'Invalid input: expected string, received null'],
  ])('takes %j', (given, fault) => {
    expect(Duration.safeParse(given).error?.issues[0]?.message ?? null).toBe(fault);
  });
});
