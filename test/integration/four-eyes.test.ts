/** Two pairs of eyes: whoever has brought a run about does not approve it, by whatever credential. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createKey, newKeyId } from '../../src/access/keys.js';
import type { PipelineInput } from '../../src/client.js';
import { awaitedApproval } from '../../src/run/approvals/approvals.js';
import { retrainInput, world } from '../support/retraining.js';
import { untilSchedule } from '../support/schedules.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-eyes-'));
const keysFile = join(folder, 'keys.json');
const jwks = join(folder, 'jwks.json');
const issuer = 'https://issuer.example';

let stage: Stage;
let server: ServerProcess;
let token: (subject: string, claims?: object) => Promise<string>;

/** A key, and its id. */
async function key(name: string, owner?: string): Promise<{ readonly key: string; readonly id: string }> {
  const id = newKeyId();
  const scope = { pipelines: ['*'], connections: ['*'] };
  const made = await createKey(keysFile, {
    id,
    name,
    ...(owner !== undefined && { owner }),
    role: 'admin',
    ...scope,
    createdBy: 'test',
  });
  return { key: made.key, id };
}

const credentials = new Map<string, string>();

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }),
  );
  token = (subject, claims = {}) =>
    new SignJWT({ groups: ['leads'], ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('longhaul')
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('30m')
      .sign(privateKey);
  for (const [who, name, owner] of [
    ['ada', 'ada', undefined],
    ['ada again', 'ada', undefined],
    ['ada’s other key', 'laptop', 'ada'],
    ['bob', 'bob', undefined],
    ['grace', 'grace', undefined],
  ] as const)
    credentials.set(who, (await key(name, owner)).key);
  credentials.set('carol', await token('carol', { preferred_username: 'carol.c' }));
  credentials.set('carol without her name', await token('carol'));
  credentials.set('mallory as grace', await token('mallory', { preferred_username: 'grace' }));
  credentials.set('mallory as cli', await token('mallory', { preferred_username: 'cli' }));
  const grants = { leads: { role: 'admin' } };
  stage = await createStage({
    world,
    settings: { access: { keysFile, tokens: [{ issuer, audience: 'longhaul', jwks, grants }] } },
  });
  await stage.startWorker();
  server = await startServer(stage);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

const post = async (who: string, path: string, body: object, headers: object = {}, method = 'POST') => {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${credentials.get(who)}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { answer, status: response.status };
};

type Approval = NonNullable<PipelineInput<'retrain'>['approval']>;

async function inputOf(key: string, approval: Approval = {}): Promise<PipelineInput<'retrain'>> {
  const { deploy } = await retrainInput(stage, '0.9');
  return retrainInput(stage, '0.9', {
    compare: undefined,
    register: { model: key },
    deploy: { ...deploy, modelApi: key },
    approval: { byStarter: false, ...approval },
  });
}

async function started(who: string, key: string, approval?: Approval): Promise<string> {
  const input = await inputOf(key, approval);
  const { status } = await post(who, '/v1/pipelines/retrain/runs', { input }, { 'idempotency-key': key });
  expect(status).toBe(201);
  return asked(`retrain.${key}`);
}

async function asked(runId: string): Promise<string> {
  await until(stage.client, runId, (run) => awaitedApproval(run) !== null);
  return runId;
}

/** Asks for the approval again, in another attempt. */
async function replayedBy(who: string, runId: string): Promise<void> {
  const plan = await post(who, `/v1/runs/${runId}/replay-plan`, { from: 'approve', stopFirst: true });
  const replay = { from: 'approve', stopFirst: true, plan: plan.answer['hash'], reason: 'again' };
  expect((await post(who, `/v1/runs/${runId}/replay`, replay)).status).toBe(201);
  await asked(runId);
}

async function resetBy(who: string, runId: string, step: string): Promise<void> {
  const reset = { step, reason: 'again', stopFirst: true };
  expect((await post(who, `/v1/runs/${runId}/reset`, reset)).status).toBe(200);
}

/** The run parks at `register`, and somebody has it go on. */
async function startedAndResolved(starter: string, key: string, resolver: string): Promise<string> {
  const input = await inputOf(key);
  await stage.inject({
    endpoint: 'registeredModels.register',
    kind: 'status',
    status: 403,
    body: { errors: ['Compute quota exceeded'] },
  });
  await post(starter, '/v1/pipelines/retrain/runs', { input }, { 'idempotency-key': key });
  const runId = `retrain.${key}`;
  await until(stage.client, runId, (run) => statuses(run)['register'] === 'parked');
  const resolution = { step: 'register', action: 'retry', reason: 'there is room' };
  expect((await post(resolver, `/v1/runs/${runId}/resolve`, resolution)).status).toBe(200);
  return asked(runId);
}

/** What each is answered who approves: of the last one it counts. */
async function decide(runId: string, ...whos: string[]): Promise<unknown[]> {
  const answers = [];
  for (const who of whos) {
    const { status, answer } = await post(who, `/v1/runs/${runId}/reject`, { reason: 'looked at it' });
    answers.push([who, answer['code'] ?? status]);
  }
  return answers;
}

const denied = (...whos: string[]) => whos.map((who) => [who, 'APPROVAL_DENIED']);

describe('an approval that the starter may not give', () => {
  it('is denied to each key of who started the run, and taken from somebody else', async () => {
    const runId = await started('ada', 'keys');
    const answers = await decide(runId, 'ada', 'ada again', 'ada’s other key', 'bob');
    expect(answers).toEqual([...denied('ada', 'ada again', 'ada’s other key'), ['bob', 200]]);
  });

  it('is denied to the same subject, whatever its token calls it', async () => {
    const runId = await started('carol', 'subject');
    const answers = await decide(runId, 'carol', 'carol without her name', 'grace');
    expect(answers).toEqual([...denied('carol', 'carol without her name'), ['grace', 200]]);
  });

  it('is denied to who replayed the run, also before the last time', async () => {
    const runId = await started('ada', 'replayed');
    for (const who of ['bob', 'grace']) await replayedBy(who, runId);
    const answers = await decide(runId, 'ada', 'bob', 'grace', 'carol');
    expect(answers).toEqual([...denied('ada', 'bob', 'grace'), ['carol', 200]]);
  });

  it('is denied to who reset the run', async () => {
    const runId = await started('ada', 'reset');
    await resetBy('bob', runId, 'register');
    await asked(runId);
    expect(await decide(runId, 'bob', 'grace')).toEqual([...denied('bob'), ['grace', 200]]);
  });

  it('is denied to who reset an attempt that was replayed since', async () => {
    const runId = await started('ada', 'reset-replayed');
    await resetBy('bob', runId, 'register');
    await asked(runId);
    await replayedBy('carol', runId);
    expect(await decide(runId, 'bob', 'carol', 'grace')).toEqual([...denied('bob', 'carol'), ['grace', 200]]);
  });

  it('is denied to who reset an attempt that was reset to an earlier step since', async () => {
    const runId = await started('ada', 'reset-twice');
    await resetBy('bob', runId, 'register');
    await asked(runId);
    await resetBy('carol', runId, 'train');
    await asked(runId);
    expect(await decide(runId, 'bob', 'carol', 'grace')).toEqual([...denied('bob', 'carol'), ['grace', 200]]);
  });

  it('is denied to who resolved a step of it, also in an attempt that was replayed since', async () => {
    const runId = await startedAndResolved('ada', 'resolved', 'bob');
    await replayedBy('carol', runId);
    expect(await decide(runId, 'bob', 'carol', 'grace')).toEqual([...denied('bob', 'carol'), ['grace', 200]]);
  });

  it('is denied to who resolved a step that a reset has done again', async () => {
    const runId = await startedAndResolved('ada', 'resolved-before', 'bob');
    await resetBy('carol', runId, 'train');
    await asked(runId);
    expect(await decide(runId, 'bob', 'grace')).toEqual([...denied('bob'), ['grace', 200]]);
  });

  it('is denied to who wrote its schedule, who let that tick, and who had it make up for a past time', async () => {
    const schedule = {
      name: 'yearly',
      pipeline: 'retrain',
      input: await inputOf('scheduled'),
      cron: ['0 0 1 1 *'],
    };
    expect((await post('ada', '/v1/schedules', schedule)).status).toBe(201);
    const triggered = await post('bob', '/v1/schedules/yearly/trigger', {});
    const runId = await asked(String(triggered.answer['runId']));
    expect(await decide(runId, 'ada again', 'bob', 'grace')).toEqual([
      ...denied('ada again', 'bob'),
      ['grace', 200],
    ]);
    await stage.client.wait(runId, { timeoutMs: 20_000 });

    const range = { start: '2025-12-31T00:00:00Z', end: '2026-01-02T00:00:00Z' };
    const made = await post('grace', '/v1/schedules/yearly/backfill', range);
    expect(made).toMatchObject({ status: 200, answer: { times: [{ at: '2026-01-01T00:00:00.000Z' }] } });
    const past = runId.replace(/\d{4}-.*$/, '2026-01-01T00:00:00Z');
    for (const endMs = Date.now() + 20_000; Date.now() < endMs;)
      if (await stage.client.get(past).catch(() => null)) break;
    await asked(past);
    expect(await decide(past, 'grace', 'bob')).toEqual([...denied('grace'), ['bob', 200]]);
  }, 90_000);
});

describe('a tick that waits for its turn', () => {
  it('stays with who let it tick, however often that person asks meanwhile', async () => {
    const schedule = {
      name: 'waiting',
      pipeline: 'retrain',
      input: await inputOf('waiting'),
      cron: ['0 0 1 1 *'],
      overlap: 'skip', // a run of `allow-all` is not waited for
    };
    await post('ada', '/v1/schedules', schedule);
    const trigger = (who: string, body: object) => post(who, '/v1/schedules/waiting/trigger', body);
    const first = await asked(String((await trigger('carol', {})).answer['runId']));
    const range = { start: '2025-12-31T00:00:00Z', end: '2026-01-02T00:00:00Z' };
    expect((await post('bob', '/v1/schedules/waiting/backfill', range)).status).toBe(200);
    for (let times = 0; times < 50; times += 1)
      expect((await trigger('bob', { overlap: 'skip' })).answer).toEqual({ outcome: 'skipped' });
    await decide(first, 'grace');
    const { runs } = await untilSchedule(stage, 'waiting', ({ counts: { started } }) => started === 2);
    const runId = await asked(runs[0]?.runId ?? '');
    expect(await decide(runId, 'bob', 'grace')).toEqual([...denied('bob'), ['grace', 200]]);
  }, 90_000);
});

describe('those who may decide', () => {
  it('are not whoever calls itself by their names', async () => {
    const runId = await started('ada', 'named', { by: ['grace', 'webhook:team', 'cli'] });
    const answers = await decide(runId, 'mallory as grace', 'mallory as cli', 'bob', 'grace');
    expect(answers).toEqual([...denied('mallory as grace', 'mallory as cli', 'bob'), ['grace', 200]]);
  });

  it('may be named by the subject of a token, and by a group that the configuration names', async () => {
    const bySubject = await started('ada', 'by-subject', { by: [`${issuer}#carol`] });
    expect(await decide(bySubject, 'mallory as grace', 'carol')).toEqual([
      ...denied('mallory as grace'),
      ['carol', 200],
    ]);
    const byGroup = await started('ada', 'by-group', { by: ['group:leads'] });
    expect(await decide(byGroup, 'bob', 'carol without her name')).toEqual([
      ...denied('bob'),
      ['carol without her name', 200],
    ]);
  });
});

it('refuses keys that would pass for a part of Longhaul', async () => {
  for (const name of ['cli', 'schedule', 'webhook:team'])
    await expect(key(name)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await expect(key('x', 'group:leads')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});
