/** Which of several versions with one marker a creation adopts, that was begun before: against the simulator over HTTP. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { markerOf } from '../../src/activities/attempt.js';
import { createModelApiActivities } from '../../src/activities/model-apis.js';
import { type Setting, openSetting, repeatedAttempt } from './retraining-stage.js';

const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'deploy', generation: 1 };
const marker = markerOf(origin);

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

async function adopt(adopted?: readonly string[]) {
  const { ensureModelApiVersion } = createModelApiActivities(
    { ...setting.deps, foreseeing: repeatedAttempt() },
    { ensureHold: () => Promise.resolve(), createAlone: (_effect, _of, create) => create() },
  );
  return ensureModelApiVersion({
    ...{ connection: 'domino-test', origin, begunBefore: true, adopted },
    ...{ name: 'iris-api', projectId: await setting.projectId(), environmentId: 'e' },
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
