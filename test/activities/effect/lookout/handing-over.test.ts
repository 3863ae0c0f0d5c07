/** What an await that finds its job at work does: the lookout is told, and it rests; or it looks soon again by itself. */
import { describe, expect, it } from '@jest/globals';
import { Context, type Info, asyncLocalStorage } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, noopMetricMeter } from '@temporalio/common';
import { awaiting } from '../../../../src/activities/effect/lookout/handing-over.js';
import type { Watching } from '../../../../src/activities/effect/lookout/watching.js';
import { atWork, notYet } from '../../../../src/activities/effect/failures.js';

const hourMs = 3_600_000;
const scheduledMs = 1_000_000;
const soonMs = 7;

interface Input {
  readonly job: string;
  readonly withinMs?: number;
}
const watching: Watching<Input, string> = {
  effect: 'awaitJob',
  look: ({ job }) => {
    if (job === 'ended') return Promise.resolve('output');
    throw job === 'ending'
      ? notYet('job 7 has ended; its log is not there', soonMs)
      : atWork({ what: 'job 7', status: 'Running' }, soonMs);
  },
  ...{ idOf: ({ job }) => job, scopeOf: () => 'a project/of mine' },
  list: { of: () => 'the list', read: () => (async function* () {})() },
  withinMs: ({ withinMs }) => withinMs,
};
const waits = { settleMs: 1_000, patienceMs: 1_000 };
const nobody = () => Promise.reject(new Error('nobody asks'));
const connection = { name: 'domino', refused: () => undefined, elsewhere: nobody };

/** One try, hours after the wait began; what it failed with, and what Temporal was told. */
async function triedOnce(input: Input, { elapsedMs = hourMs, full = [] as string[], isDown = false } = {}) {
  const told: [id: string, args: unknown][] = [];
  const client = {
    withDeadline: (_: number, ask: () => unknown) => ask(),
    workflow: {
      getHandle: (id: string) => ({
        describe: () => Promise.resolve({ status: { name: 'RUNNING' }, memo: { full: full.includes(id) } }),
      }),
      signalWithStart: (
        _: string,
        { workflowId, signalArgs }: { workflowId: string; signalArgs: unknown },
      ) => {
        if (isDown) throw new Error('UNAVAILABLE');
        told.push([workflowId, signalArgs]);
      },
    },
  } as unknown as Client; // of all of it, what handing over asks
  const info = {
    ...{ attempt: 3, activityId: 'train.5', heartbeatTimeoutMs: 10_000, startToCloseTimeoutMs: 60_000 },
    workflowExecution: { workflowId: 'train-and-deploy.x', runId: '0000' },
    scheduledTimestampMs: scheduledMs,
    currentAttemptScheduledTimestampMs: scheduledMs + elapsedMs,
  } as Info; // of all of it, what awaits read
  const { signal } = new AbortController();
  const never = new Promise<never>(() => undefined);
  const log = { ...console, warn: () => undefined };
  const context = new Context(info, never, signal, () => undefined, client, log, noopMetricMeter, {});
  const perform = awaiting({ waits, connection }, watching);
  const failure = await asyncLocalStorage.run(context, () => perform(input)).catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error('it has not failed');
  const { type, details } = failure;
  const nextRetryDelay: unknown = failure.nextRetryDelay;
  return { failed: { type, nextRetryDelay }, detail: details?.[0], told };
}
const soon = { failed: { type: 'STILL_WAITING', nextRetryDelay: soonMs }, told: [] };

describe('an await whose job is at work', () => {
  it('tells the lookout of its project who waits for what since when, and rests for a day', async () => {
    const { failed, detail, told } = await triedOnce({ job: 'j1' });
    const lookout = 'lookout.domino.awaitJob.a%20project%2Fof%20mine.0';
    expect(failed).toEqual({ type: 'STILL_WAITING', nextRetryDelay: 24 * hourMs });
    expect(detail).toEqual({ lookout, key: '0000.train.5/3', what: 'job 7' });
    const wait = {
      run: { workflowId: 'train-and-deploy.x', runId: '0000', activityId: 'train.5' },
      ...{ attempt: 3, id: 'j1', list: 'the list', input: { job: 'j1' } },
      ...{ sinceMs: expect.closeTo(scheduledMs, -3), atMs: expect.closeTo(scheduledMs + hourMs, -3) },
    };
    expect(told).toEqual([[lookout, [[wait]]]]);
  });

  it('rests no longer than until its limit', async () => {
    const { failed } = await triedOnce({ job: 'j1', withinMs: 3 * hourMs });
    expect(Number(failed.nextRetryDelay)).toBeGreaterThan(2 * hourMs - 5_000);
    expect(Number(failed.nextRetryDelay)).toBeLessThanOrEqual(2 * hourMs);
    expect((await triedOnce({ job: 'j1', withinMs: hourMs })).failed.type).toBe('WAIT_EXPIRED');
  });

  it('goes to the next lookout where one is full', async () => {
    const full = [0, 1].map((shard) => `lookout.domino.awaitJob.a%20project%2Fof%20mine.${shard}`);
    const { told } = await triedOnce({ job: 'j1' }, { full });
    expect(told.map(([id]) => id)).toEqual(['lookout.domino.awaitJob.a%20project%2Fof%20mine.2']);
  });

  it('looks soon again by itself where Temporal cannot be told, or its argument is too long for a lookout', async () => {
    expect(await triedOnce({ job: 'j1' }, { isDown: true })).toMatchObject(soon);
    expect(await triedOnce({ job: 'j'.repeat(200_000) })).toMatchObject(soon);
  });

  it('looks soon again by itself where the job has ended, and something is still to be read', async () => {
    expect(await triedOnce({ job: 'ending' })).toMatchObject(soon);
  });
});
