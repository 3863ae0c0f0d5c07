/** An environment that the input names, read as the first effect of a run: against the simulator over HTTP. */
import { afterEach, expect, it } from '@jest/globals';
import { createEnvironmentActivities } from '../../../../src/activities/domino/environments/environments.js';
import type { Unsettled } from '../../../../src/activities/effect/attempt.js';
import { createDominoPreflights } from '../../../../src/activities/domino/preflight.js';
import { createProjectIds } from '../../../../src/activities/domino/projects.js';
import { preflightOf } from '../../../../src/run/inputs/preflight.js';
import { type Setting, inTry, openSetting } from '../../retraining-stage.js';
import { alone } from '../../ubiops/setting.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** Reads it in one try after the other; each leaves its word to the next. */
async function open(): Promise<{ setting: Setting; read: (id: string) => Promise<unknown> }> {
  const setting = await openSetting();
  closing.push(() => setting.close());
  const { deps } = setting;
  const { getEnvironment } = createEnvironmentActivities(deps, {
    ...alone,
    ...createDominoPreflights(deps, createProjectIds(deps.domino)),
  });
  let [number, details]: [number, Unsettled | undefined] = [0, undefined];
  return {
    setting,
    read: (environmentId) => {
      const preflight = preflightOf({ project: 'ada/iris', train: {}, environment: { id: environmentId } });
      const effect = { connection: 'domino-test', environmentId, preflight };
      number += 1;
      return inTry({ number, details, heartbeat: (said) => (details = said) }, () => getEnvironment(effect));
    },
  };
}

const gone = { endpoint: 'environments.get', kind: 'status', status: 404, body: { error: 'gone' } };

it('is there although one read after its preflight says 404', async () => {
  const { setting, read } = await open();
  await setting.inject({ ...gone, occurrence: 2 });
  expect(await read(await setting.environmentId())).toMatchObject({ name: 'Standard' });
});

it('is missing, and no mistake of the input, where it was seen before', async () => {
  const { setting, read } = await open();
  const id = await setting.environmentId();
  await setting.inject({ ...gone, occurrence: 2, times: 6 });
  expect([await read(id), await read(id)]).toEqual(['OBJECT_MISSING', 'OBJECT_MISSING']);
  expect(await read(id)).toMatchObject({ environmentId: id });
});

it('is a mistake of the input where nobody has seen it', async () => {
  const { setting, read } = await open();
  await setting.inject({ ...gone, status: 503 });
  const id = '66f000057368be6d6f66ffff';
  expect([await read(id), await read(id)]).toEqual(['PLATFORM_UNAVAILABLE', 'NOT_FOUND']);
});
