/** What is read of Domino outside of runs, against the simulator. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { platforms } from '../../../src/platform/wings.js';
import { type Setting, openSetting } from '../../activities/retraining-stage.js';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

const read = () =>
  platforms.domino.read({
    ...{ name: 'domino-test', dialect: 'v6', requestTimeoutMs: 3_000, url: setting.simulator.url },
    credential: () => ({ kind: 'apiKey', value: setting.simulator.apiKey }),
  });

it('a job tells its title, in which the marker of a run stands', async () => {
  const jobId = await setting.startJob({ runCommand: 'train', title: 'train iris [lh:abc]' });
  expect(await read().markedText(jobId)).toBe('train iris [lh:abc]');
});

it('the log of a job is read in parts, each after the one before, until the job has ended', async () => {
  const jobId = await setting.startJob({ runCommand: 'train', title: 'train iris' });
  await setting.pass(200);
  const whole = await read().logPage({ jobId, after: undefined, limit: 1_000 });
  expect(whole.isComplete).toBe(true);
  const texts = whole.lines.map(({ text }) => text);
  expect(texts.length).toBeGreaterThan(2);
  const first = await read().logPage({ jobId, after: undefined, limit: 2 });
  const rest = await read().logPage({ jobId, after: first.after, limit: 1_000 });
  expect([...first.lines, ...rest.lines].map(({ text }) => text)).toEqual(texts);
  const beyond = await read().logPage({ jobId, after: rest.after, limit: 1_000 });
  expect(beyond.lines).toEqual([]);
});
