/** Looking for jobs by their marker among many: against the simulator over HTTP. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { markerOf } from '../../../../src/activities/effect/attempt.js';
import { createMarkedJobs } from '../../../../src/activities/domino/jobs/marked-jobs.js';
import { startJobs } from '../../../support/by-hand.js';
import { type Setting, openSetting } from '../../retraining-stage.js';

const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a', step: 'train', generation: 1 };
const title = `train ${markerOf(origin)}`;

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

const since = () => Promise.resolve(0);
const pages = (): number => setting.asked().filter((endpoint) => endpoint === 'jobs.list').length;

it('a search that was cut short goes on where it was, and finds what was started meanwhile', async () => {
  const first = await setting.startJob({ title });
  await startJobs(setting.simulator, 210);
  const find = createMarkedJobs(setting.deps, { searchForMs: 0 });
  const of = { projectId: await setting.projectId(), origin, since };
  const cut = { code: 'PLATFORM_UNAVAILABLE', message: expect.stringContaining('and goes on') };
  await expect(find(of)).rejects.toMatchObject(cut);
  const second = await setting.startJob({ title });
  await expect(find(of)).rejects.toMatchObject(cut);
  expect((await find(of)).map(({ id }) => id)).toEqual([first, second]);
  expect(pages()).toBe(4);
});

it('a search ends where no job can be of the run any more', async () => {
  await setting.startJob({ title });
  await startJobs(setting.simulator, 210);
  const find = createMarkedJobs(setting.deps);
  const of = { projectId: await setting.projectId(), origin };
  const inTenDays = () => Promise.resolve(Date.now() + 10 * 86_400_000);
  expect(await find({ ...of, since: inTenDays })).toEqual([]);
  expect(pages()).toBe(1);
});
