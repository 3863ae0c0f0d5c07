/** What cannot be read of environments decides nothing: no second package, no conflict, no success. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ubiopsActivities } from '../../../../src/activities/ubiops/index.js';
import { build } from '../../../../src/steps/ubiops/build.js';
import { environment } from '../../../../src/steps/ubiops/environment.js';
import type { UbiOpsCalls } from '../../../../src/steps/ubiops/effects.js';
import type { EnvironmentSpec, RevisionSpec } from '../../../../src/steps/ubiops/environments.js';
import { revision } from '../../../../src/steps/ubiops/revision.js';
import { calls } from '../../../support/ledger.js';
import { contextOf } from '../../performing.js';
import { type UbiOpsSetting, alone, openUbiOps } from '../setting.js';

const origin = { runId: 'x.y', firstAttemptId: 'a', step: 'revision', generation: 1 };
const spec: EnvironmentSpec = { project: 'iris', name: 'training', base: 'python3-12' };
const files = { 'requirements.txt': 'pandas==2.2.3\n' };
const page = { kind: 'status', status: 200, body: '<html>Please log in</html>' };
const gone = { kind: 'status', status: 404, body: { error: 'The file has expired' }, times: 1_000 };

const opened = (dialect: 'v2.1' | 'v2') => {
  let setting: UbiOpsSetting;
  let isAnothers: boolean;
  beforeEach(async () => {
    setting = await openUbiOps(dialect);
    isAnothers = false;
  });
  afterEach(() => setting.close());
  const contextFor = (runId = origin.runId) =>
    contextOf<UbiOpsCalls>(
      ubiopsActivities.createEffects(setting.deps, {
        ...alone,
        isAnothers: () => Promise.resolve(isAnothers),
      }),
      {
        origin: { ...origin, runId },
        between: async (effect) => {
          if (effect === 'awaitBuild') await setting.pass(30);
          await delay(setting.deps.waits.settleMs);
        },
      },
    ).step;
  return {
    of: () => setting,
    /** Another run was the last to begin a build of the content. */
    begunByAnother: () => {
      isAnothers = true;
    },
    contextFor,
    ensure: (more: Partial<EnvironmentSpec> = {}) => environment.perform(contextFor(), { ...spec, ...more }),
    revise: (made: RevisionSpec['environment'], more: Partial<RevisionSpec> = {}, runId?: string) =>
      revision.perform(contextFor(runId), { environment: made, source: { files }, ...more }),
  };
};

describe('in /v2.1', () => {
  const { of, contextFor, ensure, revise } = opened('v2.1');

  it('a page in place of a package makes no second one, and is not remembered', async () => {
    const made = await ensure();
    await of().inject({ endpoint: 'revisions.upload', kind: 'lose-answer' });
    await of().inject({ endpoint: 'revisions.download', ...page });
    expect(await revise(made)).toMatchObject({ created: true, inDoubt: true });
    expect(of().made('environmentRevision')).toBe(1);
  });

  /** Its build has succeeded; the environment answers as if something else were so. */
  const built = async () => {
    const ours = await revise(await ensure());
    await build.perform(contextFor(), ours);
    return ours;
  };
  const awaited = (ours: Awaited<ReturnType<typeof built>>) => build.perform(contextFor('x.z'), ours);
  const answering = async (fields: object): Promise<void> => {
    const path = { projectName: 'iris', environmentName: 'training' };
    const now = await of().deps.ubiops.environments.get({ path });
    const body = { ...now, ...fields };
    await of().inject({ endpoint: 'environments.get', kind: 'status', status: 200, body, times: 1_000 });
  };

  it('a build is not done while the environment has another one active', async () => {
    const other = await revise(await ensure(), { source: { files: { 'requirements.txt': 'numpy\n' } } });
    await build.perform(contextFor(), other);
    const ours = await built();
    await answering({ active_build: other.buildId, active_revision: other.revisionId });
    await expect(awaited(ours)).rejects.toMatchObject({
      type: 'OUTCOME_UNKNOWN',
      message: expect.stringContaining(`has build ${other.buildId} active`) as unknown,
    });
  });

  it('a later revision that cannot be read is not another content', async () => {
    const ours = await built();
    await answering({ active_build: 'B9', active_revision: 'R9', latest_revision: 'R9', latest_build: 'B9' });
    await of().inject({ endpoint: 'revisions.download', ...gone });
    await expect(awaited(ours)).rejects.toMatchObject({ type: 'OUTCOME_UNKNOWN' });
  });

  it('a build is done where another revision of its content is active', async () => {
    const ours = await built();
    const path = { projectName: 'iris', environmentName: 'training' };
    const body = { source_environment: 'training' };
    const { revision: twin, build: id } = await of().deps.ubiops.revisions.upload({ path, body });
    await answering({ active_build: id, active_revision: twin });
    expect(await awaited(ours)).toMatchObject({ buildId: ours.buildId });
  });

  it('the builds of a later revision whose build is lost are read once', async () => {
    const made = await ensure();
    const { effects, effect } = contextFor();
    const asked = { environment: made, source: { files: { 'requirements.txt': 'does-not-exist\n' } } };
    const before = await effects.getRevisionsBefore({ ...asked, connection: 'ubiops-test' });
    await revise(made, asked, 'x.other');
    await of().pass(300);
    const reads = () => calls(of().simulator, 'builds.list');
    const read = reads();
    expect(await effects.ensureRevision({ ...effect, ...asked, before })).toMatchObject({ created: true });
    expect(reads() - read).toBe(1);
  });

  it('an environment in which another run builds is left, and listed', async () => {
    const made = await ensure();
    await revise(made, {}, 'x.other');
    const { effects, effect } = contextFor();
    const remove = () =>
      effects.archiveUnusedEnvironment({
        ...{ ...effect, project: 'iris', environment: 'training' },
        origin,
      });
    expect((await remove()).leftBehind).toMatchObject([{ id: 'training' }]);
    await of().pass(300);
    expect((await remove()).undone).toMatchObject([{ id: 'training' }]);
  });
});

describe.each(['v2.1', 'v2'] as const)('in /%s', (dialect) => {
  const { contextFor, ensure, begunByAnother } = opened(dialect);

  it('a build that another run may have begun since is left, and told', async () => {
    const made = await ensure();
    const { effects, effect } = contextFor();
    const asked = { environment: made, source: { files } };
    const before = await effects.getRevisionsBefore({ ...asked, connection: 'ubiops-test' });
    const { buildId: id } = await effects.ensureRevision({ ...effect, ...asked, before });
    const place = { project: 'iris', environment: 'training' };
    begunByAnother();
    expect(await effects.cancelEnvironmentBuild({ ...effect, ...place, before })).toMatchObject({
      undone: [],
      leftBehind: [{ kind: 'build', id, reason: expect.stringContaining('another run') as unknown }],
    });
  });
});

describe('in /v2', () => {
  const { of, contextFor, ensure, revise } = opened('v2');
  const counts = () => [of().made('environmentTag'), of().made('environmentBuild')];

  it('a build that nobody has read an answer about is cancelled, and none that was under way before', async () => {
    const made = await ensure();
    const { effects, effect } = contextFor();
    const asked = { environment: made, source: { files } };
    const look = () => effects.getRevisionsBefore({ ...asked, connection: 'ubiops-test' });
    const before = await look();
    const { buildId: id } = await effects.ensureRevision({ ...effect, ...asked, before });
    const place = { project: 'iris', environment: 'training' };
    const cancelled = async (known: typeof before) =>
      (await effects.cancelEnvironmentBuild({ ...effect, ...place, before: known })).undone;
    expect(await cancelled(await look())).toEqual([]);
    expect(await cancelled(before)).toEqual([{ kind: 'build', id }]);
    expect((await look()).revisions).toEqual([]);
  });

  it('a page in place of a package is no other content', async () => {
    const made = await ensure();
    const first = await revise(made, { tag: '1' });
    await of().inject({ endpoint: 'tags.download', ...page });
    expect(await revise(made, { tag: '1' }, 'x.other')).toMatchObject({
      ...{ tag: first.tag, created: false },
    });
    expect(counts()).toEqual([1, 1]);
  });

  it('nothing is built over a tag that has been built and cannot be read', async () => {
    const made = await ensure();
    await revise(made, { tag: '1' });
    await of().pass(300);
    await of().inject({ endpoint: 'tags.download', ...gone });
    await expect(revise(made, { tag: '1' }, 'x.other')).rejects.toMatchObject({
      type: 'CONFLICT',
      message: expect.stringContaining('its package cannot be read') as unknown,
    });
    expect(
      of()
        .simulator.ledger()
        .filter(({ endpoint }) => endpoint === 'tags.build'),
    ).toHaveLength(1);
  });

  it('a tag that is named by its content is known by that where its package is gone', async () => {
    const made = await ensure();
    const first = await revise(made);
    await of().pass(300);
    await of().inject({ endpoint: 'tags.download', ...gone });
    expect(await revise(made, {}, 'x.other')).toMatchObject({ tag: first.tag, created: false, built: true });
    expect(counts()).toEqual([1, 1]);
  });

  /** A tag whose build was cancelled, and how it is built once more. */
  const cancelled = async () => {
    const added = await revise(await ensure());
    const path = { projectName: 'iris', environmentName: 'training', tagName: added.tag ?? '' };
    await of().deps.ubiops.tags.update({ path, body: { status: 'cancelled' } });
    const rebuild = (runId: string) => {
      const { effects, effect } = contextFor(runId);
      return effects.ensureBuild({ ...effect, revision: added, before: [] });
    };
    const known = await of().deps.ubiops.tags.get({ path });
    const builds = (endpoint: string) =>
      of()
        .simulator.ledger()
        .filter((one) => one.endpoint === endpoint).length;
    return { rebuild, known, builds };
  };

  it('a rebuild whose answer is lost is looked for as long as reads may not show it, and sent once', async () => {
    const { rebuild, known, builds } = await cancelled();
    await of().inject({ endpoint: 'tags.rebuild', kind: 'lose-answer' });
    const old = { kind: 'status', status: 200, body: known };
    await of().inject({ endpoint: 'tags.get', ...old, occurrence: 2, times: 2 });
    expect(await rebuild('x.y')).toMatchObject({ rebuilt: true });
    expect(builds('tags.rebuild')).toBe(1);
  });

  it('a rebuild that another run has begun meanwhile is waited for', async () => {
    const { rebuild, known } = await cancelled();
    await rebuild('x.other');
    await of().inject({ endpoint: 'tags.get', kind: 'status', status: 200, body: known });
    expect(await rebuild('x.y')).toMatchObject({ rebuilt: false });
    expect(of().made('environmentBuild')).toBe(2);
  });

  it('a tag of the same files on another base, or for other requests, is no one to adopt', async () => {
    const made = await ensure();
    await revise(made, { tag: '1' });
    await of().pass(300);
    const taken = (more: object) => revise({ ...made, ...more }, { tag: '1' }, 'x.other');
    await expect(taken({ base: 'python3-11' })).rejects.toMatchObject({
      type: 'CONFLICT',
      message: expect.stringContaining('builds on python3-12, not on python3-11') as unknown,
    });
    await expect(taken({ base: null })).rejects.toMatchObject({ type: 'CONFLICT' });
    const { supports_request_format: supports } = await of().deps.ubiops.tags.get({
      path: { projectName: 'iris', environmentName: 'training', tagName: '1' },
    });
    await expect(taken({ supportsRequestFormat: supports !== true })).rejects.toMatchObject({
      type: 'CONFLICT',
      message: expect.stringContaining('the request format') as unknown,
    });
    expect(counts()).toEqual([1, 1]);
  });
});
