/** A deployment, made from nothing and again, against the simulator over HTTP: everything once, whatever breaks on the way. */
import { deploymentPackage } from '../../../src/activities/ubiops/deployments/deployment-package.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deployment, type DeploymentStepSpec } from '../../../src/steps/ubiops/deployment.js';
import type { VersionOutput } from '../../../src/steps/ubiops/deployments.js';
import { calls, created } from '../../support/ledger.js';
import { type ServingSetting, openServing, otherOrigin } from './serving-setting.js';

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  let setting: ServingSetting;
  beforeEach(async () => (setting = await openServing(dialect)));
  afterEach(() => setting.close());

  const spec: DeploymentStepSpec = {
    ...{ project: 'iris', deployment: 'species' },
    ...{ input: { petal: 'double' }, output: { species: 'string' } },
    settings: { environment: 'python3-12' },
    files: { 'deployment.py': 'class Deployment: pass\n' },
    variables: { MODEL: 'iris', VERSION: '3' },
    ...{ promote: true, needed: undefined },
  };

  const deploy = (more: Partial<DeploymentStepSpec> = {}, performing = {}): Promise<VersionOutput> =>
    deployment.perform(setting.step(performing), { ...spec, ...more });

  const counted = () =>
    Object.fromEntries(
      ['deployment', 'deploymentVersion', 'deploymentRevision'].map((kind) => [
        kind,
        created(setting.simulator, kind).length,
      ]),
    );
  const once = { deployment: 1, deploymentVersion: 1, deploymentRevision: 1 };
  const path = { projectName: 'iris', deploymentName: 'species' };
  const serving = async () => (await setting.deps.ubiops.deployments.get({ path })).default_version;
  const variables = async (version: string) => {
    const listed = await setting.deps.ubiops.versionVariables.list({ path: { ...path, version } });
    return Object.fromEntries(listed.map(({ name, value }) => [name, value]));
  };

  it.each<[DeploymentStepSpec['settings'], string, object]>([
    [
      { environment: 'python3-13' },
      'environment: there is no environment "python3-13"; there are python3-12, python3-11',
      { deployment: 1 },
    ],
    [
      { environment: 'python3-12', instanceType: '1tb' },
      'instanceType: there is no instance type "1tb"; there is 512mb',
      { deployment: 1 },
    ],
  ])(
    'ends at once for what the input alone names and two readings do not find: %j',
    async (settings, message, made) => {
      const given = ['project', 'environment', 'tag', 'instanceType'];
      await expect(deploy({ settings, given })).rejects.toMatchObject({
        type: 'NOT_FOUND',
        nonRetryable: true,
        message,
      });
      expect(counted()).toEqual({ deploymentVersion: 0, deploymentRevision: 0, ...made });
      await expect(deploy({ project: 'irsi', given })).rejects.toMatchObject({
        ...{ type: 'NOT_FOUND', message: 'project: there is no project "irsi"; there is iris' },
      });
    },
  );

  it('is patient with an environment that a step before has made', async () => {
    const { effect, effects } = setting.step();
    await deploy();
    const { input: _, output: _output, files, variables: set, ...of } = spec;
    const asked = { ...of, settings: { environment: 'mine' }, content: { files, variables: set } };
    await expect(effects.ensureVersion({ ...effect, spec: asked })).rejects.toMatchObject({
      type: 'OBJECT_MISSING',
      message: expect.stringContaining('environment "mine" is not there; it was there before') as unknown,
    });
  });

  describe('a deployment', () => {
    it('is made with its version, its variables and its package, and serves', async () => {
      const made = await deploy();
      expect(made).toEqual({
        ...{ project: 'iris', deployment: 'species', created: true, promoted: true, previous: null },
        version: expect.stringMatching(/^lh-[0-9a-f]{12}$/) as unknown,
        revisionId: expect.any(String) as unknown,
      });
      expect(await variables(made.version)).toEqual(spec.variables);
      expect([await serving(), counted()]).toEqual([made.version, once]);
    });

    it('makes nothing where the same is there', async () => {
      const first = await deploy();
      const again = await deploy({}, { origin: otherOrigin });
      expect(again).toEqual({ ...first, created: false, previous: first.version });
      expect(counted()).toEqual(once);
    });

    it('takes the package that its version runs on where that is gone, and no page for another one', async () => {
      const first = await deploy();
      const gone = { kind: 'status', status: 404, body: { error: 'The file has expired' } };
      await setting.inject({ endpoint: 'deploymentRevisions.download', ...gone });
      expect((await deploy({}, { origin: otherOrigin })).revisionId).toBe(first.revisionId);
      const page = { kind: 'status', status: 200, body: '<html>Please log in</html>' };
      await setting.inject({ endpoint: 'deploymentRevisions.download', ...page, times: 2 });
      expect((await deploy({}, { origin: otherOrigin })).revisionId).toBe(first.revisionId);
      expect(counted()).toEqual(once);
    });

    it('uploads its package where an old one is gone and nothing says what it was', async () => {
      const first = await deploy();
      await setting.deps.ubiops.versions.update({
        path: { ...path, version: first.version },
        body: { labels: {} },
      });
      const step = setting.step();
      const gone = { kind: 'status', status: 404, body: { error: 'The file has expired' }, times: 2 };
      await setting.inject({ endpoint: 'deploymentRevisions.download', ...gone });
      const { version, revisionId } = first;
      const uploaded = await step.effects.ensurePackage({
        ...step.effect,
        version: { project: 'iris', deployment: 'species', version },
        package: { files: spec.files },
        before: [revisionId],
      });
      expect(uploaded).toMatchObject({ created: true });
    });

    it('is the same where its package has made an environment of its own', async () => {
      const files = { ...spec.files, 'requirements.txt': 'numpy\n' };
      const first = await deploy({ files });
      expect(await deploy({ files }, { origin: otherOrigin })).toMatchObject({ version: first.version });
      expect(counted()).toEqual(once);
    });

    it('waits for a person where its variables do not come to be there', async () => {
      const { version } = await deploy();
      const listed = await setting.deps.ubiops.versionVariables.list({ path: { ...path, version } });
      const body = listed.map((one) => ({ ...one, value: 'as the platform spells it' }));
      const other = { kind: 'status', status: 200, body, times: 1_000 };
      await setting.inject({ endpoint: 'versionVariables.list', ...other });
      await expect(deploy()).rejects.toMatchObject({
        type: 'OBJECT_MISSING',
        message: expect.stringContaining('MODEL, VERSION of 2 variables are not there') as unknown,
      });
    });

    it('is another version where anything that it is made of is another, which takes over', async () => {
      const first = await deploy();
      const second = await deploy({ variables: { MODEL: 'iris', VERSION: '4' } });
      expect(second.version).not.toBe(first.version);
      expect([second.previous, await serving()]).toEqual([first.version, second.version]);
      const back = await deploy();
      expect([back.version, await serving()]).toEqual([first.version, first.version]);
      expect(counted()).toEqual({ deployment: 1, deploymentVersion: 2, deploymentRevision: 2 });
    });

    it('serves nobody where it is not promoted, and is the same version when it is later', async () => {
      const live = await deploy();
      const candidate = await deploy({ variables: {}, promote: false });
      expect([candidate.promoted, await serving()]).toEqual([false, live.version]);
      const promoted = await deploy({ variables: {} });
      expect(promoted).toMatchObject({
        version: candidate.version,
        revisionId: candidate.revisionId,
        promoted: true,
      });
      expect(counted()).toEqual({ deployment: 1, deploymentVersion: 2, deploymentRevision: 2 });
    });

    it('parks where a stated name has another content, or the deployment takes something else', async () => {
      await deploy({ version: 'v1' });
      await expect(deploy({ version: 'v1', variables: {} })).rejects.toMatchObject({
        type: 'CONFLICT',
        message: expect.stringContaining(
          'version v1 of species is there, and is made of something else',
        ) as unknown,
      });
      await expect(deploy({ input: 'plain' })).rejects.toMatchObject({
        type: 'CONFLICT',
        message: expect.stringContaining('takes { petal: double }, not plain text') as unknown,
      });
      expect(counted()).toEqual(once);
    });

    it('uploads its package again where somebody has uploaded another one since', async () => {
      const first = await deploy();
      const at = { ...path, version: first.version };
      const content = deploymentPackage({ 'deployment.py': 'other' }).bytes;
      const body = { file: { name: 'package.zip', content } };
      await setting.deps.ubiops.deploymentRevisions.upload({ path: at, body });
      await setting.pass(60);
      const { revisionId } = await deploy({}, { origin: otherOrigin });
      expect(revisionId).not.toBe(first.revisionId);
      const { active_revision: active } = await setting.deps.ubiops.versions.get({ path: at });
      expect(active).toBe(revisionId);
    });

    it('parks where somebody has changed what its version runs on', async () => {
      const { version } = await deploy();
      const body = dialect === 'v2' ? { environment: 'python3-11', environment_tag: 'latest' } : {};
      await setting.deps.ubiops.versions.update({
        path: { ...path, version },
        body: { environment: 'python3-11', ...body },
      });
      await expect(deploy({}, { origin: otherOrigin })).rejects.toMatchObject({
        type: 'CONFLICT',
        message: `version ${version} of species is there, and its environment is python3-11, not python3-12; somebody has changed it: change it back, or delete it`,
      });
    });

    it('is refused before anything is made where its package would not run in its environment', async () => {
      const { environments } = setting.deps.ubiops;
      const base = dialect === 'v2' ? {} : { base_environment: 'python3-12' };
      await environments.create({ path: { projectName: 'iris' }, body: { name: 'own', ...base } });
      const files = { ...spec.files, 'requirements.txt': 'numpy' };
      await expect(deploy({ files, settings: { environment: 'own' } })).rejects.toMatchObject({
        type: 'REQUEST_REJECTED',
        message: expect.stringContaining('requirements.txt') as unknown,
      });
      expect(counted()).toMatchObject({ deploymentVersion: 0, deploymentRevision: 0 });
    });

    it('fails with the platform’s words and the log where its package is not built', async () => {
      const files = { ...spec.files, 'requirements.txt': 'does-not-exist==1' };
      await expect(deploy({ files })).rejects.toMatchObject({
        type: 'DEPLOYMENT_FAILED',
        message: expect.stringMatching(
          /was not built: No matching distribution found; log: Collecting does-not-exist \| no such thing$/,
        ) as unknown,
      });
    });
  });

  /** The endpoint that creates, and how often it is asked where its answer is lost after the commit. */
  const creations = [
    'deployments.create',
    'versions.create',
    'versionVariables.create',
    'deploymentRevisions.upload',
  ];

  describe.each([400, 409])('where a name that is taken is refused with %i', (duplicates) => {
    beforeEach(() => setting.behave({ duplicates }));

    it.each(creations)(
      'adopts what %s has made when its answer is lost after the commit',
      async (endpoint) => {
        await setting.inject({ endpoint, kind: 'lose-answer' });
        const made = await deploy();
        expect(counted()).toEqual(once);
        expect([await serving(), await variables(made.version)]).toEqual([made.version, spec.variables]);
        expect(calls(setting.simulator, endpoint)).toBe(endpoint === 'versionVariables.create' ? 2 : 1);
      },
    );

    it.each(creations)('sends %s once more when the request was lost', async (endpoint) => {
      await setting.inject({ endpoint, kind: 'lose-request' });
      await deploy();
      expect(counted()).toEqual(once);
    });

    it('takes a variable that another has set meanwhile', async () => {
      await setting.inject({
        endpoint: 'versionVariables.list',
        kind: 'status',
        status: 200,
        body: [],
        times: 4,
      });
      await deploy();
      await setting.inject({
        ...{ endpoint: 'versionVariables.list', occurrence: 1, times: 3 },
        ...{ kind: 'status', status: 200, body: [] },
      });
      const made = await deploy();
      expect(await variables(made.version)).toEqual(spec.variables);
      expect(created(setting.simulator, 'environmentVariable')).toHaveLength(2);
    });

    it('makes nothing twice where each of its workers was cut off after it had sent', async () => {
      const first = await deploy();
      expect(await deploy({}, { begunBefore: true, firstTry: 2 })).toMatchObject({
        ...{ version: first.version, revisionId: first.revisionId, promoted: true },
      });
      expect(counted()).toEqual(once);
    });

    it('takes what another has made between its look and its request', async () => {
      const missing = { status: 404, body: { error: 'Deployment was not found' } };
      await deploy();
      await setting.inject({ endpoint: 'deployments.get', kind: 'status', ...missing });
      await setting.inject({
        endpoint: 'versions.get',
        kind: 'status',
        status: 404,
        body: { error: 'Deployment version was not found' },
      });
      await deploy();
      expect(counted()).toEqual(once);
    });
  });

  describe('promoting a version', () => {
    it('waits until the platform lets it serve', async () => {
      await deploy();
      const refusal = { status: 400, body: { error: 'Default cannot be set to an unavailable version' } };
      await setting.inject({ endpoint: 'deployments.update', kind: 'status', ...refusal, times: 3 });
      const second = await deploy({ variables: {} });
      expect(await serving()).toBe(second.version);
    });

    it('is said where one look shows it, whatever the next one would show', async () => {
      const { version, revisionId } = await deploy();
      const step = setting.step();
      const old = { kind: 'status', status: 200, body: { name: 'species', default_version: null } };
      await setting.inject({ endpoint: 'deployments.get', ...old, occurrence: 2 });
      const made = { project: 'iris', deployment: 'species', version, created: false, activeRevision: null };
      const asked = { version: made, revisionId, previous: version, promote: true };
      expect(await step.effects.ensureServing({ ...step.effect, ...asked })).toMatchObject({
        promoted: true,
      });
    });

    it('fails when that takes longer than it may', async () => {
      const live = await deploy();
      const version = await deploy({ variables: {}, promote: false });
      const refusal = { status: 400, body: { error: 'Default cannot be set to an unavailable version' } };
      await setting.inject({ endpoint: 'deployments.update', kind: 'status', ...refusal });
      const step = setting.step();
      const { revisionId } = version;
      const asked = { version: { ...version, activeRevision: null }, revisionId, previous: live.version };
      await expect(
        step.effects.ensureServing({ ...step.effect, ...asked, promote: true, withinMs: 0 }),
      ).rejects.toMatchObject({
        type: 'DEPLOYMENT_FAILED',
        message: `version ${version.version} of species is not available yet, and was not in time`,
      });
      expect(await serving()).toBe(live.version);
    });

    it('is not asked for the state of the version, which may stay unavailable without instances', async () => {
      await setting.behave({ idleVersions: 'unavailable' });
      const first = await deploy();
      const second = await deploy({ variables: {} });
      expect([second.previous, await serving()]).toEqual([first.version, second.version]);
    });
  });

  describe('undoing', () => {
    const undo = async (more: object = {}) => {
      const step = setting.step();
      return step.effects.takeBackVersion({
        ...step.effect,
        project: 'iris',
        deployment: 'species',
        ...more,
      });
    };

    it('has requests go to the version of before, and deletes its own', async () => {
      const first = await deploy({}, { origin: otherOrigin });
      const { version } = await deploy({ variables: {} });
      // Nobody knows what it was: the version says it.
      const { undone, leftBehind } = await undo();
      expect([undone, leftBehind]).toEqual([[{ kind: 'deploymentVersion', id: version }], []]);
      const left = await setting.deps.ubiops.versions.list({ path, query: {} });
      expect([await serving(), left.map((one) => one.version)]).toEqual([first.version, [first.version]]);
    });

    it('leaves what another run has made, and what somebody has put in its place', async () => {
      const first = await deploy({}, { origin: otherOrigin });
      expect(await undo({ version: first.version, previous: first.version })).toMatchObject({
        undone: [],
        leftBehind: [],
      });
      const second = await deploy({ variables: {} });
      await setting.deps.ubiops.deployments.update({ path, body: { default_version: first.version } });
      expect((await undo()).undone).toEqual([{ kind: 'deploymentVersion', id: second.version }]);
      expect(await serving()).toBe(first.version);
    });
  });
});
