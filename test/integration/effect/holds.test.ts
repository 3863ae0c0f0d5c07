/** Who has a model and who creates under a name, on a real Temporal. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { type Shared, createHolds } from '../../../src/activities/effect/holds.js';
import type { Recording } from '../../../src/activities/effect/replacing.js';
import { keyword } from '../../../src/client/starting.js';
import { PlatformError } from '../../../src/platform/errors.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';
import { cleanUpPrefix, holdPrefix } from '../../../src/run/ids.js';
import { type Execution, connectByHand, inTry, startRun, succeed, unique } from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

const waits = { firstLookMs: 100, lastLookMs: 5_000, settleMs: 1_000, patienceMs: 1, undoMs: 0, sweepMs: 0 };
const dayMs = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();

let key = '';
beforeEach(() => {
  key = unique('dev.model.');
});
const holdId = (): string => `${holdPrefix}${key}`;
const keeper = async () => {
  const { runId, status } = await client.workflow.getHandle(holdId()).describe();
  return { keeperId: runId, status: status.name };
};
const startOf = (id: string) =>
  startRun(client, {
    workflowId: unique(`train-and-deploy.${id}`),
    args: [{ input: { connection: 'dev' }, trigger: { kind: 'http', by: id } }],
  });
const end = ({ workflowId }: Execution): Promise<unknown> =>
  client.workflow.getHandle(workflowId).terminate();

/** What a run is answered that asks for the model, in its present attempt. */
const asks = (
  run: Execution,
  { info, record, ...more }: { info?: Partial<Info>; record?: Recording } & Record<string, unknown> = {},
  holds = createHolds({ waits }, record ?? ((_, perform) => perform())),
) =>
  inTry({ client, info: { workflowExecution: run, ...info } }, () =>
    holds.awaitHold({
      ...{ connection: 'dev', hold: { key }, runId: run.workflowId, startedAt: iso(Date.now() + dayMs) },
      whenBusy: 'wait',
      ...more,
    }),
  );

describe('a model', () => {
  it('is of the run that takes it, until that has ended', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    expect(await asks(one)).toEqual({ held: true, waited: false });
    const { keeperId } = await keeper();
    expect(await asks(one)).toEqual({ held: true, waited: false });
    expect(await keeper()).toEqual({ keeperId, status: 'RUNNING' });
    expect(await asks(two)).toMatchObject({
      ...{ type: 'STILL_WAITING', message: `${one.workflowId} has the model`, category: 'BENIGN' },
    });
    await end(one);
    expect(await asks(two, { info: { attempt: 2 } })).toEqual({ held: true, waited: true });
    const after = await keeper();
    expect(after.status).toBe('RUNNING');
    expect(after.keeperId).not.toBe(keeperId);
    expect((await client.workflow.getHandle(holdId(), keeperId).describe()).status.name).toBe('TERMINATED');
  });

  it('is asked for again the later, the longer it is waited for', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    await asks(one);
    const delayAfter = async (ms: number): Promise<number> => {
      const failure = await asks(two, { info: { scheduledTimestampMs: Date.now() - ms } });
      return 'nextRetryDelay' in failure ? Number(failure.nextRetryDelay) : 0;
    };
    expect(await delayAfter(0)).toBeLessThan(1_000);
    expect(await delayAfter(dayMs)).toBeGreaterThan(3_000);
  });

  it('is asked for by an effect right before it sends', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    const ensure = (run: Execution, hold?: { key: string }) =>
      inTry({ client, info: { workflowExecution: run } }, () => {
        const origin = { runId: run.workflowId, firstAttemptId: 'a', step: 'train', generation: 1 };
        const { ensureHold } = createHolds({ waits }, (_, perform) => perform());
        return ensureHold({ connection: 'dev', begunBefore: false, origin, hold });
      });
    await ensure(one, { key });
    await expect(ensure(two, { key })).rejects.toEqual(
      new LonghaulError('MODEL_BUSY', `${one.workflowId} trains or deploys the same model`),
    );
    await ensure(two);
  });

  it('is known to the worker that has taken it: Temporal is asked once for each attempt', async () => {
    const one = await startOf('one');
    const holds = createHolds({ waits }, (_, perform) => perform());
    await asks(one, {}, holds);
    await client.workflow.getHandle(holdId()).terminate();
    expect(await asks(one, {}, holds)).toEqual({ held: true, waited: false });
    expect((await keeper()).status).toBe('TERMINATED');
    await asks(one, { hold: { key, attemptId: 'another' } }, holds);
    expect((await keeper()).status).toBe('RUNNING');
  });

  it('is taken anew by another attempt of its run', async () => {
    const one = await startOf('one');
    await asks(one, { hold: { key, attemptId: 'first' } });
    const { keeperId } = await keeper();
    await asks(one, { hold: { key, attemptId: 'first' } });
    expect(await keeper()).toEqual({ keeperId, status: 'RUNNING' });
    expect(await asks(one, { hold: { key, attemptId: 'second' } })).toMatchObject({ held: true });
    expect((await keeper()).keeperId).not.toBe(keeperId);
    expect((await keeper()).status).toBe('RUNNING');
  });

  it('is free where Temporal does not know any more who had it', async () => {
    await asks({ workflowId: 'train-and-deploy.gone', runId: 'gone' });
    expect(await asks(await startOf('two'))).toEqual({ held: true, waited: false });
  });

  it('is given up at once where the input says so', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    await asks(one);
    expect(await asks(two, { whenBusy: 'skip' })).toEqual({
      held: false,
      reason: `${one.workflowId} has the model`,
    });
  });

  it('cannot be asked for while Temporal cannot say who has it', async () => {
    const { connection, options } = client;
    const { Client: Another } = await import('@temporalio/client');
    const elsewhere = new Another({ connection, namespace: `${options.namespace}-not-there` });
    const holds = createHolds({ waits }, (_, perform) => perform());
    const answer = await inTry(
      { client: elsewhere, info: { workflowExecution: { workflowId: 'a', runId: 'b' } } },
      () =>
        holds.awaitHold({
          ...{ connection: 'dev', hold: { key }, runId: 'a', startedAt: iso(0), whenBusy: 'wait' },
        }),
    );
    expect(answer).toMatchObject({
      type: 'TEMPORAL_UNREACHABLE',
      message: 'Temporal could not say who has the model',
    });
  });
});

describe('a run that is replaced', () => {
  const isAskedToEnd = async ({ workflowId }: Execution): Promise<boolean> => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? false;
  };

  it('is cancelled by one that has started later, on record', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    await asks(one);
    const entries: unknown[] = [];
    const record: Recording = (entry, perform) => {
      entries.push(entry);
      return perform();
    };
    expect(await asks(two, { whenBusy: 'replace', record })).toMatchObject({
      ...{ type: 'STILL_WAITING', message: `${one.workflowId} has the model` },
    });
    expect(await isAskedToEnd(one)).toBe(true);
    expect(entries).toMatchObject([{ actor: 'http two', action: 'run.replace', object: one.workflowId }]);
  });

  it('is none that has started later, and none that whoever asks may not cancel', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    await asks(one);
    expect(await asks(two, { whenBusy: 'replace', startedAt: iso(Date.now() - dayMs) })).toEqual({
      ...{ held: false, reason: `${one.workflowId} started later and replaces this run` },
    });
    const start = { input: { connection: 'dev' }, trigger: { kind: 'http' }, mayCancel: [] };
    const three = await startRun(client, { workflowId: unique('train-and-deploy.three'), args: [start] });
    expect(await asks(three, { whenBusy: 'replace' })).toEqual({
      held: false,
      reason: `${one.workflowId} has the model, and who started this run may not cancel it`,
    });
    expect(await isAskedToEnd(one)).toBe(false);
  });

  it('has started when its first leg did', async () => {
    const leg = { attemptId: 'first', startedAt: iso(Date.now() + 2 * dayMs) };
    const one = await startRun(client, { workflowId: unique('train-and-deploy.one'), memo: { leg } });
    await asks(one);
    expect(await asks(await startOf('two'), { whenBusy: 'replace' })).toMatchObject({
      ...{ held: false, reason: `${one.workflowId} started later and replaces this run` },
    });
  });
});

describe('a run that has ended', () => {
  /** The cleanup of a run that goes on. */
  const cleaning = ({ workflowId, runId }: Execution, left?: readonly object[]) =>
    startRun(client, {
      workflowId: `${cleanUpPrefix}${workflowId}`,
      ...(left && { memo: { cleanup: { attemptId: runId, undone: [], leftBehind: left, open: [] } } }),
    });

  it('has the model while what it has left running is not stopped, and is not replaced then', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    await asks(one);
    await end(one);
    const cleanup = await cleaning(one, [{ kind: 'job', id: 'j', reason: 'busy' }]);
    const message = `${one.workflowId} has ended, but what it left running is not stopped yet`;
    for (const whenBusy of ['wait', 'replace'])
      expect(await asks(two, { whenBusy })).toMatchObject({ type: 'STILL_WAITING', message });
    await end(cleanup);
    expect(await asks(two)).toMatchObject({ held: true });
  });

  it('has it no longer where it has left nothing that runs, or has succeeded', async () => {
    const [one, two] = [await startOf('one'), await startOf('two')];
    await asks(one);
    await end(one);
    await cleaning(one, [{ kind: 'environment', id: 'e', reason: 'in use' }]);
    expect(await asks(two)).toMatchObject({ held: true });
    await end(two);
    const three = await startRun(client, {
      workflowId: unique('train-and-deploy.three'),
      typedSearchAttributes: [{ key: keyword('LonghaulStatus'), value: 'succeeded' }],
    });
    await asks(three);
    await succeed(client, three);
    await cleaning(three); // of an attempt before
    expect(await asks(await startOf('four'))).toMatchObject({ held: true });
  });
});

describe('a creation under a name that runs share', () => {
  const one: Shared = { kind: 'revision', name: 'one' };
  const effectOf = ({ workflowId: runId }: Execution, step = 'revision') => ({
    ...{ connection: key, begunBefore: false },
    origin: { runId, firstAttemptId: 'a', step, generation: 1 },
  });
  const creates = (
    by: ReturnType<typeof effectOf>,
    of: Shared,
    {
      info,
      create = () => Promise.resolve('made'),
    }: { info?: Partial<Info>; create?: () => Promise<string> } = {},
  ) =>
    inTry({ client, ...(info && { info }) }, () =>
      createHolds({ waits }, (_, perform) => perform()).createAlone(by, of, create),
    );
  const busy = ({ workflowId }: Execution, what = 'the revision "one"') => ({
    ...{ type: 'STILL_WAITING', message: `${workflowId} makes ${what}` },
  });
  const nowMs = () => Date.now();
  /** Scheduled when what was made before is in lists. */
  const settled = () => ({
    scheduledTimestampMs: nowMs(),
    currentAttemptScheduledTimestampMs: nowMs() + 6 * waits.settleMs,
  });

  it('is of one step of one run at a time, which may try again', async () => {
    const [a, b] = [await startOf('a'), await startOf('b')];
    expect(await creates(effectOf(a), one)).toBe('made');
    expect(await creates(effectOf(a), one)).toBe('made');
    expect(await creates(effectOf(b), one)).toMatchObject(busy(a));
    expect(await creates(effectOf(a, 'other'), one)).toMatchObject(busy(a));
    expect(await creates(effectOf(b), { ...one, name: 'two' })).toBe('made');
    expect(await creates(effectOf(b), { ...one, kind: 'package' })).toBe('made');
    expect(await creates(effectOf(b), { ...one, within: 'p' })).toBe('made');
    expect(await creates(effectOf(a), { ...one, within: 'p' })).toMatchObject(busy(b));
  });

  it('of a snapshot is of the run alone, whichever of its steps takes it', async () => {
    const [a, b] = [await startOf('a'), await startOf('b')];
    const snapshot: Shared = { kind: 'snapshot', name: 'one' };
    expect(await creates(effectOf(a), snapshot)).toBe('made');
    expect(await creates(effectOf(a, 'other'), snapshot)).toBe('made');
    expect(await creates(effectOf(b), snapshot)).toMatchObject(busy(a, 'the snapshot "one"'));
  });

  it('waits the longer, the longer it has waited', async () => {
    const [a, b] = [await startOf('a'), await startOf('b')];
    await creates(effectOf(a), one);
    const delayAfter = async (ms: number): Promise<number> => {
      const failure = await creates(effectOf(b), one, { info: { scheduledTimestampMs: nowMs() - ms } });
      return typeof failure === 'object' ? Number(failure.nextRetryDelay) : 0;
    };
    expect(await delayAfter(0)).toBeLessThan(1_000);
    expect(await delayAfter(dayMs)).toBeGreaterThan(3_000);
  });

  it('waits until what a run that has ended made is in lists, and looks for it once more before it creates', async () => {
    const [a, b] = [await startOf('a'), await startOf('b')];
    await creates(effectOf(a), one);
    await end(a);
    const notCreating = () => Promise.reject(new Error('it must not create yet'));
    expect(await creates(effectOf(b), one, { create: notCreating })).toMatchObject(busy(a));
    expect(await creates(effectOf(b), one, { info: settled(), create: notCreating })).toMatchObject({
      message: 'another run makes the revision "one"',
    });
    expect(await creates(effectOf(b), one)).toBe('made');
  });

  it('frees its name where it is sure that nothing was made, and keeps it where it is not', async () => {
    const [a, b] = [await startOf('a'), await startOf('b')];
    const refused = () => Promise.reject(new PlatformError('REQUEST_REJECTED', 'no', { status: 400 }));
    await expect(creates(effectOf(a), one, { create: refused })).rejects.toThrow('no');
    expect(await creates(effectOf(b), one)).toBe('made');
    const two: Shared = { ...one, name: 'two' };
    for (const error of [new PlatformError('ANSWER_LOST', 'lost'), new TypeError('a mistake')]) {
      await expect(creates(effectOf(a), two, { create: () => Promise.reject(error) })).rejects.toBe(error);
      expect(await creates(effectOf(b), two)).toMatchObject(busy(a, 'the revision "two"'));
    }
  });

  it('is known to others as the last one', async () => {
    const [a, b] = [await startOf('a'), await startOf('b')];
    await creates(effectOf(a), one);
    const isAnothers = (by: ReturnType<typeof effectOf>, of = one) =>
      inTry({ client }, () => createHolds({ waits }, (_, perform) => perform()).isAnothers(by, of));
    expect(await isAnothers(effectOf(a))).toBe(false);
    expect(await isAnothers(effectOf(a, 'other'))).toBe(true);
    expect(await isAnothers(effectOf(b))).toBe(true);
    expect(await isAnothers(effectOf(b), { ...one, name: 'two' })).toBe(false);
  });
});
