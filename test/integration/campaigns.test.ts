import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { Campaign, CampaignDefinition } from '../../src/client.js';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import { hasEnded, hopelessRuns, parkedRuns, standing, untilCampaign } from '../support/campaigns.js';
import { calls, created } from '../support/ledger.js';
import { type Stage, createStage, until } from '../support/stage.js';

let stage: Stage;
const setStage = async (): Promise<void> => {
  stage = await createStage();
  await stage.startWorker();
};
/** For tests that leave runs behind: a query finds them all. */
const eachOnItsOwnStage = (): void => {
  beforeEach(setStage);
  afterEach(() => stage.close());
};

const by = 'grace';
const reason = 'the quota was raised';
const quick = { pace: '100/second', reason };

const create = (definition: Partial<CampaignDefinition>, name = 'outage') =>
  stage.client.campaigns.create({ query: 'failure=QUOTA_EXCEEDED', ...quick, ...definition }, { name, by });
const steer = (action: 'start' | 'pause' | 'resume' | 'abort', name = 'outage') =>
  stage.client.campaigns.steer(name, action, { reason, by });

/** Whether no more than so many wait for their turn; while it plans, none does. */
const isAt =
  (planned: number) =>
  ({ state, counts }: Campaign): boolean =>
    state !== 'planning' && (counts.planned ?? 0) <= planned;

async function historiesOf(
  { temporalAddress: address, namespace }: Stage,
  workflowId: string,
): Promise<number> {
  const connection = await Connection.connect({ address });
  const { count } = await new Client({ connection, namespace }).workflow.count(
    `WorkflowId = '${workflowId}'`,
  );
  await connection.close();
  return count;
}

describe('a campaign', () => {
  eachOnItsOwnStage();

  it('plans every replay first and starts nothing, and then replays each run once and says how it came out', async () => {
    const runIds = await parkedRuns(stage, ['a', 'b', 'c']);
    expect(await create({})).toEqual({ name: 'outage', created: true, runs: 3 });
    const planned = await untilCampaign(stage, 'outage', ({ state }) => state === 'planned');
    expect(planned).toMatchObject({
      query: 'failure=QUOTA_EXCEEDED',
      by,
      counts: { planned: 3 },
      scopes: [{ pipeline: 'train-and-deploy', connection: stage.connection }],
      dryRun: { planned: 3, refused: 0, calls: { 'jobs.start': 3 } },
    });
    expect(planned.dryRun?.steps['train']).toEqual({ run: 3 });
    expect(created(stage.simulator, 'job')).toEqual([]);
    for (const runId of runIds) expect((await stage.client.get(runId)).status).toBe('parked');

    await steer('start');
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({
      outcome: 'completed',
      counts: { succeeded: 3 },
      stage: { number: 2, of: 3 },
    });
    expect(ended.steered).toEqual([{ action: 'start', actor: by, reason, at: expect.any(String) }]);
    for (const { runId, attemptId } of ended.runs)
      expect(await stage.client.get(runId)).toMatchObject({ attemptId, status: 'succeeded' });
    expect(created(stage.simulator, 'job')).toHaveLength(3);
  });

  it('starts nothing more when its canary fails, and says what was not started', async () => {
    const [first = '', second = '', third = ''] = await hopelessRuns(stage, ['a', 'b', 'c']);
    const before = calls(stage.simulator, 'jobs.start');
    await create({ query: 'failure=JOB_FAILED', startsItself: true });
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({
      outcome: 'stopped',
      conclusion: '1 of 1 did not succeed: failures>20%',
      counts: { failed: 1, 'not-started': 2 },
    });
    const begun = ended.runs.find(({ state }) => state === 'failed');
    expect(begun).toMatchObject({ failure: { code: 'JOB_FAILED', step: 'train' } });
    expect([first, second, third]).toContain(begun?.runId);
    expect(calls(stage.simulator, 'jobs.start')).toBe(before + 1);
  });

  it('counts a run that parks as a failure', async () => {
    await parkedRuns(stage, ['a', 'b']);
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    await create({ startsItself: true });
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({ outcome: 'stopped', counts: { parked: 1, 'not-started': 1 } });
    expect(ended.runs.find(({ state }) => state === 'parked')?.failure).toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
  });

  it('goes on through failures that its rule allows', async () => {
    await hopelessRuns(stage, ['a', 'b']);
    await parkedRuns(stage, ['c', 'd']);
    await create({
      query: 'pipeline=train-and-deploy',
      stopWhen: 'failures>2',
      canary: 0,
      startsItself: true,
    });
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({ outcome: 'completed', counts: { succeeded: 2, failed: 2 } });
  });

  it('starts runs one after the other at its pace, oldest first', async () => {
    const runIds = await parkedRuns(stage, ['a', 'b', 'c', 'd']);
    await create({ pace: '2/second', canary: 0, then: 0, startsItself: true });
    const { runs } = await untilCampaign(stage, 'outage', hasEnded);
    expect(runs.map(({ runId }) => runId)).toEqual(runIds);
    const times = runs.map(({ startedAt = '' }) => Date.parse(startedAt));
    for (const [at, time] of times.slice(1).entries())
      expect(time - (times[at] ?? 0)).toBeGreaterThanOrEqual(500);
  });

  it('starts nothing while it is paused, and goes on when it is resumed', async () => {
    await parkedRuns(stage, ['a', 'b', 'c']);
    await create({ pace: '2/second', startsItself: true });
    await untilCampaign(stage, 'outage', ({ counts }) => counts.planned === 2);
    await steer('pause');
    await expect(steer('pause')).rejects.toMatchObject({
      code: 'CAMPAIGN_STATE',
      message: 'campaign outage cannot pause: it is paused',
    });
    const paused = await untilCampaign(stage, 'outage', ({ counts }) => counts.succeeded === 1);
    expect(paused).toMatchObject({ state: 'paused', counts: { planned: 2 } });
    expect(created(stage.simulator, 'job')).toHaveLength(1);
    await steer('resume');
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({ outcome: 'completed', counts: { succeeded: 3 } });
    expect(ended.steered.map(({ action }) => action)).toEqual(['pause', 'resume']);
  });

  it('starts nothing more when it is aborted, lets go on what it has started, and cannot be aborted when it has ended', async () => {
    await parkedRuns(stage, ['a', 'b']);
    await create({ pace: '1/minute', canary: 0, startsItself: true });
    await untilCampaign(stage, 'outage', ({ counts }) => counts.planned === 1);
    await steer('abort');
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({
      outcome: 'aborted',
      conclusion: `${by}: ${reason}`,
      counts: { succeeded: 1, 'not-started': 1 },
    });
    await expect(steer('abort')).rejects.toMatchObject({ code: 'CAMPAIGN_STATE' });
  });

  it('is aborted before it is started, or expires, and then no run was touched', async () => {
    const runIds = await parkedRuns(stage, ['a']);
    await create({}, 'aborted');
    await untilCampaign(stage, 'aborted', ({ state }) => state === 'planned');
    await steer('abort', 'aborted');
    await create({ startWithin: '1s' }, 'expired');
    for (const [name, outcome] of [
      ['aborted', 'aborted'],
      ['expired', 'expired'],
    ] as const)
      expect(await untilCampaign(stage, name, hasEnded)).toMatchObject({
        outcome,
        counts: { 'not-started': 1 },
      });
    expect((await stage.client.get(runIds[0] ?? '')).status).toBe('parked');
    expect(created(stage.simulator, 'job')).toEqual([]);
  });

  it('is aborted while it plans', async () => {
    await parkedRuns(stage, ['a']);
    await stage.killWorkers();
    await stage.startWorker(['--roles', 'pipelines']);
    await create({});
    await expect(steer('start')).rejects.toMatchObject({
      code: 'CAMPAIGN_STATE',
      message: 'campaign outage cannot start: it is planning',
    });
    await steer('abort');
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({ outcome: 'aborted', counts: { 'not-started': 1 } });
  });

  it('ends without waiting for what it has started when it is aborted twice', async () => {
    const [first = ''] = await parkedRuns(stage, ['a']);
    await create({});
    await untilCampaign(stage, 'outage', ({ state }) => state === 'planned');
    await stage.inject({ endpoint: 'jobs.start', kind: 'hold-answer', ms: 4_000 });
    await steer('start');
    await untilCampaign(stage, 'outage', ({ counts }) => counts.running === 1);
    await steer('abort');
    await steer('abort');
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(ended).toMatchObject({ outcome: 'aborted', counts: { running: 1 } });
    expect((await stage.client.wait(first, { timeoutMs: 90_000 })).status).toBe('succeeded');
  });

  it('refuses the run whose world has moved since the dry run, and replays the others', async () => {
    const [moved = '', ...others] = await parkedRuns(stage, ['a', 'b', 'c']);
    await create({});
    await untilCampaign(stage, 'outage', ({ state }) => state === 'planned');
    await stage.client.resolve(moved, { step: 'train', action: 'retry', actor: 'ada', reason: 'by hand' });
    await stage.client.wait(moved, { timeoutMs: 90_000 });
    await steer('start');
    const ended = await untilCampaign(stage, 'outage', hasEnded);
    expect(standing(ended)).toEqual({
      [moved]: 'refused',
      ...Object.fromEntries(others.map((runId) => [runId, 'succeeded'])),
    });
    const refused = ended.runs.find(({ runId }) => runId === moved);
    expect(refused?.failure?.code).toMatch(/^REPLAY_(STALE|REFUSED|INVALID)$/);
    expect(refused?.failure?.message).not.toBe('');
    expect(created(stage.simulator, 'job')).toHaveLength(3);
  });

  it('survives that its workers are killed while it plans, while it starts and while it waits', async () => {
    await parkedRuns(stage, ['a', 'b', 'c', 'd', 'e', 'f']);
    await stage.killWorkers();
    await create({ canary: 1, then: 2, pace: '4/second', startsItself: true });
    for (const planned of [5, 3, 1]) {
      const worker = await stage.startWorker();
      await untilCampaign(stage, 'outage', isAt(planned), 60_000);
      worker.kill('SIGKILL');
      await worker.ended;
    }
    await stage.startWorker();
    const ended = await untilCampaign(stage, 'outage', hasEnded, 60_000);
    expect(ended).toMatchObject({ outcome: 'completed', counts: { succeeded: 6 } });
    expect(created(stage.simulator, 'job')).toHaveLength(6);
  }, 180_000);

  it('goes on in another history when its own has become long, and forgets nothing', async () => {
    const cliPath = await findTemporalCli({ env: process.env });
    const temporal = await startTemporal({ cliPath, fastTimers: true, longHistoryEvents: 40 });
    const other = await createStage({ temporal: temporal.address });
    try {
      await other.startWorker();
      const runIds = await parkedRuns(other, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
      const definition = { ...quick, query: 'failure=QUOTA_EXCEEDED', then: 2, startsItself: true };
      await other.client.campaigns.create(definition, { name: 'long', by });
      const ended = await untilCampaign(other, 'long', hasEnded);
      expect(ended).toMatchObject({
        outcome: 'completed',
        counts: { succeeded: 8 },
        query: 'failure=QUOTA_EXCEEDED',
      });
      expect(ended.runs.map(({ runId }) => runId)).toEqual(runIds);
      expect(created(other.simulator, 'job')).toHaveLength(8);
      expect(await historiesOf(other, 'campaign.long')).toBeGreaterThan(1);
    } finally {
      await other.close();
      await temporal.stop();
    }
  });

  it('replays a run once when two campaigns have chosen it', async () => {
    const runIds = await parkedRuns(stage, ['a', 'b']);
    const names = ['one', 'other'];
    for (const name of names) await create({ canary: 0, stopWhen: 'failures>2' }, name);
    for (const name of names) await untilCampaign(stage, name, ({ state }) => state === 'planned');
    await Promise.all(names.map((name) => steer('start', name)));
    const ended = await Promise.all(names.map((name) => untilCampaign(stage, name, hasEnded)));
    const verdicts = ended.flatMap(({ runs }) => runs.map(({ runId, state }) => `${runId} ${state}`)).sort();
    expect(verdicts).toEqual(runIds.flatMap((runId) => [`${runId} refused`, `${runId} succeeded`]).sort());
    expect(created(stage.simulator, 'job')).toHaveLength(2);
  });
});

describe('a campaign that is asked for wrongly', () => {
  beforeAll(setStage);
  afterAll(() => stage.close());

  it.each<[string, Partial<CampaignDefinition>, object]>([
    [
      'a query that matches nothing',
      {},
      { code: 'CAMPAIGN_INVALID', message: 'no run matches the query; nothing was started' },
    ],
    ['a query that is none', { query: 'failure' }, { code: 'INPUT_INVALID' }],
    [
      'no reason though it starts itself',
      { reason: ' ', startsItself: true },
      { code: 'CAMPAIGN_INVALID', fields: [{ pointer: '/reason' }] },
    ],
    ['a pace that is none', { pace: 'fast' }, { code: 'CAMPAIGN_INVALID', fields: [{ pointer: '/pace' }] }],
    [
      'a rule that is none',
      { stopWhen: 'never' },
      { code: 'CAMPAIGN_INVALID', fields: [{ pointer: '/stopWhen' }] },
    ],
    ['too large a limit', { limit: 2_001 }, { code: 'CAMPAIGN_INVALID', fields: [{ pointer: '/limit' }] }],
  ])('by %s is refused', async (_how, definition, refused) => {
    await expect(create(definition)).rejects.toMatchObject(refused);
    await expect(stage.client.campaigns.get('outage')).rejects.toMatchObject({ code: 'CAMPAIGN_UNKNOWN' });
  });
});

describe('a campaign that is created', () => {
  eachOnItsOwnStage();

  it('matches more runs than its limit: it says how many, and takes them when that is allowed', async () => {
    await parkedRuns(stage, ['a', 'b', 'c']);
    await expect(create({ limit: 2 })).rejects.toMatchObject({
      code: 'CAMPAIGN_INVALID',
      message:
        '3 runs match the query, more than the limit of 2; look at them first, then allow that number as limit; nothing was started',
    });
    expect(await create({ limit: 3 })).toMatchObject({ created: true, runs: 3 });
  });

  it('has a name that is taken: the same definition is that campaign, another one is refused', async () => {
    await parkedRuns(stage, ['a']);
    await create({});
    await until(stage.client, 'train-and-deploy.a', ({ status }) => status === 'parked');
    expect(await create({})).toEqual({ name: 'outage', created: false, runs: 1 });
    await expect(create({ canary: 3 })).rejects.toMatchObject({ code: 'CAMPAIGN_EXISTS' });
  });

  it('does not choose runs that succeeded, that go on, or that an attempt after it has mended', async () => {
    const [parked = '', mended = ''] = await parkedRuns(stage, ['a', 'b']);
    await create({ query: 'failure=QUOTA_EXCEEDED', limit: 2, startsItself: true, canary: 0 }, 'first');
    await untilCampaign(stage, 'first', hasEnded);
    for (const runId of [parked, mended]) expect((await stage.client.get(runId)).status).toBe('succeeded');
    await expect(create({ query: 'pipeline=train-and-deploy' })).rejects.toMatchObject({
      message: 'no run matches the query; nothing was started',
    });
  });
});

describe('the list of campaigns', () => {
  eachOnItsOwnStage();

  it('shows each with its state and counts, without asking a worker', async () => {
    await parkedRuns(stage, ['a']);
    await create({});
    await untilCampaign(stage, 'outage', ({ state }) => state === 'planned');
    await stage.killWorkers();
    const listed = async () => {
      const rows = [];
      for await (const row of stage.client.campaigns.list()) rows.push(row);
      return rows;
    };
    expect(await listed()).toMatchObject([
      { name: 'outage', state: 'planned', counts: { planned: 1 }, reason },
    ]);
  });
});
