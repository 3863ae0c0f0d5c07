/** What documents write for each kind, and the spec that it becomes. */
import { describe, expect, it } from '@jest/globals';
import { checkedKinds } from '../../src/documents/pipeline/kinds.js';
import { type Around, Unfit } from '../../src/steps/written-kind.js';
import { kinds } from '../../src/steps/kinds.js';
import { writtenKinds } from '../../src/steps/written-kinds.js';

const around: Around = {
  named: [],
  connection: 'dev',
  stepOf: (key) => `the step of ${key}`,
  ...{ within: undefined, isItem: false },
  metrics: ['auc'],
  deploying: undefined,
};

const specOf = (kind: string, given: object, of: Partial<Around> = {}): object => {
  const written = writtenKinds[kind];
  if (written === undefined) throw new Error(`there is no kind ${kind}`);
  return written.specOf(given, { ...around, ...of });
};

const job = {
  ...{ projectId: 'p', jobId: 'j', number: 1, metrics: { auc: 1 }, notNumbers: { f1: 'NaN' } },
  experimentRunId: 'a'.repeat(32),
};

describe('every kind of step', () => {
  it('can be written in a document, with a schema of its arguments', () => {
    expect(Object.keys(writtenKinds).sort()).toEqual(Object.keys(kinds).sort());
    for (const { schema } of Object.values(checkedKinds)) expect(schema).toHaveProperty('properties');
  });
});

describe('a spec from what a document writes', () => {
  it.each<[string, object, object]>([
    ['domino.environment', { id: 'e' }, { id: 'e' }],
    ['domino.environment', { name: 'n', base: { image: 'i' } }, { name: 'n', base: { image: 'i' } }],
    [
      'domino.revision',
      { environment: { environmentId: 'e' }, dockerfile: 'RUN x' },
      {
        environment: { environmentId: 'e' },
        dockerfile: 'RUN x',
      },
    ],
    [
      'domino.build',
      { revision: { environmentId: 'e', revisionId: 'r', created: false } },
      { environmentId: 'e', revisionId: 'r', created: false, revisionStep: 'the step of revision' },
    ],
    ['domino.register', { model: 'm', job }, { model: 'm', job, given: [], experimentRunId: 'a'.repeat(32) }],
    [
      'domino.register',
      { model: 'm', job, experimentRunId: 'b'.repeat(32) },
      { model: 'm', job, given: ['b'.repeat(32)], experimentRunId: 'b'.repeat(32) },
    ],
    [
      'domino.watch',
      { modelApi: 'api', project: 'a/b', deployment: { versionId: 'v', previous: null } },
      {
        ...{ for: '10m', failures: 3, deployment: { versionId: 'v', previous: null } },
        promoted: { name: 'api', project: 'a/b', previous: null, deployStep: 'the step of deployment' },
      },
    ],
    [
      'domino.decide',
      { project: 'a/b', modelApi: 'api', when: { all: [{ always: true }] }, trains: 'm' },
      {
        ...{ project: 'a/b', modelApi: 'api', model: 'dev/a/b/api', when: { all: [{ always: true }] } },
        needed: { key: 'dev.model.m', whenBusy: 'wait' },
      },
    ],
    [
      'compare',
      { job, project: 'a/b', modelApi: 'api', metric: '"auc"', margin: 0.1 },
      {
        by: { metric: '"auc"', margin: 0.1, better: 'higher' },
        measured: { metrics: { auc: 1 }, notNumbers: { f1: 'NaN' } },
        live: { project: 'a/b', modelApi: 'api', metrics: ['auc'] },
      },
    ],
    [
      'gate',
      { job, conditions: ['auc > 0'], baseline: { project: 'a/b', modelApi: 'api' } },
      {
        conditions: ['auc > 0'],
        measured: { metrics: { auc: 1 }, notNumbers: { f1: 'NaN' } },
        baseline: { project: 'a/b', modelApi: 'api' },
      },
    ],
    [
      'gate',
      { metrics: { auc: 1 }, conditions: ['auc > 0'], baseline: { auc: 0.5 } },
      { conditions: ['auc > 0'], measured: { metrics: { auc: 1 } }, baseline: { numbers: { auc: 0.5 } } },
    ],
    [
      'http',
      { service: 's', path: '/a', expect: 404 },
      { service: 's', method: 'GET', path: '/a', query: {}, expect: [404], replay: 'safe' },
    ],
    [
      'http',
      { service: 's', method: 'PUT', path: ['a/b', 3], query: { q: [1] }, body: null, select: { id: '/id' } },
      {
        ...{ service: 's', method: 'PUT', path: '/a%2Fb/3', query: { q: [1] }, body: null },
        ...{ replay: 'once', select: { id: '/id' } },
      },
    ],
    [
      'http',
      { service: 's', method: 'POST', path: '/a', replay: 'idempotent' },
      { service: 's', method: 'POST', path: '/a', query: {}, replay: 'idempotent' },
    ],
    [
      'call',
      { endpoint: 'domino.x.y', params: { id: 'a' }, query: { n: 1 }, body: null },
      { endpoint: 'domino.x.y', params: { id: 'a' }, query: { n: 1 }, body: null },
    ],
    ['pipeline', { pipeline: 'p', input: { n: 1 } }, { pipeline: 'p', input: { n: 1 } }],
    ['pipeline', { pipeline: 'p' }, { pipeline: 'p', input: {} }],
    ['pause', { for: '2h' }, { for: '2h' }],
    ['pause', { until: '2026-12-01T06:00:00Z' }, { until: '2026-12-01T06:00:00Z' }],
    ['end', { outcome: 'done', conclusion: 'It is.' }, { outcome: 'done', conclusion: 'It is.' }],
  ])('%s %j', (kind, given, spec) => {
    expect(specOf(kind, given)).toEqual(spec);
  });

  it('cannot be made where what is needed is not there', () => {
    expect(() => specOf('http', { service: 's', path: ['a', '..'] })).toThrow('leads elsewhere');
    expect(() => specOf('pause', {})).toThrow('it needs `for` or `until`');
    expect(() => specOf('approve', {})).toThrow(new Unfit('nothing is deployed below it'));
    const environment = { environmentId: 'e', revisionId: null, created: false };
    expect(() => specOf('domino.build', { environment })).toThrow(
      'the environment e has no revision to build',
    );
    expect(() => specOf('choose', { from: { items: 3 }, by: 'auc' })).toThrow(
      '`from` is no step with `each`',
    );
  });
});

it('lets a job take as long as the document lets its step', () => {
  const given = { project: 'a/b', command: 'go' };
  expect(specOf('domino.job', given, { within: '5d' })).toMatchObject({ within: '5d' });
  expect(specOf('domino.job', given)).not.toHaveProperty('within');
  expect(specOf('domino.job', given, { isItem: true })).toMatchObject({ logLines: 3 });
});
