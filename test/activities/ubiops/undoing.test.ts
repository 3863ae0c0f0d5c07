/** What is undone on UbiOps is lost sight of by no answer that passes, and what served before a run goes on serving. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RemoteReference } from '../../../src/run/steps.js';
import { deployment, type DeploymentStepSpec } from '../../../src/steps/ubiops/deployment.js';
import { environment } from '../../../src/steps/ubiops/environment.js';
import { ubiopsActivities } from '../../../src/activities/ubiops/index.js';
import type { UbiOpsCalls } from '../../../src/steps/ubiops/effects.js';
import { calls } from '../../support/ledger.js';
import { contextOf } from '../performing.js';
import { type ServingSetting, openServing, origin, otherOrigin } from './serving-setting.js';
import { alone } from './setting.js';

let setting: ServingSetting;
beforeEach(async () => (setting = await openServing('v2.1', '', { undoMs: 20_000, sweepMs: 20_000 })));
afterEach(() => setting.close());

const spec: DeploymentStepSpec = {
  ...{ project: 'iris', deployment: 'species' },
  ...{ input: { petal: 'double' }, output: { species: 'string' } },
  settings: { environment: 'python3-12' },
  files: { 'deployment.py': 'class Deployment: pass\n' },
  variables: { MODEL: 'iris' },
  ...{ promote: true, needed: undefined },
};
const path = { projectName: 'iris', deploymentName: 'species' };
const missing = (what: string) => ({ kind: 'status', status: 404, body: { error: `${what} was not found` } });
const serving = async () => (await setting.deps.ubiops.deployments.get({ path })).default_version;
const deploy = (more: Partial<DeploymentStepSpec> = {}, performing = {}) =>
  deployment.perform(setting.step(performing), { ...spec, ...more });

describe('a version', () => {
  const takeBack = (of: {
    readonly version: string;
    readonly previous?: string | null;
    readonly told?: readonly RemoteReference[];
  }) => {
    const { effect, effects } = setting.step();
    return effects.takeBackVersion({ ...effect, project: 'iris', deployment: 'species', ...of });
  };

  it('is taken back although one read does not find it, nor the one that served before it', async () => {
    const before = await deploy({}, { origin: otherOrigin });
    const { version } = await deploy({ variables: {} });
    await setting.inject({ endpoint: 'versions.get', ...missing('Deployment version') });
    await setting.inject({ endpoint: 'versions.get', ...missing('Deployment version'), occurrence: 2 });
    const { undone, leftBehind } = await takeBack({ version });
    expect([undone, leftBehind]).toEqual([[{ kind: 'deploymentVersion', id: version }], []]);
    expect(await serving()).toBe(before.version);
  });

  it('that serves because it was the first is deleted while there is no other', async () => {
    const { version } = await deploy({ promote: false });
    const other = await deploy({ variables: {}, promote: false }, { origin: otherOrigin });
    expect(await serving()).toBe(version);
    const reason = 'it serves, and nothing says which version served before it';
    expect(await takeBack({ version })).toMatchObject({ undone: [], leftBehind: [{ id: version, reason }] });
    await setting.deps.ubiops.versions.delete({ path: { ...path, version: other.version } });
    expect(await takeBack({ version })).toMatchObject({ undone: [{ id: version }], leftBehind: [] });
  });

  it('that serves stays until another one does, where that is to replace it', async () => {
    const { version } = await deploy();
    const { effect, effects } = setting.step();
    const undoing = {
      ...effect,
      project: 'iris',
      deployment: 'species',
      version,
      untilReplaced: true as const,
    };
    const taking = effects.takeBackVersion(undoing);
    const other = await deploy({ variables: {} }, { origin: otherOrigin });
    expect(await taking).toEqual({ undone: [{ kind: 'deploymentVersion', id: version }], leftBehind: [] });
    expect(await serving()).toBe(other.version);
  });

  it('is taken back although one look shows that another one serves', async () => {
    const before = await deploy({}, { origin: otherOrigin });
    const { version } = await deploy({ variables: {} });
    const body = { name: 'species', default_version: before.version };
    await setting.inject({ endpoint: 'deployments.get', kind: 'status', status: 200, body });
    const { undone } = await takeBack({ version, previous: before.version });
    expect(undone).toEqual([{ kind: 'deploymentVersion', id: version }]);
    expect(await serving()).toBe(before.version);
  });

  it('is said to be deleted where the answer to that is lost', async () => {
    await deploy({}, { origin: otherOrigin });
    const { version } = await deploy({ variables: {} });
    await setting.inject({ endpoint: 'versions.delete', kind: 'lose-answer' });
    expect((await takeBack({ version })).undone).toEqual([{ kind: 'deploymentVersion', id: version }]);
  });

  it.each([
    ['is deleted once more where a late request has made it again', {}, 1],
    ['stays where another run has made it again', { origin: otherOrigin }, 0],
  ])('that was deleted %s', async (_, performing, deleted) => {
    const { version } = await deploy();
    const told = [{ kind: 'deploymentVersion', id: version }];
    expect((await takeBack({ version, previous: null })).undone).toEqual(told);
    await deploy({}, performing);
    expect((await takeBack({ version, previous: null, told })).undone).toHaveLength(deleted);
    expect(await serving()).toBe(deleted === 1 ? null : version);
  });

  it('that served before the run, which only found it made of the same, goes on serving', async () => {
    await deploy({}, { origin: otherOrigin });
    const live = await deploy({ variables: {} }, { origin: otherOrigin });
    const { version, previous, created } = await deploy({ variables: {} });
    expect([version, previous, created]).toEqual([live.version, live.version, false]);
    expect(await takeBack({ version, previous })).toEqual({ undone: [], leftBehind: [] });
    expect(await serving()).toBe(live.version);
  });

  describe('that the run has found and put live', () => {
    /** One is live when the run puts another live, which was there before. */
    const putLive = async () => {
      const found = await deploy({}, { origin: otherOrigin });
      const live = await deploy({ variables: {} }, { origin: otherOrigin });
      const { version, previous } = await deploy();
      expect([version, previous, await serving()]).toEqual([found.version, live.version, found.version]);
      return { version, previous: live.version };
    };

    it('serves no more where the one that served before it is known', async () => {
      const { version, previous } = await putLive();
      expect((await takeBack({ version, previous })).undone).toMatchObject([{ id: version }]);
      expect(await serving()).toBe(previous);
    });

    it('serves on where nobody knows that: what it says itself is what its own run has replaced', async () => {
      await deploy({ variables: { MODEL: 'first' } }, { origin: otherOrigin });
      const { version } = await putLive();
      const reason = 'it serves, and nothing says which version served before it';
      expect(await takeBack({ version })).toMatchObject({
        undone: [],
        leftBehind: [{ id: version, reason }],
      });
      expect(await serving()).toBe(version);
    });

    it('serves on where none served before it, and that is said', async () => {
      const { version } = await putLive();
      const reason = 'it serves, and none served before it';
      expect(await takeBack({ version, previous: null })).toMatchObject({
        ...{ undone: [], leftBehind: [{ id: version, reason }] },
      });
    });

    it('serves on where another run has deployed since, which may have put it live', async () => {
      const { version, previous } = await putLive();
      const keys: string[] = [];
      const { effect } = setting.step();
      const { takeBackVersion } = ubiopsActivities.createEffects(setting.deps, {
        ...alone,
        isHeldByAnother: (_, key) => {
          keys.push(key);
          return Promise.resolve(true);
        },
      });
      const { effects } = contextOf<UbiOpsCalls>(
        { takeBackVersion },
        { origin, between: () => Promise.resolve() },
      ).step;
      const at = { project: 'iris', deployment: 'species' };
      expect(await effects.takeBackVersion({ ...effect, ...at, version, previous })).toMatchObject({
        undone: [],
        leftBehind: [{ id: version, reason: expect.stringContaining('another run') as unknown }],
      });
      expect([await serving(), keys]).toEqual([version, ['domino-test.model-api.iris.species']]);
    });
  });
});

describe('an environment', () => {
  const names = async () => {
    const query = { environment_type: 'custom' as const };
    const listed = await setting.deps.ubiops.environments.list({ path: { projectName: 'iris' }, query });
    return listed.map(({ name }) => name);
  };
  const remove = () => {
    const { effect, effects } = setting.step();
    return effects.archiveUnusedEnvironment({ ...effect, project: 'iris', environment: 'own' });
  };

  it.each([
    ['environments.get', missing('Environment')],
    ['environments.delete', missing('Environment')],
    ['environments.delete', { kind: 'lose-answer' }],
  ])('is deleted although %s is answered with %j', async (endpoint, fault) => {
    await environment.perform(setting.step(), { project: 'iris', name: 'own', base: 'python3-12' });
    await setting.inject({ endpoint, ...fault });
    expect(await remove()).toEqual({ undone: [{ kind: 'environment', id: 'own' }], leftBehind: [] });
    expect(await names()).toEqual([]);
  });

  it('is looked for by its marker, and no other one is read', async () => {
    const body = { base_environment: 'python3-12' };
    for (const name of ['a', 'b', 'c'])
      await setting.deps.ubiops.environments.create({
        path: { projectName: 'iris' },
        body: { name, ...body },
      });
    await environment.perform(setting.step(), { project: 'iris', name: 'own', base: 'python3-12' });
    const before = calls(setting.simulator, 'environments.get');
    const { effect, effects } = setting.step();
    const { undone } = await effects.archiveUnusedEnvironment({ ...effect, project: 'iris' });
    expect(undone).toEqual([{ kind: 'environment', id: 'own' }]);
    expect(calls(setting.simulator, 'environments.get') - before).toBeLessThanOrEqual(2);
    expect((await names()).sort()).toEqual(['a', 'b', 'c']);
  });

  it('is left where another run has taken it over, which writes that down and looks once more', async () => {
    const taken: unknown[] = [];
    const object = { kind: 'environment', id: 'own' } as const;
    const takenOver = { state: 'left', left: { ...object, reason: 'taken over', lasting: true } } as const;
    const effects = ubiopsActivities.createEffects(setting.deps, {
      ...alone,
      adopt: ({ origin: { runId } }, of) => {
        taken.push([runId, of]);
        return Promise.resolve();
      },
      undoAlone: () => Promise.resolve(takenOver),
    });
    const step = (of: typeof origin) =>
      contextOf<UbiOpsCalls>(effects, { origin: of, between: () => Promise.resolve() }).step;
    const spec = { project: 'iris', name: 'own', base: 'python3-12' };
    const { environmentId: within } = await environment.perform(step(origin), spec);
    await environment.perform(step({ ...origin, step: 'later' }), spec);
    expect(taken).toEqual([]);
    const before = calls(setting.simulator, 'environments.get');
    expect(await environment.perform(step(otherOrigin), spec)).toMatchObject({ created: false });
    expect(calls(setting.simulator, 'environments.get') - before).toBe(2);
    expect(taken).toEqual([[otherOrigin.runId, { kind: 'environment', name: 'own', within }]]);
    const { effect, effects: own } = step(origin);
    const at = { project: 'iris', environment: 'own' };
    expect(await own.archiveUnusedEnvironment({ ...effect, ...at })).toMatchObject({
      ...{ undone: [], leftBehind: [{ id: 'own', reason: 'taken over' }] },
    });
    expect(await names()).toEqual(['own']);
  });

  it('stays where its run was cancelled before it knew of it: another one may have adopted it', async () => {
    await environment.perform(setting.step(), { project: 'iris', name: 'own', base: 'python3-12' });
    const { effect, effects } = setting.step();
    const asked = { ...effect, project: 'iris', keep: true, doubt: 'perhaps' } as const;
    expect((await effects.archiveUnusedEnvironment(asked)).undone).toEqual([]);
    expect(await names()).toEqual(['own']);
  });
});
