/** What documents write for each kind of UbiOps, the spec that it becomes, and what it names there. */
import { describe, expect, it } from '@jest/globals';
import { environmentFilesIn } from '../../../src/steps/ubiops/environment-files.js';
import { ubiopsWritten } from '../../../src/steps/ubiops/written.js';
import type { Around } from '../../../src/steps/written-kind.js';

const around: Around = {
  ...{ named: [], connection: 'dev', within: undefined, isItem: false, metrics: [] },
  ...{ deploying: undefined, before: {}, judged: undefined },
  stepOf: (key) => `the step of ${key}`,
  isGiven: () => true,
  mayNameMade: () => true,
};

type Kind = keyof typeof ubiopsWritten;
const specOf = (kind: Kind, given: object, of: Partial<Around> = {}): object =>
  ubiopsWritten[kind].specOf(given, { ...around, ...of });
/** Without what is undefined. */
const saidOf = (...asked: Parameters<typeof specOf>): unknown => JSON.parse(JSON.stringify(specOf(...asked)));
const isGiven = (...keys: string[]) => ({ isGiven: (key: string) => keys.includes(key) });
const namesOf = (kind: Kind, given: object, project?: string) =>
  ubiopsWritten[kind]
    .names(given, () => project)
    .map(({ kind: what, field, value, within, project: at, mayBeMade }) =>
      [`${what} ${field} ${value}`, within && `of ${within}`, at && `in ${at}`, mayBeMade && 'may be made']
        .filter(Boolean)
        .join(' '),
    );

describe('an environment', () => {
  const given = { project: 'p', name: 'iris', base: 'python3-12' };

  it('has its content in its name where it is given one', () => {
    expect(specOf('ubiops.environment', given)).toEqual({
      ...given,
      given: ['project', 'base', 'contents.sourceEnvironment', 'contents.sourceTag'],
    });
    const files = { 'requirements.txt': 'numpy' };
    expect(specOf('ubiops.environment', { ...given, contents: { files } }, isGiven('base'))).toEqual({
      ...{ ...given, contents: { files }, given: ['base'] },
    });
    const contents = { sourceEnvironment: 'other', sourceTag: 't' };
    expect(specOf('ubiops.environment', { ...given, contents }, isGiven('contents'))).toMatchObject({
      ...{ contents, given: ['contents.sourceEnvironment', 'contents.sourceTag'] },
    });
    const { makes } = ubiopsWritten['ubiops.environment'];
    expect(makes(given)).toEqual([{ kind: 'environment', value: 'iris' }]);
    expect(makes({ ...given, contents })).toEqual([]);
  });

  it('names its project, its base and what it copies', () => {
    const contents = { sourceEnvironment: 'other', sourceTag: 't' };
    expect(namesOf('ubiops.environment', { ...given, contents })).toEqual([
      'project project p',
      'environment base python3-12 in p may be made',
      'environment contents.sourceEnvironment other in p may be made',
      'tag contents.sourceTag t of other in p may be made',
    ]);
    expect(namesOf('ubiops.environment', { project: 'p', name: 'iris' })).toEqual(['project project p']);
    expect(namesOf('ubiops.environment', { name: 'iris', base: 'b' })).toEqual([]);
  });
});

describe('a revision', () => {
  const environment = { project: 'p', environment: 'iris' };

  it('is of files or of another environment, and of no both', () => {
    const of = { environment, tag: 'v1' };
    const files = { 'requirements.txt': 'numpy' };
    expect(specOf('ubiops.revision', { ...of, files })).toEqual({
      ...{ environment, tag: 'v1', source: { files }, given: ['sourceEnvironment', 'sourceTag'] },
    });
    const source = { sourceEnvironment: 'other', sourceTag: 't' };
    expect(specOf('ubiops.revision', { ...of, ...source }, isGiven('sourceTag'))).toEqual({
      ...{ environment, tag: 'v1', source, given: ['sourceTag'] },
    });
    for (const unfit of [{ ...of }, { ...of, files, ...source }])
      expect(() => specOf('ubiops.revision', unfit)).toThrow(
        'it needs exactly one of `files` and `sourceEnvironment`',
      );
  });

  it('names what it copies where the project of its environment is known, and makes the tag that it names', () => {
    const source = { sourceEnvironment: 'other', sourceTag: 't' };
    expect(namesOf('ubiops.revision', source, 'p')).toEqual([
      'environment sourceEnvironment other in p may be made',
      'tag sourceTag t of other in p may be made',
    ]);
    expect(namesOf('ubiops.revision', { sourceTag: 't' }, 'p')).toEqual([]);
    expect(namesOf('ubiops.revision', source)).toEqual([]);
    const { makes } = ubiopsWritten['ubiops.revision'];
    expect(makes({ tag: 'v1' })).toEqual([{ kind: 'tag', value: 'v1' }]);
    expect(makes({})).toEqual([]);
    expect(specOf('ubiops.build', { revision: { revisionId: 'r' } })).toEqual({ revisionId: 'r' });
  });
});

const deployed = {
  ...{ project: 'p', deployment: 'churn', input: 'plain', output: { y: 'double' } },
  ...{ environment: 'python3-12', files: { 'deployment.py': 'x' } },
};

describe('a deployment', () => {
  it('says nothing of what is left out: its version is named after what is said', () => {
    expect(saidOf('ubiops.deployment', deployed, isGiven('project', 'tag'))).toEqual({
      ...{ project: 'p', deployment: 'churn', input: 'plain', output: { y: 'double' } },
      ...{ settings: { environment: 'python3-12' }, files: deployed.files, variables: {}, promote: true },
      ...{ needed: { key: 'dev.model-api.p.churn', whenBusy: 'wait' }, given: ['project', 'tag'] },
    });
    const { settings } = specOf('ubiops.deployment', deployed) as { settings: object };
    expect(Object.keys(settings)).toEqual(['environment']);
  });

  it('runs as it is told, with times in seconds and variables as texts', () => {
    const runs = { tag: 'v1', instanceType: '2 GB', minimumInstances: 0, maximumInstances: 3 };
    const more = {
      ...{ ...runs, idleTime: '90s', retention: '1h', variables: { A: 1, B: true, C: 'c' } },
      ...{ version: 'v2', promote: false, whenBusy: 'skip', serveWithin: '2h' },
      ...{ supportsRequestFormat: false, description: 'd' },
    };
    expect(specOf('ubiops.deployment', { ...deployed, ...more })).toEqual({
      ...{ project: 'p', deployment: 'churn', input: 'plain', output: { y: 'double' }, version: 'v2' },
      ...{ supportsRequestFormat: false, description: 'd', serveWithin: '2h', promote: false },
      settings: { environment: 'python3-12', ...runs, idleSeconds: 90, retentionSeconds: 3_600 },
      ...{ files: deployed.files, variables: { A: '1', B: 'true', C: 'c' } },
      needed: { key: 'dev.model-api.p.churn', whenBusy: 'skip' },
      given: ['project', 'environment', 'tag', 'instanceType'],
    });
  });

  it('runs in the very revision that a step has built, unless it names a tag', () => {
    const made = { environment: 'iris', tag: 't1', revisionId: 'r' };
    const settingsIn = (environment: object, tag?: string) =>
      saidOf('ubiops.deployment', { ...deployed, environment, tag });
    expect(settingsIn(made)).toMatchObject({
      settings: { environment: 'iris', tag: 't1', environmentRevision: 'r' },
    });
    expect(settingsIn(made, 'v1')).toMatchObject({ settings: { tag: 'v1' } });
    expect(settingsIn({ environment: 'iris', tag: null })).toMatchObject({
      settings: { environment: 'iris' },
    });
    const untagged = specOf('ubiops.deployment', { ...deployed, environment: { ...made, tag: null } });
    expect((untagged as { settings: object }).settings).not.toHaveProperty('tag');
  });

  it('is refused where its package would have the platform make another environment than the one that is named', () => {
    const files = { 'requirements.txt': 'numpy', 'deployment.py': 'x' };
    expect(environmentFilesIn(Object.keys(files))).toEqual(['requirements.txt']);
    expect(() =>
      specOf('ubiops.deployment', { ...deployed, files, environment: { environment: 'iris' } }),
    ).toThrow('the package has requirements.txt, of which UbiOps makes an environment of its own');
    expect(specOf('ubiops.deployment', { ...deployed, files })).toMatchObject({ files });
  });

  it('names where it runs, and makes its deployment and the version that has a name', () => {
    const { makes, model, keepsBack } = ubiopsWritten['ubiops.deployment'];
    expect(makes({ deployment: 'churn', version: 'v1' })).toEqual([
      { kind: 'deployment', value: 'churn' },
      { kind: 'version', value: 'v1' },
    ]);
    expect(makes({ deployment: 'churn' })).toEqual([{ kind: 'deployment', value: 'churn' }]);
    const runs = { ...deployed, tag: 'v1', instanceType: '2 GB' };
    expect(namesOf('ubiops.deployment', runs)).toEqual([
      'project project p',
      'environment environment python3-12 in p may be made',
      'tag tag v1 of python3-12 in p may be made',
      'instance type instanceType 2 GB in p',
    ]);
    expect(namesOf('ubiops.deployment', { project: 'p', environment: { environment: 'iris' } })).toEqual([
      'project project p',
      'instance type instanceType undefined in p',
    ]);
    expect(model(deployed)).toEqual({ project: 'p', deploy: { modelApi: 'churn' } });
    expect(model({ project: 'p' })).toEqual({ project: 'p', deploy: undefined });
    expect([keepsBack({ promote: false }), keepsBack({ promote: true }), keepsBack({})]).toEqual([
      ...['`promote: false`', null, null],
    ]);
  });
});

describe('a request', () => {
  const given = { project: 'p', deployment: 'churn', data: { x: 1 } };
  const sent = {
    ...{ project: 'p', deployment: 'churn', data: { x: 1 }, marked: '_longhaul' },
    ...{ given: ['project', 'deployment', 'version'], logLines: 20, metrics: [], resultBytes: 60_000 },
  };

  it('goes to a deployment by its name, or to the version that a step has made', () => {
    expect(saidOf('ubiops.request', given)).toEqual(sent);
    const to = { deployment: 'churn', version: 'v2' };
    expect(saidOf('ubiops.request', { ...given, deployment: to }, isGiven('project'))).toEqual({
      ...{ ...sent, version: 'v2', given: ['project'] },
    });
    expect(saidOf('ubiops.request', { ...given, deployment: to, version: 'v1' })).toMatchObject({
      version: 'v1',
    });
    expect(namesOf('ubiops.request', { ...given, version: 'v1' })).toEqual([
      'project project p',
      'deployment deployment churn in p may be made',
      'version version v1 of churn in p may be made',
    ]);
    expect(namesOf('ubiops.request', given)).toEqual([
      'project project p',
      'deployment deployment churn in p may be made',
    ]);
    expect(namesOf('ubiops.request', { ...given, deployment: to, version: 'v1' })).toEqual([
      'project project p',
    ]);
  });

  it('keeps what the document names, and less where it is one of many', () => {
    const more = { marker: 'id', timeout: '90s', metrics: ['auc', 'f1'], logLines: 5 };
    const named = { named: ['f1', 'mse'], within: '1d' };
    expect(saidOf('ubiops.request', { ...given, ...more }, named)).toEqual({
      ...{ ...sent, marked: 'id', timeoutSeconds: 90, metrics: ['auc', 'f1', 'mse'], logLines: 5 },
      within: '1d',
    });
    expect(specOf('ubiops.request', given)).not.toHaveProperty('within');
    expect(saidOf('ubiops.request', given, { isItem: true })).toEqual({
      ...{ ...sent, logLines: 3, resultBytes: 2_000 },
    });
  });
});

describe('a training', () => {
  const given = { project: 'p', experiment: 'trees', code: 'ubiops-file://default/a/train.zip' };

  it('runs in its experiment, whose results are kept in a bucket', () => {
    const sent = {
      ...{ project: 'p', experiment: 'trees', bucket: 'default', code: given.code, parameters: {} },
      ...{
        settings: { environment: 'python3-12' },
        given: ['project', 'environment', 'tag', 'instanceType'],
      },
      ...{ logLines: 20, metrics: [], resultBytes: 60_000 },
    };
    expect(saidOf('ubiops.training-run', { ...given, environment: 'python3-12' })).toEqual(sent);
    const more = { name: 'n', description: 'd', data: 'ubiops-file://b/x', bucket: 'b', timeout: '1h' };
    const told = { ...given, ...more, environment: { environment: 'iris' }, parameters: { depth: 3 } };
    expect(saidOf('ubiops.training-run', told, isGiven('environment'))).toEqual({
      ...{ ...sent, name: 'n', description: 'd', data: more.data, bucket: 'b', timeoutSeconds: 3_600 },
      ...{ settings: { environment: 'iris' }, parameters: { depth: 3 }, given: ['environment'] },
    });
  });

  it('names its files with their buckets, where they are addresses', () => {
    const there = 'in p may be made';
    expect(namesOf('ubiops.training-run', { ...given, bucket: 'mine', data: 'ubiops-file://b/x' })).toEqual([
      ...['project project p', 'instance type instanceType undefined in p', `bucket bucket mine ${there}`],
      ...[`bucket code default ${there}`, `file code a/train.zip of default ${there}`],
      ...[`bucket data b ${there}`, `file data x of b ${there}`],
    ]);
    for (const code of ['x ubiops-file://b/x', 'ubiops-file://b/', 'ubiops-file:///x', 's3://b/x', 7])
      expect(namesOf('ubiops.training-run', { ...given, bucket: 'mine', code })).toHaveLength(3);
  });
});
