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
  ...{ deploying: undefined, before: {}, judged: undefined },
  isGiven: () => true,
  mayNameMade: () => true,
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
    for (const part of ['..', '.', '', '../../admin', 'a/../b'])
      expect(() => specOf('http', { service: 's', path: ['a', part] })).toThrow('leads elsewhere');
    expect(specOf('http', { service: 's', path: ['a/b', '..c'] })).toMatchObject({ path: '/a%2Fb/..c' });
    expect(() => specOf('pause', {})).toThrow('it needs `for` or `until`');
    expect(() => specOf('approve', {})).toThrow(new Unfit('nothing is deployed below it'));
    const environment = { environmentId: 'e', revisionId: null, created: false };
    expect(() => specOf('domino.build', { environment })).toThrow(
      'the environment e has no revision to build',
    );
    expect(() => specOf('choose', { from: { items: 3 }, by: 'auc' })).toThrow(
      '`from` is no step with `each`',
    );
    for (const given of [{}, { name: 'n' }, { base: { image: 'i' } }])
      expect(() => specOf('domino.environment', given)).toThrow('it needs `id`, or `name` and `base`');
    expect(() => specOf('domino.build', {})).toThrow('it needs `revision` or `environment`');
    expect(() => specOf('gate', { conditions: ['auc'] })).toThrow(
      '"auc" is no condition, such as "accuracy >= 0.9": at character 4: expected ">=", "<=", ">" or "<"',
    );
    expect(() => specOf('domino.deploy', { ...deployed, from: undefined })).toThrow(
      'it needs `from` or `source`',
    );
  });

  it('says nothing of what is left out', () => {
    const keysOf = (kind: string, given: object, of: Partial<Around> = {}): string[] =>
      Object.keys(specOf(kind, given, of)).sort();
    expect(keysOf('http', { service: 's', path: '/a' })).toEqual([
      'method',
      'path',
      'query',
      'replay',
      'service',
    ]);
    expect(keysOf('call', { endpoint: 'x' })).toEqual(['endpoint']);
    expect(keysOf('domino.deploy', { ...deployed, job: { ...job, outputCommitId: null } })).toEqual([
      ...['environmentId', 'given', 'name', 'needed', 'project', 'projectId', 'serveWithin', 'source'],
    ]);
    const { measured } = specOf('gate', { job: { metrics: {} }, conditions: [] }) as { measured: object };
    expect(Object.keys(measured)).toEqual(['metrics']);
    const cut = { metrics: {}, metricsLeftOut: 3 };
    expect(specOf('gate', { job: cut, conditions: [] })).toMatchObject({ measured: cut });
    expect(specOf('domino.snapshot', { project: 'a/b', dataset: 'd' })).toEqual({
      ...{ project: 'a/b', dataset: 'd', paths: ['.'] },
    });
  });

  it('chooses from the items that have succeeded, and from outputs', () => {
    const list = [{ a: 1 }, { state: 'failed' }, { state: 'succeeded' }, null, [1], 'text'];
    const candidates = [{ a: 1 }, null, { state: 'succeeded' }, null, null, null];
    const chosen = { candidates, by: 'auc', highest: true };
    expect(specOf('choose', { from: { items: list }, by: '"auc"' })).toEqual(chosen);
    expect(specOf('choose', { from: list, by: 'auc', highest: false })).toEqual({
      ...chosen,
      highest: false,
    });
  });
});

const deployed = {
  ...{ modelApi: 'api', project: 'a/b', job: { ...job, outputCommitId: 'c' }, environment: 'e' },
  from: { model: 'm', version: 4 },
};

describe('a deployment', () => {
  const sent = { name: 'api', projectId: 'p', environmentId: 'e', source: deployed.from, commitId: 'c' };
  const needed = { key: 'dev.model.m', whenBusy: 'wait' };

  it('is of a registered version, or of a file', () => {
    expect(specOf('domino.deploy', deployed)).toEqual({ ...sent, given: ['e'], project: 'a/b', needed });
    const source = { file: 'f', function: 'g' };
    const more = { hardwareTier: 't', replicas: 2, description: 'd' };
    const of = { ...deployed, ...more, source, from: undefined, environment: { environmentId: 'e' } };
    expect(specOf('domino.deploy', { ...of, serveWithin: '1h', restores: true, whenBusy: 'skip' })).toEqual({
      ...{ ...sent, ...more, source, given: ['f'], project: 'a/b', serveWithin: '1h', restores: true },
      needed: { key: 'dev.model-api.a/b.api', whenBusy: 'skip' },
    });
    expect(specOf('domino.deploy', { ...deployed, restores: false })).not.toHaveProperty('restores');
  });

  it('is what an approval is for', () => {
    const written = writtenKinds['domino.deploy'];
    expect(written?.deploying(deployed, around)?.subject).toEqual({
      ...{ connection: 'dev', project: 'a/b', deploys: sent },
      trained: { jobId: 'j', experimentRunId: 'a'.repeat(32), revisionId: undefined },
    });
    expect(() => written?.deploying({ ...deployed, from: undefined }, around)).toThrow('`from` is missing');
    expect(writtenKinds['gate']?.deploying({}, around)).toBeNull();
    const deploying = { subject: 's' } as never;
    expect(specOf('approve', { by: ['lead'] }, { deploying })).toEqual({
      ...{ asked: { by: ['lead'], within: '3d', byStarter: true }, subject: 's' },
    });
  });
});

describe('what a step names', () => {
  const named = (kind: string, given: object) =>
    writtenKinds[kind]
      ?.names(given, () => undefined)
      .flatMap(({ kind: what, field, value }) => (value === undefined ? [] : [`${what} ${field} ${value}`]));

  it('can be looked up before anything is made', () => {
    const of = { project: 'a/b', environment: 'e', hardwareTier: 't' };
    const both = ['project project a/b', 'environment environment e'];
    expect(named('domino.job', of)).toEqual([...both, 'hardware tier hardwareTier t']);
    expect(named('domino.deploy', of)).toEqual([...both, 'hardware tier for model APIs hardwareTier t']);
    expect(named('domino.job', { environment: { environmentId: 'e' } })).toEqual([]);
    expect(named('domino.environment', { id: 'e' })).toEqual(['environment id e']);
    expect(named('domino.environment', { base: { environmentId: 'e', image: 'i' } })).toEqual([
      'environment base.environmentId e',
    ]);
    expect(writtenKinds['gate']?.names({}, () => undefined)).toEqual([]);
  });

  it('is the model by which its runs are listed', () => {
    const modelOf = (kind: string, given: object) => writtenKinds[kind]?.model(given);
    expect(modelOf('domino.register', { model: 'm' })).toEqual({ register: { model: 'm' } });
    expect(modelOf('domino.register', {})).toEqual({ register: undefined });
    for (const kind of ['domino.deploy', 'domino.decide']) {
      expect(modelOf(kind, { project: 'p', modelApi: 'a' })).toEqual({
        project: 'p',
        deploy: { modelApi: 'a' },
      });
      expect(modelOf(kind, { project: 'p' })).toEqual({ project: 'p', deploy: undefined });
    }
    expect(modelOf('gate', {})).toEqual({});
  });
});

it('lets a job take as long as the document lets its step', () => {
  const given = { project: 'a/b', command: 'go' };
  expect(specOf('domino.job', given, { within: '5d' })).toMatchObject({ within: '5d' });
  expect(specOf('domino.job', given)).not.toHaveProperty('within');
  expect(specOf('domino.job', given, { isItem: true })).toMatchObject({ logLines: 3 });
});

it('runs a job where and as it is told, and keeps what the document names', () => {
  const given = { project: 'a/b', command: ['go', 'a b'], environment: 'e', build: { revisionId: 'r' } };
  const of = { metrics: ['auc', 'f1'], trains: 'm', whenBusy: 'skip' };
  expect(specOf('domino.job', { ...given, ...of }, { named: ['f1', 'mse'] })).toEqual({
    ...{ project: 'a/b', command: "go 'a b'", environmentId: 'e', revisionId: 'r', logLines: 20 },
    ...{ metrics: ['auc', 'f1', 'mse'], needed: { key: 'dev.model.m', whenBusy: 'skip' } },
  });
  expect(specOf('domino.job', { ...given, trains: 'm' })).toMatchObject({ needed: { whenBusy: 'wait' } });
  expect(specOf('domino.job', given)).toMatchObject({ needed: undefined, metrics: [] });
  const decided = { project: 'a/b', modelApi: 'api', when: {} };
  expect(specOf('domino.decide', decided)).toMatchObject({ needed: { key: 'dev.model-api.a/b.api' } });
});
