/** The older spelling of Domino’s API, operation by operation, and how Domino refuses. */
import { describe, expect, it } from '@jest/globals';
import { dominoWing } from '../../../src/platform/domino/index.js';
import { referenceDialect } from '../../../src/platform/domino/reference-dialect.js';
import { dominoRefusals } from '../../../src/platform/domino/refusals.js';

const list = { data: [{ id: 'a' }, 3], offset: 0, limit: 2, totalCount: 5, requestId: 'r' };
const metadata = { offset: 0, limit: 2, totalCount: 5 };
const job = {
  ...{ id: 'j', status: 'Running', createdAt: 'c', startedAt: 's', endedAt: null, commandToRun: 'go' },
  ...{ commitId: 'k', commitDetails: { outputCommitId: 'o' } },
};
const jobOfV6 = {
  ...{ id: 'j', number: 0, runCommand: 'go' },
  status: { executionStatus: 'Running', isCompleted: undefined },
  stageTimes: { submissionTime: 'c', startTime: 's', completedTime: null },
  commitDetails: { inputCommitId: 'k', outputCommitId: 'o' },
};

describe('an answer in the older spelling', () => {
  it.each<[string, unknown, unknown]>([
    ...['environments.get', 'environments.create', 'environments.archive'].map(
      (name): [string, unknown, unknown] => [name, { id: 'e' }, { environment: { id: 'e' } }],
    ),
    ['environments.get', { environment: { id: 'e' } }, { environment: { id: 'e' } }],
    ['environments.get', [1], [1]],
    ['environments.get', null, null],
    ['environments.get', 'text', 'text'],
    ['environments.createRevision', { id: 'r' }, { environmentRevision: { id: 'r' } }],
    ['environments.list', list, { environments: [{ id: 'a' }, {}], metadata, requestId: 'r' }],
    ['environments.list', { environments: [] }, { environments: [] }],
    ['environments.list', 'text', 'text'],
    ['registeredModels.list', list, { items: [{ id: 'a' }, {}], metadata, requestId: 'r' }],
    ['jobs.list', { data: [job] }, { jobs: [jobOfV6], metadata: {} }],
    ['jobs.get', job, { job: jobOfV6 }],
    ['jobs.start', { id: 'j', status: { a: 1 } }, { job: { id: 'j', status: { a: 1 } } }],
    ['jobs.addTag', { id: 't' }, { tag: { id: 't' } }],
    ['jobs.logs', 'a\n\nb\n', { logs: { logContent: [{ log: 'a' }, { log: 'b' }], isComplete: true } }],
    ['jobs.logs', { logs: 1 }, { logs: 1 }],
    ['users.self', { id: 'u' }, { user: { id: 'u' } }],
    ['modelApis.listVersions', { data: [1] }, [1]],
    ['modelApis.listVersions', [1], [1]],
    ['unknown.name', { id: 'a' }, { id: 'a' }],
    ['registeredModels.register', { registeredModel: {} }, { registeredModel: {} }],
    ...(['modelVersion', 'version', 'latestVersion'] as const).map((key): [string, unknown, unknown] => [
      'registeredModels.register',
      { name: 'm', [key]: 4 },
      {
        registeredModel: { name: 'm', [key]: 4 },
        modelVersion: { name: 'm', [key]: 4, modelName: 'm', modelVersion: 4 },
      },
    ]),
  ])('of %s is read: %j', (name, body, read) => {
    expect(referenceDialect.answer?.(name, body)).toEqual(read);
  });

  it('of a job says what it says of its command and its end', () => {
    const { job: told } = referenceDialect.answer?.('jobs.get', { status: 'Odd', endedAt: 'e' }) as {
      readonly job: object;
    };
    expect(told).toMatchObject({ runCommand: '', number: 0, status: { isCompleted: true } });
    expect(told).toMatchObject({ commitDetails: {} });
  });
});

describe('a request in the older spelling', () => {
  it.each<[string, unknown, unknown]>([
    ['environments.create', { name: 'n', visibility: 'private' }, { name: 'n', visibility: 'Private' }],
    ['environments.create', { visibility: 3 }, { visibility: 3 }],
    ['environments.restrictRevision', { isRestricted: true, a: 1 }, { restricted: true, a: 1 }],
    [
      'jobs.start',
      { runCommand: 'go', hardwareTier: 't', a: 1 },
      { commandToRun: 'go', hardwareTierId: 't', a: 1 },
    ],
    ['jobs.addTag', { tagName: 't' }, { name: 't' }],
    [
      'registeredModels.register',
      { modelName: 'm', modelSource: { mlflowSource: { experimentRunId: 'x' } }, a: 1 },
      { name: 'm', source: { type: 'experiment', runId: 'x' }, a: 1 },
    ],
    [
      'modelApis.create',
      {
        name: 'n',
        version: { project: 'p', source: { file: 'f', function: 'g', registeredModelName: 'm' } },
      },
      { name: 'n', project: 'p', modelFile: 'f', modelFunction: 'g', registeredModelName: 'm' },
    ],
    ['jobs.start', undefined, undefined],
    ['jobs.get', { a: 1 }, { a: 1 }],
    ['unknown.name', { a: 1 }, { a: 1 }],
  ])('for %s is written: %j', (name, body, written) => {
    expect(referenceDialect.request?.(name, { body, query: { q: '1' } })).toEqual({
      ...{ body: written, query: { q: '1' } },
    });
  });
});

describe('Domino', () => {
  it.each<[object, boolean]>([
    [{ errors: ['no'], requestId: 'r', any: 1 }, true],
    [{ errors: [] }, false],
    [{ errors: [{ message: 'no' }] }, false],
    [{ error: 'no' }, true],
    [{ message: 'no', code: 3, correlationId: 'c' }, true],
    [{ redirectPath: '/login' }, true],
    [{ message: 'no', proxy: 'squid' }, false],
    [{ message: 3 }, false],
    [{ code: 3 }, false],
    [{}, false],
  ])('is it that says %j: %s', (body, isOwn) => {
    expect(dominoRefusals.isOwn({ ...body })).toBe(isOwn);
  });

  it.each<[object, object]>([
    [
      { errors: ['a', 3, 'b'], requestId: 'r' },
      { words: 'a; b', requestId: 'r' },
    ],
    [{ error: 'e', message: 'm' }, { words: 'e' }],
    [{ message: 'm', requestId: 3 }, { words: 'm' }],
    [{ message: 3 }, { words: '' }],
    [{}, { words: '' }],
  ])('says in %j', (body, said) => {
    expect(dominoRefusals.said({ ...body })).toEqual({ requestId: undefined, ...said });
  });

  it.each([
    [403, '/a', 'Quota reached', 'QUOTA_EXCEEDED'],
    [403, '/a', 'the limit of jobs', 'QUOTA_EXCEEDED'],
    [403, '/a', 'access is limited', null],
    [403, '/a', 'not allowed', null],
    [409, '/a', 'over budget', null],
    [409, '/v4/jobs/start', 'log in', 'CREDENTIALS_REJECTED'],
    [409, '/v4/jobs/restart', 'log in', 'CREDENTIALS_REJECTED'],
    [409, '/x/v4/jobs/start', 'log in', null],
    [409, '/v4/jobs/start/x', 'log in', null],
    [400, '/v4/jobs/start', 'log in', null],
  ])('means by %d on %s, %s: %s', (status, path, reason, code) => {
    expect(dominoRefusals.codeOf({ status, path, reason })).toBe(code);
  });

  it('knows who asks by a key or a token', () => {
    expect(dominoWing.authorize({ kind: 'apiKey', value: 'k' })).toEqual({ 'x-domino-api-key': 'k' });
    expect(dominoWing.authorize({ kind: 'bearer', value: 't' })).toEqual({ authorization: 'Bearer t' });
  });
});
