/** How environments are made and found again: against the simulator over HTTP. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createEnvironmentActivities } from '../../../../src/activities/domino/environments/environments.js';
import type { EnvironmentBase } from '../../../../src/run/undoing/effects.js';
import { type Setting, openSetting, repeatedAttempt } from '../../retraining-stage.js';
import { alone } from '../../ubiops/setting.js';

const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'environment', generation: 1 };

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

const effect = { connection: 'domino-test', origin, begunBefore: false };
const activities = () =>
  createEnvironmentActivities(
    { ...setting.deps, foreseeing: repeatedAttempt() },
    { ...alone, check: () => Promise.resolve(false) },
  );
const ensure = (base: EnvironmentBase, dockerfile?: string) =>
  activities().ensureEnvironment({ ...effect, name: 'fresh', base, dockerfile });

it('one whose answer does not name its first revision is found with it', async () => {
  const environment = { id: 'e', name: 'fresh', archived: false, visibility: 'Private' };
  await setting.inject({
    ...{ endpoint: 'environments.create', kind: 'status', status: 200, carryOut: true },
    body: { environment },
  });
  await expect(ensure({ image: 'base:1' })).rejects.toMatchObject({ code: 'ANSWER_LOST' });
  expect(await ensure({ image: 'base:1' })).toMatchObject({ created: true, revisionId: expect.any(String) });
  expect(setting.asked().filter((endpoint) => endpoint === 'environments.create')).toHaveLength(1);
});

it.each(['environmentId', 'duplicateOf'])(
  'one that it is made from by %s is missing where the platform does not find it for a moment',
  async (key) => {
    const id = await setting.environmentId();
    await setting.inject({
      ...{ endpoint: 'environments.details', kind: 'status', status: 404 },
      body: { message: 'no such environment' },
    });
    const base = key === 'environmentId' ? { environmentId: id } : { duplicateOf: id };
    await expect(ensure(base)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    expect(await ensure(base)).toMatchObject({ name: 'fresh', created: true });
  },
);

it.each([
  ['was asked for, and there is no other', false],
  ['is made once more by an attempt that comes after it', true],
])('a first build that has failed before its revision is looked for %s', async (_, begunBefore) => {
  const dockerfile = 'RUN false';
  const environment = await ensure({ image: 'base:1' }, dockerfile);
  await setting.pass(600);
  const ofRevision = { ...effect, origin: { ...origin, step: 'revision' }, begunBefore };
  const { revisionId } = await activities().ensureRevision({ ...ofRevision, environment, dockerfile });
  expect(revisionId === environment.revisionId).toBe(!begunBefore);
});
