import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { ScheduleDescription } from '../../src/client.js';
import { RunId } from '../../src/server/schemas.js';
import { runCommand } from '../support/command.js';
import type { ProgramEnd } from '../support/program.js';
import { definitionOf, untilListed, untilSchedule } from '../support/schedules.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-schedules-'));
let stage: Stage;
let server: ServerProcess;

beforeAll(async () => {
  stage = await createStage();
  [server] = await Promise.all([startServer(stage), stage.startWorker()]);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: unknown, directory = '.'): string => {
  mkdirSync(join(folder, directory), { recursive: true });
  const path = join(folder, directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const longhaul = (...args: readonly string[]): Promise<ProgramEnd> =>
  runCommand(['schedule', ...args], { env: stage.env });

const send = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(new URL(path, server.url), {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
};

const definition = (name: string, change: object = {}) => definitionOf(stage, name, change);
const until = (name: string, wanted: (schedule: ScheduleDescription) => boolean) =>
  untilSchedule(stage, name, wanted);
const listed = (...names: readonly string[]) => untilListed(stage, names);

/** Every run of so many has ended: one that goes on could take the fault that the next test injects. */
const allEnded = (count: number) => (schedule: ScheduleDescription) =>
  schedule.counts.started === count &&
  schedule.runs.every(({ status }) => status !== 'running' && status !== 'parked');

describe('a schedule', () => {
  it('starts a run at each tick, which says by which schedule, and starts none while it is paused', async () => {
    const path = file(
      'ticks.json',
      definition('ticks', { cron: undefined, every: '1s', overlap: 'allow-all' }),
    );
    const { exitCode, stdout, stderr } = await longhaul('create', '-f', path);
    expect([exitCode, stdout]).toEqual([0, 'ticks is created\n']);
    expect(stderr).toContain('It comes next:');
    await until('ticks', ({ counts }) => counts.started >= 3);
    expect(await longhaul('pause', 'ticks', '--reason', 'enough')).toMatchObject({
      exitCode: 0,
      stdout: 'ticks is paused\n',
    });
    const paused = await until('ticks', ({ runs }) => runs.every(({ status }) => status === 'succeeded'));
    expect(paused.state).toEqual({
      paused: true,
      note: expect.stringMatching(/^paused by \S+@\S+: enough$/),
    });
    expect(paused.next).toEqual([]);
    const ids = paused.runs.map(({ runId }) => runId);
    expect(new Set(ids).size).toBe(ids.length);
    const [runId = ''] = ids;
    expect(RunId.parse(runId)).toMatch(/^train-and-deploy\._ticks-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const run = await stage.client.get(runId);
    expect(run).toMatchObject({
      status: 'succeeded',
      connection: stage.connection,
      trigger: { kind: 'schedule', by: 'ticks' },
    });
    expect(await stage.client.describe(runId)).toMatchObject({ trigger: 'schedule' });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await stage.client.schedules.describe('ticks')).counts.started).toBe(paused.counts.started);
    await stage.client.schedules.delete('ticks');
    expect(await stage.client.get(runId)).toMatchObject({ status: 'succeeded' });
  });

  it('shows the local times of a year with both changes of the clocks', async () => {
    const { schedules } = stage.client;
    await schedules.create(definition('berlin'));
    const local = async (after: string) =>
      (await schedules.next('berlin', { count: 3, after: new Date(after) })).map((time) => [
        time.local,
        time.weekday,
        time.clocksMovedMinutes ?? 0,
      ]);
    // 02:30 does not come on 28 March: the clocks go from 02:00 to 03:00.
    expect(await local('2027-03-26T12:00:00Z')).toEqual([
      ['2027-03-27T02:30:00+01:00', 'Sat', 0],
      ['2027-03-29T02:30:00+02:00', 'Mon', 60],
      ['2027-03-30T02:30:00+02:00', 'Tue', 0],
    ]);
    // 02:30 comes twice on 31 October, and ticks once, the second time.
    expect(await local('2027-10-29T12:00:00Z')).toEqual([
      ['2027-10-30T02:30:00+02:00', 'Sat', 0],
      ['2027-10-31T02:30:00+01:00', 'Sun', -60],
      ['2027-11-01T02:30:00+01:00', 'Mon', 0],
    ]);
    const { stdout } = await longhaul('next', 'berlin', '--count', '2', '--after', '2027-03-26T12:00:00Z');
    expect(stdout).toBe(
      '2027-03-27 02:30:00 +01:00 Sat\n2027-03-29 02:30:00 +02:00 Mon  clocks have gone 1h forward since the time before\n',
    );
    const rare = definition('rare', {
      cron: undefined,
      calendar: [{ month: 2, dayOfMonth: 29, dayOfWeek: 'mon' }],
    });
    await schedules.create(rare);
    expect(await schedules.next('rare', { count: 1, after: new Date('2027-01-01T00:00:00Z') })).toMatchObject(
      [{ local: '2044-02-29T00:00:00+01:00' }],
    );
    await Promise.all(['berlin', 'rare'].map((name) => schedules.delete(name)));
  });

  it('keeps to its overlap policy when it is triggered, and says what came of it', async () => {
    const { schedules } = stage.client;
    await schedules.create(definition('byhand', { paused: true, note: 'by hand only' }));
    const started = await longhaul('trigger', 'byhand');
    expect(started.stdout).toMatch(/^train-and-deploy\._byhand-\S+Z\n$/);
    const runId = started.stdout.trim();
    expect(started.stderr).toBe(`next: longhaul run watch ${runId}\n`);
    await stage.client.wait(runId, { timeoutMs: 30_000 });
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const parked = await schedules.trigger('byhand');
    expect(parked).toMatchObject({ outcome: 'started' });
    expect(await schedules.trigger('byhand')).toEqual({ outcome: 'skipped' });
    expect(await schedules.trigger('byhand', { overlap: 'buffer-one' })).toEqual({ outcome: 'waiting' });
    const past = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-01-03T00:00:00Z') };
    await expect(schedules.backfill('byhand', past)).rejects.toMatchObject({ code: 'SCHEDULE_BUSY' });
    expect((await schedules.describe('byhand')).counts).toEqual({
      started: 2,
      skippedByOverlap: 1,
      missedCatchUpWindow: 0,
    });
    await stage.client.cancel(parked.runId ?? '', { reason: 'test' });
    await until('byhand', allEnded(3));
    await schedules.delete('byhand');
  });

  it('pauses by itself when a run has failed, if it is to', async () => {
    const { schedules } = stage.client;
    await schedules.create(definition('careful', { pauseOnFailure: true }));
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 400, body: { errors: ['no'] } });
    const { runId = '' } = await schedules.trigger('careful');
    const { state, next } = await until('careful', ({ state: { paused } }) => paused);
    expect(await stage.client.get(runId)).toMatchObject({ status: 'failed' });
    expect([state.note, next]).toEqual([expect.stringContaining('failure'), []]);
    await schedules.delete('careful');
  });

  it.each([
    ['cancel-other', 'cancelled'],
    ['terminate-other', 'terminated'],
  ] as const)('with the policy %s leaves the run that goes on %s', async (overlap, status) => {
    const { schedules } = stage.client;
    await schedules.create(definition(overlap, { overlap }));
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    const { runId = '' } = await schedules.trigger(overlap);
    await schedules.trigger(overlap);
    await until(overlap, allEnded(2));
    expect(await stage.client.wait(runId, { timeoutMs: 20_000 })).toMatchObject({ status });
    await schedules.delete(overlap);
  });

  it('makes up for the past once: a time that has a run starts nothing again', async () => {
    const { schedules } = stage.client;
    await schedules.create(
      definition('hourly', {
        cron: ['@hourly'],
        jitter: '5m',
        overlap: 'allow-all',
        paused: true,
        note: 'x',
      }),
    );
    const range = ['--start', '2026-01-05T00:30:00Z', '--end', '2026-01-05T04:30:00Z'];
    const dry = await longhaul('backfill', 'hourly', ...range, '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0, stdout: '4 runs would be started\n' });
    expect((await schedules.describe('hourly')).counts.started).toBe(0);
    await schedules.backfill('hourly', {
      start: new Date('2026-01-05T01:30:00Z'),
      end: new Date('2026-01-05T02:30:00Z'),
    });
    const first = await until('hourly', ({ runs }) => runs.some(({ status }) => status === 'succeeded'));
    expect(first.runs.map(({ runId }) => runId)).toEqual(['train-and-deploy._hourly-2026-01-05T02:00:00Z']);
    const rest = await longhaul('backfill', 'hourly', ...range);
    expect(rest).toMatchObject({ exitCode: 0, stdout: '3 runs are started\n' });
    expect(rest.stderr).toContain('1 of the times have a run already.');
    const done = await until('hourly', ({ runs }) => runs.every(({ status }) => status === 'succeeded'));
    expect(done.runs.map(({ runId }) => runId.slice(-20)).sort()).toEqual(
      ['01', '02', '03', '04'].map((hour) => `2026-01-05T${hour}:00:00Z`),
    );
    const again = { start: '2026-01-05T00:30:00Z', end: '2026-01-05T04:30:00Z' };
    const { body } = await send('POST', '/v1/schedules/hourly/backfill', { ...again, dryRun: true });
    expect(body).toMatchObject({ times: [], existing: [{}, {}, {}, {}] });

    const year = ['--start', '2025-01-01T00:00:00Z', '--end', '2025-01-20T00:00:00Z'];
    const tooMany = await longhaul('backfill', 'hourly', ...year);
    expect(tooMany.exitCode).toBe(2);
    expect(tooMany.stderr).toMatch(/would start \d{3} runs, more than 100; nothing was started/);
    const answer = await send('POST', '/v1/schedules/hourly/backfill', {
      start: '2025-01-01T00:00:00Z',
      end: '2025-01-20T00:00:00Z',
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'BACKFILL_TOO_LARGE' } });
    expect((await schedules.describe('hourly')).counts.started).toBe(4);
    await schedules.delete('hourly');
  });

  it('is replaced whole by an update, stays paused by one that does not say, and is left alone by one that is refused', async () => {
    const { schedules } = stage.client;
    await schedules.create(definition('changing', { jitter: '5m' }));
    await schedules.pause('changing', { reason: 'upgrade', by: 'ada' });
    await schedules.update(definition('changing', { cron: undefined, every: '6h' }));
    const after = await schedules.describe('changing');
    expect(after.state).toEqual({ paused: true, note: 'paused by ada: upgrade' });
    expect(after.definition).toMatchObject({ every: '6h' });
    expect(after.definition).not.toHaveProperty('jitter');
    const refused = file('bad.json', definition('changing', { cron: ['0 0 30 2 *'] }));
    expect(await longhaul('update', '-f', refused)).toMatchObject({ exitCode: 2, stdout: '' });
    const input = { ...definition('changing').input, project: 'iris' };
    const unfit = await longhaul('update', '-f', file('unfit.json', definition('changing', { input })));
    expect(unfit).toMatchObject({ exitCode: 2 });
    expect(unfit.stderr).toContain('project: must be "owner/name"');
    expect((await schedules.describe('changing')).definition).toEqual(after.definition);
    await schedules.unpause('changing', { by: 'ada' });
    expect((await schedules.describe('changing')).state).toEqual({ paused: false, note: 'unpaused by ada' });
    await schedules.delete('changing');
  });

  it('of somebody else is not there, and its name is taken', async () => {
    const connection = await Connection.connect({ address: stage.temporalAddress });
    const client = new Client({ connection, namespace: stage.namespace });
    const theirs = await client.schedule.create({
      scheduleId: 'theirs',
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'other', taskQueue: 'nobody', args: [] },
    });
    const { schedules } = stage.client;
    for (const attempt of [
      () => schedules.describe('theirs'),
      () => schedules.delete('theirs'),
      () => schedules.pause('theirs', { reason: 'x' }),
      () => schedules.update(definition('theirs')),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'SCHEDULE_UNKNOWN' });
    await expect(schedules.create(definition('theirs'))).rejects.toMatchObject({ code: 'SCHEDULE_EXISTS' });
    await listed();
    await theirs.delete();
    await connection.close();
  });
});

describe('schedules as files', () => {
  const apply = (...flags: readonly string[]) => longhaul('apply', join(folder, 'files'), ...flags);

  it('are checked all at once, shown as a difference, created, updated and deleted', async () => {
    file('one.json', definition('one'), 'files');
    file('two.yaml', `${JSON.stringify(definition('two'), null, 2)}\n`, 'files');
    const dry = await apply('--dry-run');
    expect(dry).toMatchObject({ exitCode: 0, stdout: '+ one: create\n+ two: create\n' });
    await listed();
    expect(await apply()).toMatchObject({ exitCode: 0, stderr: 'one is created\ntwo is created\n' });
    await stage.client.schedules.create(definition('by-hand'));
    await listed('by-hand', 'one', 'two');

    file('one.json', definition('one', { jitter: '5m', timeZone: 'UTC' }), 'files');
    rmSync(join(folder, 'files', 'two.yaml'));
    const changed = await apply('--prune', '--dry-run');
    expect(changed.stdout).toBe(
      '~ one: update\n    timeZone: "Europe/Berlin" → "UTC"\n    jitter: (not there) → "5m"\n- two: delete\n',
    );

    file('three.yaml', 'name: three\ncron: [\n', 'files');
    file('four.json', { ...definition('one'), cron: ['0 0 31 2 *'] }, 'files');
    const broken = await apply('--prune');
    expect([broken.exitCode, broken.stdout]).toEqual([2, '']);
    expect(broken.stderr).toMatch(/three\.yaml: .*at line/);
    expect(broken.stderr).toContain(
      'four.json: the schedule is invalid:\n  cron.0: "0 0 31 2 *" never comes',
    );
    await listed('by-hand', 'one', 'two');
    for (const name of ['three.yaml', 'four.json']) rmSync(join(folder, 'files', name));

    expect(await apply('--prune')).toMatchObject({ exitCode: 0, stderr: 'one is updated\ntwo is deleted\n' });
    await listed('by-hand', 'one');
    expect(await apply('--prune')).toMatchObject({ exitCode: 0, stdout: '= one: unchanged\n', stderr: '' });
    await Promise.all(['one', 'by-hand'].map((name) => stage.client.schedules.delete(name)));
  });

  it('do nothing when there are none, or two have one name', async () => {
    mkdirSync(join(folder, 'none'), { recursive: true });
    expect(await longhaul('apply', join(folder, 'none'), '--prune')).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
    file('a.json', definition('same'), 'twice');
    file('b.json', definition('same'), 'twice');
    const twice = await longhaul('apply', join(folder, 'twice'));
    expect(twice.exitCode).toBe(2);
    expect(twice.stderr).toMatch(/b\.json: name: "same" is the name in .*a\.json too/);
  });
});

describe('schedules over HTTP', () => {
  it('are created, read, listed page by page, replaced, paused, triggered and deleted, and all of it is audited', async () => {
    const created = await send('POST', '/v1/schedules', definition('web', { overlap: 'allow-all' }));
    expect(created).toMatchObject({
      status: 201,
      body: { name: 'web', pipeline: 'train-and-deploy', runs: [] },
    });
    expect(await send('POST', '/v1/schedules', definition('web'))).toMatchObject({
      status: 409,
      body: { code: 'SCHEDULE_EXISTS' },
    });
    await send('POST', '/v1/schedules', definition('web-2'));
    await listed('web', 'web-2');
    const first = await send('GET', '/v1/schedules?limit=1');
    const cursor = String(first.body['next']);
    const second = await send('GET', `/v1/schedules?limit=1&cursor=${cursor}`);
    const pages = [first, second].flatMap(
      ({ body }) => body['schedules'] as { name: string; when: string }[],
    );
    expect(pages.map(({ name, when }) => `${name} ${when}`).sort()).toEqual([
      'web 30 2 * * *',
      'web-2 30 2 * * *',
    ]);

    const replaced = await send('PUT', '/v1/schedules/web', definition('web', { cron: ['@daily'] }));
    expect(replaced).toMatchObject({ status: 200, body: { definition: { cron: ['@daily'] } } });
    expect(await send('PUT', '/v1/schedules/web', definition('web-2'))).toMatchObject({
      status: 400,
      body: { code: 'SCHEDULE_INVALID', fields: [{ pointer: '/name' }] },
    });
    const paused = await send('POST', '/v1/schedules/web/pause', { reason: 'upgrade' });
    expect(paused).toMatchObject({ status: 200, body: { state: { note: 'paused by local: upgrade' } } });
    expect(await send('GET', '/v1/schedules/web/next?count=2')).toMatchObject({
      status: 200,
      body: { times: [{}, {}] },
    });
    const triggered = await send('POST', '/v1/schedules/web/trigger', {});
    expect(triggered).toMatchObject({ status: 200, body: { outcome: 'started' } });
    const unpaused = await send('POST', '/v1/schedules/web/unpause', {});
    expect(unpaused).toMatchObject({ status: 200, body: { state: { paused: false } } });
    for (const name of ['web', 'web-2'])
      expect((await send('DELETE', `/v1/schedules/${name}`)).status).toBe(204);
    expect(await send('GET', '/v1/schedules/web')).toMatchObject({
      status: 404,
      body: { code: 'SCHEDULE_UNKNOWN' },
    });

    const { body } = await send('GET', '/v1/audit?object=web&limit=50');
    const entries = body['entries'] as { action: string; outcome: string }[];
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`).reverse()).toEqual([
      'schedule.create ok',
      'schedule.create failed',
      'schedule.update ok',
      'schedule.pause ok',
      'schedule.trigger ok',
      'schedule.unpause ok',
      'schedule.delete ok',
    ]);
  });
});
