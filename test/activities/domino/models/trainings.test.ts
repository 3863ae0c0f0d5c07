/** The search for a training in a project with many jobs: against the simulator over HTTP. */
import { afterEach, expect, it } from '@jest/globals';
import { createTrainings } from '../../../../src/activities/domino/models/trainings.js';
import { PlatformError } from '../../../../src/platform/errors.js';
import { type Setting, openSetting } from '../../retraining-stage.js';

let setting: Setting;
afterEach(() => setting.close());

it('comes to an end over its tries where the training is not in the list, and the look after it too', async () => {
  setting = await openSetting();
  for (let started = 0; started < 250; started += 50)
    await Promise.all(Array.from({ length: 50 }, () => setting.startJob({ runCommand: 'other' })));
  const projectId = await setting.projectId();
  const find = createTrainings(setting.deps, { search: 0, again: 0 }); // a page at a time
  const search = () =>
    find(projectId, 'f'.repeat(32), { isAgain: false }).catch((error: unknown) => {
      if (error instanceof PlatformError) return error.message;
      throw error;
    });
  const said: unknown[] = [];
  while (said.length < 10 && typeof said.at(-1) !== 'object') said.push(await search());
  const missing = { own: null, other: null };
  expect(said.slice(0, 2)).toEqual([
    'searched 100 jobs for a training, and goes on',
    'searched 180 jobs for a training, and goes on',
  ]);
  expect(said.at(-1)).toEqual(missing);
  const asked = setting.asked().length;
  expect(await find(projectId, 'f'.repeat(32), { isAgain: true })).toEqual(missing);
  expect(setting.asked().slice(asked)).toEqual(['jobs.list']);
});
