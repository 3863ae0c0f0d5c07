import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKey, newKeyId } from '../../src/access/keys.js';
import type { Role } from '../../src/access/principal.js';
import type { ReplayPlan } from '../../src/client.js';
import { createHttpClient } from '../../src/http-client.js';
import { created } from '../support/ledger.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, fullInput, statuses } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-replay-http-'));
const keysFile = join(folder, 'keys.json');
const keys = new Map<string, string>();

let stage: Stage;
let server: ServerProcess;

const addKey = async (
  name: string,
  role: Role,
  { pipelines = ['*'], connections = ['*'] }: { pipelines?: string[]; connections?: string[] } = {},
): Promise<void> => {
  const id = newKeyId();
  const scope = { pipelines, connections };
  const { key } = await createKey(keysFile, { id, name, role, ...scope, createdBy: 'test' });
  keys.set(name, key);
};

beforeAll(async () => {
  await addKey('ada', 'operator');
  await addKey('bob', 'operator', { connections: ['domino-test'] });
  await addKey('viewer', 'viewer');
  await addKey('of another pipeline', 'operator', { pipelines: ['retrain'] });
  await addKey('of another connection', 'operator', { connections: ['elsewhere'] });
  await addKey('admin', 'admin');
  stage = await createStage({ settings: { access: { keysFile } } });
  [server] = await Promise.all([startServer(stage), stage.startWorker()]);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(who: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(new URL(path, server.url), {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${keys.get(who) ?? ''}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { status, headers } = answer;
  return { status, location: headers.get('location'), body: (await answer.json()) as Answer['body'] }; // each answers JSON
}

/** A run that has failed at its deployment. */
async function failedAtDeploy(key: string): Promise<string> {
  await stage.inject({ endpoint: 'modelApis.create', kind: 'status', status: 400, body: { message: 'no' } });
  const input = { ...fullInput(stage.connection), deploy: { modelApi: `iris-${key}` } };
  const { runId } = await stage.client.start('train-and-deploy', input, { key });
  expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({
    status: 'failed',
    failure: { step: 'deploy' },
  });
  return runId;
}

async function planned(who: string, runId: string, asked: object = {}): Promise<ReplayPlan> {
  const { status, body } = await ask(who, `/v1/runs/${runId}/replay-plan`, asked);
  expect([status, body['code']]).toEqual([200, undefined]);
  return body as unknown as ReplayPlan; // its schema is ReplayPlan
}

describe('a replay over HTTP', () => {
  it('is planned, then applied: the new attempt, where the run is, and the audit says who, why, by which plan, before and after', async () => {
    const runId = await failedAtDeploy('told');
    const jobs = created(stage.simulator, 'job').length;
    const plan = await planned('ada', runId);
    expect(plan.steps.find(({ name }) => name === 'deploy')).toMatchObject({
      action: 'run',
      calls: [{ endpoint: 'modelApis.create', on: 'iris-told' }],
    });
    const before = plan.of.attemptId;

    const body = { plan: plan.hash, reason: 'the platform is back' };
    const { status, location, body: applied } = await ask('ada', `/v1/runs/${runId}/replay`, body);
    expect([status, location]).toEqual([201, `/v1/runs/${runId}`]);
    const after = String(applied['attemptId']);
    expect(applied).toEqual({ runId, attemptId: expect.stringMatching(/^[0-9a-f-]{36}$/), plan: plan.hash });
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
    expect(created(stage.simulator, 'job')).toHaveLength(jobs);

    const by = expect.stringMatching(/^ada \(/);
    const { body: listed } = await ask('viewer', `/v1/runs/${runId}/attempts`);
    expect(listed['attempts']).toMatchObject([
      {
        attemptId: after,
        status: 'succeeded',
        lineage: { number: 2, by, plan: plan.hash, of: { attemptId: before } },
      },
      { attemptId: before, status: 'failed', failure: 'REQUEST_REJECTED' },
    ]);
    const { body: audit } = await ask('admin', `/v1/audit?object=${runId}`);
    expect(audit['entries']).toMatchObject([
      {
        action: 'run.replay',
        actor: by,
        reason: `plan ${plan.hash} of attempt ${before} (failed): the platform is back`,
        outcome: 'ok',
        result: `attempt ${after} of ${runId}`,
      },
    ]);
  });

  it('is for operators of that pipeline and connection: a viewer only sees the attempts, and to others there is no run', async () => {
    const runId = await failedAtDeploy('theirs');
    const { hash } = await planned('bob', runId);
    const routes: readonly (readonly [path: string, body?: object])[] = [
      ['replay-plan', {}],
      ['replay', { plan: hash, reason: 'mine' }],
      ['replay', { plan: hash, reason: 'mine', forkTo: 'mine' }],
      ['export'],
    ];
    for (const [path, body] of routes) {
      const codeFor = async (who: string) => {
        const answer = await ask(who, `/v1/runs/${runId}/${path}`, body);
        return [answer.status, answer.body['code']];
      };
      expect(await codeFor('viewer')).toEqual([403, 'ACCESS_DENIED']);
      expect(await codeFor('of another pipeline')).toEqual([404, 'RUN_NOT_FOUND']);
      expect(await codeFor('of another connection')).toEqual([404, 'RUN_NOT_FOUND']);
    }
    expect((await ask('of another pipeline', `/v1/runs/${runId}/attempts`)).status).toBe(404);
    expect(await stage.client.replays.attempts(runId)).toHaveLength(1);
    const { body: audit } = await ask('admin', `/v1/audit?object=${runId}`);
    expect(audit['entries']).toEqual([]);
  });

  it('is one, when two operators apply the same plan at once: the other gets 409', async () => {
    const runId = await failedAtDeploy('contested');
    await stage.inject({ endpoint: 'projects.find', kind: 'hold-answer', ms: 1_000, times: 2 });
    const { hash } = await planned('ada', runId);
    const answers = await Promise.all(
      ['ada', 'bob'].map((who) => ask(who, `/v1/runs/${runId}/replay`, { plan: hash, reason: who })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await stage.client.replays.attempts(runId)).toHaveLength(2);
    const { body: audit } = await ask('admin', `/v1/audit?object=${runId}`);
    expect((audit['entries'] as { outcome: string }[]).map(({ outcome }) => outcome).sort()).toEqual([
      'failed',
      'ok',
    ]);
    await stage.client.wait(runId, { timeoutMs: 90_000 });
  });

  it('is planned and applied by the client for other services, which also lists the attempts', async () => {
    const runId = await failedAtDeploy('by-client');
    const client = createHttpClient({ url: server.url, key: keys.get('bob') ?? '' });
    const { hash, steps } = await client.planReplay(runId);
    expect(steps.map(({ action }) => action)).toEqual([...Array<string>(6).fill('reused'), 'run']);
    const stale = client.replay(runId, { plan: '0'.repeat(16), from: 'deploy', reason: 'it is back' });
    await expect(stale).rejects.toMatchObject({ code: 'REPLAY_STALE', status: 409, retryable: false });
    const { attemptId } = await client.replay(runId, { plan: hash, reason: 'it is back' });
    expect(await client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded', attemptId });
    expect(await client.attempts(runId)).toMatchObject([
      { attemptId, lineage: { plan: hash, reason: 'it is back' } },
      { status: 'failed' },
    ]);
  });

  it('makes a fork: another run, and the first stays as it is', async () => {
    const runId = await failedAtDeploy('forked');
    const asked = { forkTo: 'fork', set: { 'deploy.modelApi': 'iris-fork' } };
    const { hash, runId: fork } = await planned('bob', runId, asked);
    const { status, location } = await ask('bob', `/v1/runs/${runId}/replay`, {
      plan: hash,
      reason: 'try it elsewhere',
      ...asked,
    });
    expect([status, location, fork]).toEqual([
      201,
      '/v1/runs/train-and-deploy.fork',
      'train-and-deploy.fork',
    ]);
    const run = await stage.client.wait(fork, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'succeeded', lineage: { number: 1, of: { runId } } });
    expect(statuses(run)).toMatchObject({ train: 'reused', deploy: 'succeeded' });
    expect(await stage.client.get(runId)).toMatchObject({ status: 'failed' });
  });

  it('says where in what was sent an edit does not fit, and of which step a supplied output', async () => {
    const runId = await failedAtDeploy('edited');
    const refused = async (asked: object) => (await ask('bob', `/v1/runs/${runId}/replay-plan`, asked)).body;
    expect(await refused({ set: { 'train.command': 5, 'deploy.modelApi': 'other' } })).toMatchObject({
      status: 422,
      code: 'INPUT_INVALID',
      fields: [{ pointer: '/set/train.command', detail: expect.stringContaining('string') }],
    });
    expect(await refused({ skip: { deploy: { modelApiId: 'm' } } })).toMatchObject({
      status: 422,
      code: 'REPLAY_INVALID',
      detail: '--skip deploy: the output of "deploy" lacks versionId',
    });
  });
});

describe('an exported attempt', () => {
  it('is replayed where Temporal does not know its run, by operators of its pipeline and connection only', async () => {
    const known = await failedAtDeploy('exported');
    const { body } = await ask('ada', `/v1/runs/${known}/export`);
    expect(await ask('bob', '/v1/replay-plans', { exported: body })).toMatchObject({
      status: 409,
      body: { code: 'REPLAY_REFUSED' },
    });
    const runId = 'train-and-deploy.of-last-year';
    const exported = { ...body, runId };
    for (const who of ['viewer', 'of another pipeline', 'of another connection'])
      expect(await ask(who, '/v1/replay-plans', { exported })).toMatchObject({
        status: 403,
        body: { code: 'ACCESS_DENIED' },
      });
    const moved = { ...exported, connection: 'elsewhere' };
    expect(await ask('of another connection', '/v1/replay-plans', { exported: moved })).toMatchObject({
      status: 422,
      body: { code: 'REPLAY_INVALID' },
    });

    const { status, body: plan } = await ask('bob', '/v1/replay-plans', { exported });
    expect([status, plan['runId']]).toEqual([200, runId]);
    const replay = { exported, plan: plan['hash'], reason: 'the platform is back' };
    expect(await ask('of another pipeline', '/v1/replays', replay)).toMatchObject({ status: 403 });
    expect(await ask('bob', '/v1/replays', replay)).toMatchObject({
      status: 201,
      location: `/v1/runs/${runId}`,
      body: { runId },
    });
    const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
    expect(run).toMatchObject({ status: 'succeeded', lineage: { number: 2 } });
    expect(statuses(run)).toMatchObject({ train: 'reused', deploy: 'succeeded' });
  });
});
