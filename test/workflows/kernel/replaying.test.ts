/** Replays as workflows: what is asked of the workers of a connection, in which order, and what becomes of a failure. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ReplayStart } from '../../../src/run/replays/replays.js';
import { planReplay, replayRun } from '../../../src/workflows/kernel/replaying.js';
import { Inside } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const request = { runId: 'churn.x' };
const replaying = { plan: 'h1', by: 'ada', reason: 'the disk was full' };
const asked = { connection: 'dev', request, replaying } as unknown as ReplayStart; // of it, what is read
const plan = (of: object = {}) => ({
  ...{ hash: 'h1', of: { runId: 'churn.x', status: 'failed' } },
  steps: [
    { name: 'a', cleans: [] },
    { name: 'b', cleans: [{ endpoint: 'jobs.stop', on: 'j1' }] },
  ],
  ...of,
});

async function begin(start: ReplayStart = asked, build: object = {}) {
  const inside = new Inside(build);
  let ended: unknown;
  await inside.call(() => {
    replayRun(start).then(
      (replayed) => (ended = replayed),
      (error: unknown) => (ended = error),
    );
  });
  return { inside, ended: () => ended };
}

describe('a replay', () => {
  it('plans again, undoes what stands in its way, and starts the next attempt', async () => {
    const { inside, ended } = await begin(asked, { currentBuildId: 'b7' });
    expect(inside.activities()).toEqual([
      ['planReplays', { connection: 'dev', requests: [request], buildId: 'b7' }],
    ]);
    await inside.answer([{ plan: plan() }]);
    expect(inside.activities()).toEqual([['cleanUp', { request, plan: plan(), step: 'b' }]]);
    await inside.answer(null);
    expect(inside.activities()).toEqual([['startAttempt', { request, plan: plan(), replaying }]]);
    await inside.answer({ runId: 'churn.x', attemptId: 'a2' });
    expect(ended()).toEqual({ runId: 'churn.x', attemptId: 'a2' });
  });

  it('knows its build by the name that an operator has given it', async () => {
    const { inside } = await begin(asked, {
      currentBuildId: 'b7',
      currentDeploymentVersion: { buildId: 'v2', deploymentName: 'workers' },
    });
    expect(inside.activities()).toMatchObject([['planReplays', { buildId: 'v2' }]]);
  });

  it.each(['running', 'parked'])(
    'ends an attempt that is %s, unless it stays beside a fork',
    async (status) => {
      const open = plan({ of: { runId: 'churn.x', status } });
      const { inside } = await begin();
      await inside.answer([{ plan: open }]);
      expect(inside.activities()).toEqual([
        ['endAttempt', { plan: open, reason: 'replayed by ada: the disk was full' }],
      ]);
      const forking = { ...request, forkTo: 'other' };
      const fork = await begin({ ...asked, request: forking });
      await fork.inside.answer([{ plan: open }]);
      expect(fork.inside.activities().map(([type]) => type)).toEqual(['cleanUp']);
    },
  );

  it('is refused where the world has moved, or the plan is', async () => {
    const stale = await begin();
    await stale.inside.answer([{ plan: plan({ hash: 'h2' }) }]);
    expect(stale.ended()).toMatchObject({
      type: 'REPLAY_STALE',
      message: 'the plan of churn.x is h2 now, not h1: the world has moved',
    });
    const refused = await begin();
    await refused.inside.answer([{ refused: { code: 'REPLAY_REFUSED', message: 'it goes on' } }]);
    expect(refused.ended()).toMatchObject({ type: 'REPLAY_REFUSED', message: 'it goes on' });
    const nothing = await begin();
    await nothing.inside.answer([]);
    expect(nothing.ended()).toMatchObject({ type: 'INTERNAL', message: 'there is no plan' });
    expect(stale.inside.activities()).toEqual([]);
  });

  it('that cannot start the next attempt cleans up after the one that it has ended, whatever that comes to', async () => {
    const open = plan({ of: { runId: 'churn.x', status: 'running' }, steps: [] });
    const failure = { type: 'PLATFORM_UNAVAILABLE', message: 'it is away' };
    const { inside, ended } = await begin();
    await inside.answer([{ plan: open }]);
    await inside.answer(null);
    await inside.fail(failure);
    expect(inside.activities()).toEqual([['cleanUpCutOff', { plan: open }]]);
    await inside.fail({ type: 'INTERNAL', message: 'no' });
    expect(ended()).toMatchObject(failure);
    const untouched = await begin();
    await untouched.inside.answer([{ plan: plan({ steps: [] }) }]);
    await untouched.inside.fail(failure);
    expect([untouched.inside.activities(), untouched.ended()]).toMatchObject([[], failure]);
  });
});

it('a plan alone fails by what stands in its way', async () => {
  const inside = new Inside();
  const ended: unknown[] = [];
  await inside.call(() => {
    for (const _ of [1, 2])
      planReplay({ connection: 'dev', request }).then(
        (made) => ended.push(made),
        (error: unknown) => ended.push(error),
      );
  });
  await inside.answer([{ plan: plan() }]);
  await inside.fail({ type: 'RUN_NOT_FOUND', message: 'there is no run churn.x' });
  expect(ended).toMatchObject([plan(), { type: 'RUN_NOT_FOUND', message: 'there is no run churn.x' }]);
});
