/** What a creation adopts that was begun before: by its marker, or by its id. Against the simulator over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markerOf } from '../../../src/activities/effect/attempt.js';
import { createJobActivities } from '../../../src/activities/domino/jobs/jobs.js';
import { createModelApiActivities } from '../../../src/activities/domino/deployments/model-apis.js';
import type { Made } from '../../../src/run/undoing/effect.js';
import { type Setting, openSetting, repeatedAttempt } from '../retraining-stage.js';

const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'deploy', generation: 1 };
const marker = markerOf(origin);

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

async function adopt(adopted?: readonly string[], made?: Made) {
  const { ensureModelApiVersion } = createModelApiActivities(
    { ...setting.deps, foreseeing: repeatedAttempt() },
    { ensureHold: () => Promise.resolve(), createAlone: (_effect, _of, create) => create() },
  );
  return ensureModelApiVersion({
    ...{ connection: 'domino-test', origin, begunBefore: true, adopted, made },
    ...{
      name: 'iris-api',
      projectId: await setting.projectId(),
      environmentId: await setting.environmentId(),
    },
    source: { model: 'iris', version: 1 },
  });
}

it('the version that serves is adopted and goes on, and not the one before it that was swept', async () => {
  await setting.deploy(marker);
  const { versionId } = await setting.deploy(marker);
  expect(await adopt()).toMatchObject({ versionId, inDoubt: true });
  expect(setting.asked()).not.toContain('modelApis.stopVersion');
});

it('the version that an earlier try has adopted is adopted again, although a later one has taken over', async () => {
  const { versionId } = await setting.deploy(marker);
  await setting.deploy(marker);
  expect(await adopt([versionId])).toMatchObject({ versionId, inDoubt: true });
  expect(setting.asked()).not.toContain('modelApis.stopVersion');
});

describe('what an earlier try has made', () => {
  const unseen = (endpoint: string) => setting.inject({ endpoint, kind: 'stale', ms: 600_000, times: 50 });
  const gone = (endpoint: string) =>
    setting.inject({ endpoint, kind: 'status', status: 404, body: { message: 'no such thing' }, times: 50 });
  const ensureJob = async (id: string) => {
    const { ensureJob: ensure } = createJobActivities(
      { ...setting.deps, foreseeing: repeatedAttempt() },
      { ensureHold: () => Promise.resolve(), check: () => Promise.resolve(false) },
    );
    const spec = { project: 'ada/iris', command: 'node train.js', title: 'train' };
    return ensure({ ...{ connection: 'domino-test', origin, begunBefore: true }, ...spec, made: { id } });
  };

  it.each(['train [marker]', 'renamed by somebody'])(
    'is adopted by its id where the list does not show it: a job named "%s"',
    async (title) => {
      const id = await setting.startJob({ title: title.replace('[marker]', marker) });
      await unseen('jobs.list');
      expect(await ensureJob(id)).toMatchObject({ jobId: id, inDoubt: true });
    },
  );

  it('is missing, and nothing is sent, where the platform does not find it: a job', async () => {
    const id = await setting.startJob({ title: marker });
    const sent = setting.asked().length;
    await gone('jobs.get');
    await expect(ensureJob(id)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    expect(setting.asked(sent)).not.toContain('jobs.start');
  });

  it.each([true, false])(
    'is adopted by its id where no list shows it, in a model API that is known: %s',
    async (isParentKnown) => {
      const { modelApiId, versionId } = await setting.deploy(isParentKnown ? marker : 'described anew');
      await unseen(isParentKnown ? 'modelApis.list' : 'modelApis.listVersions');
      const made = { id: versionId, ...(isParentKnown && { parent: modelApiId }) };
      expect(await adopt([], made)).toMatchObject({ modelApiId, versionId, modelApiCreated: false });
    },
  );

  it('is missing, and nothing is sent, where the platform does not find it: a version', async () => {
    const { modelApiId, versionId } = await setting.deploy(marker);
    const sent = setting.asked().length;
    await gone('modelApis.getVersion');
    await expect(adopt([], { id: versionId, parent: modelApiId })).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
    });
    expect(setting.asked(sent)).not.toContain('modelApis.createVersion');
  });
});

describe('what a new version replaces', () => {
  it('is the version that serves', async () => {
    const { versionId } = await setting.deploy();
    expect(await adopt()).toMatchObject({ number: 2, previousVersionId: versionId });
  });

  it('is nothing where somebody has stopped that one', async () => {
    const { modelApiId, versionId } = await setting.deploy();
    await setting.post(`/v4/models/${modelApiId}/${versionId}/stopModelDeployment`);
    await setting.pass(20);
    expect(await adopt()).toMatchObject({ number: 2, previousVersionId: null });
  });
});
