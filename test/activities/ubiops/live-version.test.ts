/** What is live beside what would be, as an approver is told it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DeploymentStepSpec, deployment, versionOf } from '../../../src/steps/ubiops/deployment.js';
import { type ServingSetting, openServing } from './serving-setting.js';

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  let setting: ServingSetting;
  beforeEach(async () => (setting = await openServing(dialect)));
  afterEach(() => setting.close());

  const spec: DeploymentStepSpec = {
    ...{ project: 'iris', deployment: 'species', input: 'plain', output: 'plain' },
    settings: { environment: 'python3-12', maximumInstances: 2 },
    files: { 'deployment.py': 'pass\n', 'lib/a.py': 'A = 1\n', 'old.py': '' },
    variables: { MODEL: 'iris', VERSION: '3', OLD: 'x' },
    ...{ promote: true, needed: undefined },
  };
  const deploy = () => deployment.perform(setting.step(), spec);
  const live = (more: Partial<DeploymentStepSpec> = {}) =>
    setting.step().effects.getLiveVersion({ connection: 'c', spec: versionOf({ ...spec, ...more }) });
  const sent = () => setting.simulator.ledger().filter(({ method }) => method !== 'GET').length;

  it('says the name that it will have where nothing is live, and makes nothing', async () => {
    const before = sent();
    const first = await live();
    expect(first).toEqual({
      version: expect.stringMatching(/^lh-[0-9a-f]{12}$/) as unknown,
      live: null,
      changed: ['variable MODEL is new: iris', 'variable OLD is new: x', 'variable VERSION is new: 3'],
    });
    expect(sent()).toBe(before);
    const { version } = await deploy();
    expect(version).toBe(first.version);
    expect(await live({ promote: false })).toEqual({
      ...{ version, live: version, changed: [`it is made of the same as version ${version}`] },
    });
  });

  it('tells what somebody has changed of a version that was made of the same', async () => {
    const { version } = await deploy();
    const path = { projectName: 'iris', deploymentName: 'species', version };
    const { versionVariables, versions } = setting.deps.ubiops;
    await versionVariables.create({ path, body: { name: 'LATER', value: 'y', secret: false } });
    await versions.update({ path, body: { maximum_instances: 9 } });
    expect((await live()).changed).toEqual([
      `version ${version} was made of the same, and now:`,
      ...['maximum instances: 9 is now 2', 'variable LATER is left out'],
    ]);
  });

  it('says that a name is taken by the live version, before somebody approves in vain', async () => {
    await deployment.perform(setting.step(), { ...spec, version: 'v1' });
    expect((await live({ version: 'v1', variables: { ...spec.variables, OLD: 'y' } })).changed).toEqual([
      'version v1 is there and is made of something else, so this one will not be made',
      'variable OLD: x is now y',
    ]);
  });

  it('reads the package again where something in between has answered', async () => {
    await deploy();
    const page = { kind: 'status', status: 200, body: '<html>Please log in</html>' };
    await setting.inject({ endpoint: 'deploymentRevisions.download', ...page });
    const files = { ...spec.files, 'old.py': 'x' };
    expect((await live({ files })).changed).toEqual(['file old.py is another: 0 B, now 1 B']);
  });

  it('shows no half of a secret that is long', async () => {
    await deploy();
    const secret = `${'x'.repeat(100)} AKIAIOSFODNN7EXAMPLE`;
    const { changed } = await live({
      variables: { ...spec.variables, MODEL: `${secret}${' z'.repeat(50)}` },
    });
    expect(changed.join()).toContain('variable MODEL: iris is now xxx');
    expect(changed.join()).not.toContain('AKIAIOS');
  });

  it('tells settings, variables and files that are others', async () => {
    const { version } = await deploy();
    const long = 'x'.repeat(200);
    const other = await live({
      version: 'v2',
      settings: { environment: 'python3-11', maximumInstances: 5, instanceType: '512mb' },
      files: { 'deployment.py': 'pass # now\r\n', 'lib/a.py': 'A = 1\r\n', constructor: 'N' },
      variables: { MODEL: 'iris', VERSION: '4', NEW: long },
    });
    expect([other.version, other.live]).toEqual(['v2', version]);
    expect(other.changed.filter((line) => !line.startsWith('instance type'))).toEqual([
      ...['environment: python3-12 is now python3-11', 'maximum instances: 2 is now 5'],
      ...[`variable NEW is new: ${'x'.repeat(119)}…`, 'variable OLD is left out'],
      ...['variable VERSION: 3 is now 4', 'file constructor is new: 1 B'],
      'file deployment.py is another: 5 B, now 11 B',
      ...['file old.py is left out'],
    ]);
  });

  it('says what it cannot read, and what the platform does not tell', async () => {
    const { version } = await deploy();
    const pinned = { settings: { ...spec.settings, environmentRevision: 'r2' } };
    expect((await live(pinned)).changed).toEqual([
      'the platform does not tell what is different, such as another build of its environment',
    ]);
    const gone = { kind: 'status', status: 404, body: { error: 'The file has expired' } };
    await setting.inject({ endpoint: 'deploymentRevisions.download', ...gone });
    expect((await live(pinned)).changed).toEqual([
      `the package of version ${version} cannot be read, so nobody knows how its files differ`,
    ]);
    const variables = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`V${at}`, '']));
    const many = (await live({ variables })).changed;
    expect([many.length, many.at(-1)]).toEqual([101, 'and 53 more']);
  });
});
