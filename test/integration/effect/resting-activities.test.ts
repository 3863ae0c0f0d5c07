/** Activities that rest, on a real Temporal: completed, woken, or left alone where nobody waits any more. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { complete, wake } from '../../../src/activities/effect/lookout/resting-activities.js';
import type { Wait } from '../../../src/run/lookouts.js';
import {
  connectByHand,
  outputOf,
  pendingOf,
  restingActivity,
  schedule,
  startRun,
  takeTry,
} from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

const waitOf = (run: Wait['run'], attempt = 1): Wait => ({
  ...{ run, attempt, id: 'j', input: {}, sinceMs: 0, atMs: 0 },
});
const goingOn = new AbortController().signal;
const nobody = { workflowId: 'run.gone', runId: 'ffffffff-ffff-4fff-8fff-ffffffffffff', activityId: 'a.1' };

describe('an activity that rests', () => {
  it('is completed with its output once, and is gone then', async () => {
    const run = await restingActivity(client);
    const output = { jobId: 'j' };
    expect(await complete(client, waitOf(run), { output, signal: goingOn })).toBe('completed');
    expect(await outputOf(client, run)).toEqual(output);
    expect(await complete(client, waitOf(run), { output, signal: goingOn })).toBe('gone');
    expect(await complete(client, waitOf(nobody), { output, signal: goingOn })).toBe('gone');
  });

  it('is refused an output that cannot be handed in, after three tries', async () => {
    const run = await restingActivity(client);
    const beganMs = performance.now();
    expect(await complete(client, waitOf(run), { output: 7n, signal: goingOn })).toBe('refused');
    expect(performance.now() - beganMs).toBeGreaterThan(1_900);
    expect(performance.now() - beganMs).toBeLessThan(2_900);
    expect(await pendingOf(client, run)).toMatchObject({ activityId: 'train.1' });
  });

  it('is not completed by a lookout that has ended, nor tried again by it', async () => {
    const run = await restingActivity(client);
    const ended = { output: 7n, signal: AbortSignal.abort(new Error('it has ended')) };
    await expect(complete(client, waitOf(run), ended)).rejects.toThrow('it has ended');
    const ending = new AbortController();
    const completing = complete(client, waitOf(run), { output: 7n, signal: ending.signal });
    setTimeout(() => {
      ending.abort(new Error('it has ended'));
    }, 100);
    const beganMs = performance.now();
    await expect(completing).rejects.toThrow('it has ended');
    expect(performance.now() - beganMs).toBeLessThan(900);
  });

  it('is tried again at once where it is woken', async () => {
    const run = await restingActivity(client);
    expect(await wake(client, waitOf(run))).toBe(true);
    expect(await takeTry(client, run)).toMatchObject({ activityId: 'train.1', attempt: 2 });
  });

  it('is left alone where it has looked by itself since', async () => {
    const run = await restingActivity(client);
    const before = await pendingOf(client, run);
    expect(await wake(client, waitOf(run, 0))).toBe(true);
    expect((await pendingOf(client, run))?.nextAttemptScheduleTime).toEqual(before?.nextAttemptScheduleTime);
  });

  it('needs nothing where it is not there any more, and cannot be woken before it rests', async () => {
    const run = await restingActivity(client);
    expect(await wake(client, { run: nobody, attempt: 1 })).toBe(true);
    expect(await wake(client, { run: { ...run, activityId: 'train.2' }, attempt: 1 })).toBe(true);
    expect(await pendingOf(client, run)).toMatchObject({ attempt: 2, state: 1 });
    const open = await startRun(client);
    await schedule(client, open, 'train.1');
    await takeTry(client, open);
    expect(await wake(client, { run: { ...open, activityId: 'train.1' }, attempt: 1 })).toBe(false);
  });
});
