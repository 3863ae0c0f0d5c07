/** Environments, revisions and builds of UbiOps as steps, against the simulator over HTTP, in both dialects. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createForesight } from '../../../../src/activities/replay/foresight.js';
import { ubiopsActivities } from '../../../../src/activities/ubiops/index.js';
import { revision as revisionRoom } from '../../../../src/activities/ubiops/revision.js';
import type { UbiOpsCalls } from '../../../../src/steps/ubiops/effects.js';
import { build } from '../../../../src/steps/ubiops/build.js';
import { environment } from '../../../../src/steps/ubiops/environment.js';
import type {
  EnvironmentOutput,
  EnvironmentSpec,
  RevisionOutput,
  RevisionSpec,
} from '../../../../src/steps/ubiops/environments.js';
import { revision } from '../../../../src/steps/ubiops/revision.js';
import { type Performing, contextOf } from '../../performing.js';
import { type UbiOpsSetting, alone, openUbiOps } from '../setting.js';

const origin = { runId: 'x.y', firstAttemptId: 'a', step: 'environment', generation: 1 };
const spec: EnvironmentSpec = { project: 'iris', name: 'training', base: 'python3-12' };
const files = { 'requirements.txt': 'pandas==2.2.3\n', 'ubiops.yaml': 'apt: []\n' };

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  let setting: UbiOpsSetting;
  beforeEach(async () => (setting = await openUbiOps(dialect)));
  afterEach(() => setting.close());

  const isV2 = dialect === 'v2';
  const creates = isV2 ? 'tags.build' : 'revisions.upload';
  const between = async (effect: string) => {
    if (effect === 'awaitBuild') await setting.pass(30);
    await delay(setting.deps.waits.settleMs);
  };
  const contextFor = (step: string, more: Partial<Performing> & { readonly runId?: string } = {}) => {
    const { runId = origin.runId, ...others } = more;
    return contextOf<UbiOpsCalls>(ubiopsActivities.createEffects(setting.deps, alone), {
      origin: { ...origin, runId, step },
      between,
      ...others,
    });
  };
  const ensureEnvironment = async (more = {}, of: EnvironmentSpec = spec): Promise<EnvironmentOutput> =>
    environment.perform(contextFor('environment', more).step, of);
  const revise = async (
    made: EnvironmentOutput,
    more: Parameters<typeof contextFor>[1] = {},
    of: Partial<RevisionSpec> = {},
  ) => {
    const { step, said } = contextFor('revision', more);
    return { output: await revision.perform(step, { environment: made, source: { files }, ...of }), said };
  };
  const awaitBuild = (added: RevisionOutput, more = {}) => {
    const { step, said } = contextFor('build', more);
    return { output: build.perform(step, added), said };
  };
  const counts = () => ({
    environments: setting.made('environment'),
    revisions: setting.made(isV2 ? 'environmentTag' : 'environmentRevision'),
    builds: setting.made('environmentBuild'),
  });
  const once = { environments: 1, revisions: 1, builds: 1 };

  it('ends at once for a base, or a source, that the input alone names and two readings do not find', async () => {
    const there = 'there are python3-12, python3-11';
    const tag = isV2 ? { sourceTag: 't' } : {};
    const contents = { sourceEnvironment: 'python3-13', ...tag };
    const given = ['base', 'contents.sourceEnvironment', 'sourceEnvironment'];
    await expect(ensureEnvironment({}, { ...spec, contents, given })).rejects.toMatchObject({
      ...{ type: 'NOT_FOUND', nonRetryable: true },
      message: `contents.sourceEnvironment: there is no environment "python3-13"; ${there}`,
    });
    const absent = { ...spec, base: 'pyton3-12', given };
    const fault = `base: there is no environment "pyton3-12"; ${there}`;
    if (!isV2)
      await expect(ensureEnvironment({}, absent)).rejects.toMatchObject({
        type: 'NOT_FOUND',
        message: fault,
      });
    expect(counts()).toEqual({ environments: 0, revisions: 0, builds: 0 });
    const made = await ensureEnvironment({}, isV2 ? absent : spec);
    await expect(revise(made, {}, { source: contents, given })).rejects.toMatchObject({
      ...{ type: 'NOT_FOUND', nonRetryable: true },
      message: expect.stringContaining('sourceEnvironment: there is no environment "python3-13"') as unknown,
    });
    if (isV2)
      await expect(revise(made)).rejects.toMatchObject({
        type: 'NOT_FOUND',
        message: expect.stringContaining(fault) as unknown,
      });
  });

  it('ends at once for a source whose tag its dialect lacks, or needs', async () => {
    const source = { sourceEnvironment: 'python3-12', ...(!isV2 && { sourceTag: 't' }) };
    await expect(revise(await ensureEnvironment(), {}, { source })).rejects.toMatchObject({
      ...{ type: 'REQUEST_REJECTED', nonRetryable: true },
    });
  });

  if (!isV2)
    it('refuses a tag, which its dialect lacks, instead of leaving it out', async () => {
      const made = await ensureEnvironment();
      await expect(revise(made, {}, { tag: 't' })).rejects.toMatchObject({
        ...{ type: 'REQUEST_REJECTED', nonRetryable: true },
        message: 'tag "t": this connection speaks /v2.1, which has no tags: leave it out',
      });
      expect(counts().revisions).toBe(0);
    });

  it('an environment is created, given its package and built, once', async () => {
    const made = await ensureEnvironment();
    expect(made).toMatchObject({
      project: 'iris',
      environment: 'training',
      base: 'python3-12',
      created: true,
    });
    const { output: added, said } = await revise(made);
    expect(added).toMatchObject({
      created: true,
      built: false,
      tag: isV2 ? expect.stringMatching(/^c-/) : null,
    });
    expect(said.undo.at(-1)).toMatchObject({ made: { id: added.buildId, parent: added.revisionId } });
    const built = await awaitBuild(added).output;
    expect(built).toMatchObject({
      environment: 'training',
      revisionId: added.revisionId,
      buildId: added.buildId,
    });
    expect(built.size).toBeGreaterThan(0);
    expect(counts()).toEqual(once);
  });

  it('what has the content is reused by another run, whatever the order of its files, and nothing is built', async () => {
    const first = (await revise(await ensureEnvironment())).output;
    await awaitBuild(first).output;
    const made = await ensureEnvironment({ runId: 'x.other' });
    expect(made.created).toBe(false);
    const turned = Object.fromEntries(Object.entries(files).reverse());
    const { output: again } = await revise(made, { runId: 'x.other' }, { source: { files: turned } });
    expect(again).toMatchObject({ ...first, created: false, built: true });
    expect(await awaitBuild(again, { runId: 'x.other' }).output).toMatchObject({ buildId: first.buildId });
    expect(counts()).toEqual(once);
  });

  describe.each([400, 409])('where a second one of a name is refused with %d', (duplicates) => {
    beforeEach(() => setting.behave({ duplicates }));

    it.each(['lose-answer', 'truncate', 'lose-request'])('nothing is made twice after %s', async (kind) => {
      await setting.inject({ endpoint: 'environments.create', kind });
      if (isV2) await setting.inject({ endpoint: 'tags.create', kind });
      await setting.inject({ endpoint: creates, kind });
      const made = await ensureEnvironment();
      const { output: added } = await revise(made);
      expect(added).toMatchObject({ created: true, inDoubt: true });
      await awaitBuild(added).output;
      expect(counts()).toEqual(once);
    });

    it('a killed worker’s effects are adopted by the next one', async () => {
      const made = await ensureEnvironment();
      const before = await contextFor('revision').step.effects.getRevisionsBefore({
        ...{ connection: 'ubiops-test', environment: made, source: { files } },
      });
      const add = (firstTry: number) => {
        const { effects, effect } = contextFor('revision', { firstTry }).step;
        return effects.ensureRevision({ ...effect, environment: made, source: { files }, before });
      };
      const unread = await add(1);
      expect(await add(2)).toEqual({ ...unread, inDoubt: true });
      expect(await ensureEnvironment({ firstTry: 2 })).toEqual({ ...made, inDoubt: true });
      expect(counts()).toEqual(once);
    });

    it('an environment that another run has made meanwhile is taken', async () => {
      await setting.behave({ visibleAfterMs: 3 });
      await ensureEnvironment({ runId: 'x.other' });
      expect((await ensureEnvironment()).created).toBe(false);
      expect(setting.made('environment')).toBe(1);
    });
  });

  it('a rebuild whose answer is lost, or whose worker is killed, is one build', async () => {
    const added = (await revise(await ensureEnvironment())).output;
    await awaitBuild(added).output;
    await setting.inject({ endpoint: isV2 ? 'tags.rebuild' : 'revisions.rebuild', kind: 'lose-answer' });
    const generation = 2;
    const more = { origin: { ...origin, step: 'build', generation } };
    const again = await awaitBuild(added, more).output;
    expect(again.buildId === added.buildId).toBe(isV2);
    expect(setting.made('environmentBuild')).toBe(2);
  });

  it('a build that fails says why, with the end of its log, and is no success', async () => {
    const source = { files: { 'requirements.txt': 'does-not-exist==1\n' } };
    const { output: added } = await revise(await ensureEnvironment(), {}, { source });
    const failing = awaitBuild(added).output;
    await expect(failing).rejects.toMatchObject({ type: 'BUILD_FAILED' });
    await expect(failing).rejects.toThrow(/No matching distribution found[\s\S]*no such thing/);
  });

  it('a build of its own that is cancelled is confirmed, and one of another run is begun again', async () => {
    const added = (await revise(await ensureEnvironment())).output;
    const { effects, effect } = contextFor('revision').step;
    const { project, environment: name, tag } = added;
    const undone = await effects.cancelEnvironmentBuild({
      ...{ ...effect, project, environment: name, tag },
      made: { id: added.buildId, parent: added.revisionId },
    });
    expect(undone).toEqual({ undone: [{ kind: 'build', id: added.buildId }], leftBehind: [] });
    await expect(awaitBuild(added).output).rejects.toMatchObject({ type: 'BUILD_CANCELLED' });
    await awaitBuild({ ...added, created: false }, { runId: 'x.other' }).output;
    expect(setting.made('environmentBuild')).toBe(2);
  });

  it('an environment that nothing uses is deleted with a run that made it, and no other', async () => {
    await ensureEnvironment();
    const remove = (runId: string) => {
      const { effects, effect } = contextFor('environment', { runId }).step;
      return effects.archiveUnusedEnvironment({ ...effect, project: 'iris', environment: 'training' });
    };
    expect(await remove('x.other')).toEqual({ undone: [], leftBehind: [] });
    expect(await remove('x.y')).toEqual({
      undone: [{ kind: 'environment', id: 'training' }],
      leftBehind: [],
    });
    expect(await ensureEnvironment()).toMatchObject({ created: true });
  });

  it('an environment is named by its content where that is asked for', async () => {
    const of = { ...spec, contents: { files } };
    const made = await ensureEnvironment({}, of);
    expect(made.environment).toMatch(/^training-[0-9a-f]{12}$/);
    expect((await ensureEnvironment({ runId: 'x.other' }, of)).environment).toBe(made.environment);
    const other = { ...spec, contents: { files: { ...files, 'requirements.txt': 'pandas==2.2.2\n' } } };
    expect((await ensureEnvironment({}, other)).environment).not.toBe(made.environment);
  });
});

describe('on UbiOps in /v2.1', () => {
  let setting: UbiOpsSetting;
  beforeEach(async () => (setting = await openUbiOps('v2.1')));
  afterEach(() => setting.close());
  const contextFor = (step: string) =>
    contextOf<UbiOpsCalls>(ubiopsActivities.createEffects(setting.deps, alone), {
      origin: { ...origin, step },
      between: (effect) => (effect === 'awaitBuild' ? setting.pass(30) : Promise.resolve()),
    }).step;
  const path = { projectName: 'iris', environmentName: 'training' };
  const revise = (source: RevisionSpec['source'], made: EnvironmentOutput) =>
    revision.perform(contextFor('revision'), { environment: made, source });

  it('an environment of the name on another base is no one to adopt', async () => {
    await environment.perform(contextFor('environment'), { ...spec, base: 'python3-11' });
    await expect(environment.perform(contextFor('environment'), spec)).rejects.toMatchObject({
      type: 'CONFLICT',
      message: expect.stringContaining('builds on python3-11, not on python3-12'),
    });
  });

  it('of several uploads of its content the newest is adopted, and the builds of the others are cancelled', async () => {
    const made = await environment.perform(contextFor('environment'), spec);
    const { effects, effect } = contextFor('revision');
    const before = await effects.getRevisionsBefore({
      ...{ connection: 'ubiops-test', environment: made, source: { files } },
    });
    await setting.inject({ endpoint: 'revisions.upload', kind: 'lose-answer' });
    const first = await effects.ensureRevision({ ...effect, environment: made, source: { files }, before });
    const again = await effects.ensureRevision({
      ...{ ...effect, environment: made, source: { files } },
      before: { ...before, revisions: [first.revisionId] },
      origin: { ...effect.origin, runId: 'x.other' },
    });
    expect(again.revisionId).toBe(first.revisionId);
    const { revision: late, build: lateBuild } = await setting.deps.ubiops.revisions.upload({
      path,
      body: { source_environment: 'training' },
    });
    const swept = await effects.cancelEnvironmentBuild({
      ...{ ...effect, project: 'iris', environment: 'training', before },
      ...{ made: { id: first.buildId, parent: first.revisionId }, keep: true, doubt: 'perhaps' },
    });
    expect(swept.undone).toEqual([{ kind: 'build', id: lateBuild }]);
    expect(late).not.toBe(first.revisionId);
    // What was cancelled since is the newest, and hides none of its content.
    expect(await revise({ files }, made)).toMatchObject({ revisionId: first.revisionId, created: false });
    await setting.pass(30);
    const of = { environment: made, source: { files } };
    const stands = () => revisionRoom.stands?.(createForesight(ubiopsActivities, setting.deps), first, of);
    expect(await stands()).toBe(true);
    await revise({ files: { 'requirements.txt': 'numpy==2.1.0\n' } }, made);
    expect(await stands()).toBe(false);
    expect(await revise({ files }, made)).toMatchObject({ created: true });
  });

  it('a build that another content overtakes is no success', async () => {
    const made = await environment.perform(contextFor('environment'), spec);
    const ours = await revise({ files }, made);
    await setting.pass(5);
    await revise({ files: { 'requirements.txt': 'numpy==2.1.0\n' } }, made);
    await setting.pass(200);
    await expect(build.perform(contextFor('build'), ours)).rejects.toMatchObject({
      type: 'BUILD_SUPERSEDED',
    });
  });

  it('the package of another environment is copied, and known by its content', async () => {
    const source = await environment.perform(contextFor('environment'), { ...spec, name: 'source' });
    await build.perform(contextFor('build'), await revise({ files }, source));
    const made = await environment.perform(contextFor('environment'), spec);
    const copied = await revise({ sourceEnvironment: 'source' }, made);
    const again = await revise({ files }, made);
    expect(again).toMatchObject({ revisionId: copied.revisionId, created: false });
  });
});
