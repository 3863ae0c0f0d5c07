/** Campaigns as they are met from outside: by commands, and over HTTP with roles. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { createKey, newKeyId } from '../../src/access/keys.js';
import type { Role } from '../../src/access/principal.js';
import type { Campaign } from '../../src/client.js';
import { hasEnded, parkedRuns, untilCampaign } from '../support/campaigns.js';
import { runCommand } from '../support/command.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-campaigns-'));
const keysFile = join(folder, 'keys.json');
const keys = new Map<string, string>();
let stage: Stage;

beforeAll(async () => {
  const key = async (name: string, role: Role, connections: string[]) => {
    const grant = { id: newKeyId(), name, role, pipelines: ['*'], connections, createdBy: 'test' };
    keys.set(name, (await createKey(keysFile, grant)).key);
  };
  await key('operator', 'operator', ['domino-test']);
  await key('foreigner', 'operator', ['elsewhere']);
  await key('viewer', 'viewer', ['*']);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  stage = await createStage({ settings: { access: { keysFile } } });
  await stage.startWorker();
});
afterEach(() => stage.close());

const longhaul = (...words: string[]) => runCommand(['campaign', ...words], { env: stage.env });
const chosen = ['--query', 'failure=QUOTA_EXCEEDED', '--reason', 'the quota was raised'];

describe('the commands of campaigns', () => {
  it('show the dry run and what starts it, follow it to its end, and write down who did what', async () => {
    await parkedRuns(stage, ['a', 'b']);
    const created = await longhaul('create', ...chosen, '--name', 'outage', '--pace', '10/second');
    expect(created).toMatchObject({
      exitCode: 0,
      stderr: 'campaign outage: planning the replays of 2 runs\n',
    });
    expect(created.stdout).toContain('outage  planned\n  runs     2: 2 planned\n');
    expect(created.stdout).toContain('  next: longhaul campaign start outage --reason "…"');

    const started = await longhaul('start', 'outage', '--reason', 'as planned');
    expect(started).toMatchObject({ exitCode: 0, stdout: 'outage is started\n' });
    const watched = await longhaul('watch', 'outage', '--exit-status', '-o', 'json');
    expect(watched.exitCode).toBe(0);
    expect(JSON.parse(watched.stdout)).toMatchObject({ outcome: 'completed', counts: { succeeded: 2 } });
    expect((await longhaul('list', '-o', 'ids')).stdout).toBe('outage\n');

    const paused = await longhaul('pause', 'outage', '--reason', 'too late');
    expect(paused.exitCode).toBe(7);
    expect(paused.stderr).toContain(
      'campaign outage cannot pause: it has ended (completed) (CAMPAIGN_STATE)',
    );
    const audit = await runCommand(['audit', '-o', 'json'], { env: stage.env });
    expect(JSON.parse(audit.stdout)).toMatchObject([
      { action: 'campaign.pause', outcome: 'failed', code: 'CAMPAIGN_STATE' },
      { action: 'campaign.start', object: 'outage', reason: 'as planned', outcome: 'ok' },
      {
        action: 'campaign.create',
        object: 'outage',
        reason: 'the quota was raised (failure=QUOTA_EXCEEDED)',
        result: 'created, 2 runs',
      },
    ]);
  });

  it('exit with 5 when runs did not succeed and that was asked, with 2 when nothing fits, with 4 for no campaign', async () => {
    await parkedRuns(stage, ['a']);
    await stage.inject({ endpoint: 'jobs.start', kind: 'status', status: 403, body: { errors: ['quota'] } });
    await longhaul('create', ...chosen, '--name', 'outage', '--yes');
    const watched = await longhaul('watch', 'outage', '--exit-status');
    expect(watched.exitCode).toBe(5);
    expect(watched.stdout).toMatch(/^outage {2}stopped: 1 of 1 did not succeed: failures>20%\n.*1 parked\n/);
    const nothing = await longhaul('create', '--query', 'failure=GATE_REFUSED', '--reason', 'r');
    expect(nothing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(nothing.stderr).toContain('no run matches the query; nothing was started');
    expect((await longhaul('get', 'none')).exitCode).toBe(4);
  });
});

describe('campaigns over HTTP', () => {
  let server: ServerProcess;
  beforeEach(async () => {
    server = await startServer(stage);
  });
  afterEach(() => server.close());

  const ask = async (who: string, path: string, body?: object) => {
    const response = await fetch(new URL(path, server.url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${keys.get(who)}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': 'outage' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const body = { query: 'failure=QUOTA_EXCEEDED', reason: 'the quota was raised', pace: '10/second' };

  it('are created once per key, of runs that the caller may replay alone, and say who did what', async () => {
    await parkedRuns(stage, ['a', 'b']);
    expect(await ask('viewer', '/v1/campaigns', body)).toMatchObject({ status: 403 });
    expect(await ask('foreigner', '/v1/campaigns', body)).toMatchObject({
      status: 422,
      body: { code: 'CAMPAIGN_INVALID', detail: 'no run matches the query; nothing was started' },
    });
    expect(await ask('operator', '/v1/campaigns', body)).toEqual({
      status: 201,
      body: { name: 'outage', created: true, runs: 2, url: '/v1/campaigns/outage' },
    });
    expect(await ask('operator', '/v1/campaigns', body)).toMatchObject({
      status: 200,
      body: { created: false },
    });
    // For whoever may not see it, the name is free.
    for (const definition of [body, { ...body, canary: 2 }])
      expect(await ask('foreigner', '/v1/campaigns', definition)).toMatchObject({
        status: 422,
        body: { detail: 'no run matches the query; nothing was started' },
      });
    expect(await ask('operator', '/v1/campaigns', { ...body, canary: 2 })).toMatchObject({
      status: 409,
      body: { code: 'CAMPAIGN_EXISTS' },
    });
    await untilCampaign(stage, 'outage', ({ state }) => state === 'planned');
    const start = { reason: 'as planned' };
    expect(await ask('viewer', '/v1/campaigns/outage/start', start)).toMatchObject({ status: 403 });
    expect(await ask('foreigner', '/v1/campaigns/outage/start', start)).toMatchObject({ status: 404 });
    expect(await ask('operator', '/v1/campaigns/outage/start', start)).toMatchObject({
      status: 200,
      body: { state: 'running' },
    });
    await untilCampaign(stage, 'outage', hasEnded);
    const { body: report } = await ask('viewer', '/v1/campaigns/outage');
    expect(report).toMatchObject({ outcome: 'completed', counts: { succeeded: 2 } });
    const { by, steered } = report as Campaign; // its own schema
    expect([by, ...steered.map(({ actor }) => actor)]).toEqual([
      expect.stringMatching(/^operator \(/),
      expect.stringMatching(/^operator \(/),
    ]);
    expect(await ask('operator', '/v1/campaigns/outage/resume', start)).toMatchObject({
      status: 409,
      body: { code: 'CAMPAIGN_STATE' },
    });
  });
});
