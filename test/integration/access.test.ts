import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createKey, newKeyId, revokeKey } from '../../src/access/keys.js';
import type { Role } from '../../src/access/principal.js';
import { connectClient } from '../../src/client.js';
import { hasEnded, hopelessRuns, untilCampaign } from '../support/campaigns.js';
import { type Operation, campaignOperations, replayOperations } from '../support/operations.js';
import { sendRaw } from '../support/raw-http.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-access-'));
const keysFile = join(folder, 'keys.json');
const jwks = join(folder, 'jwks.json');
const issuer = 'https://issuer.example';
const roles = ['viewer', 'operator', 'admin'] as const;

let stage: Stage;
let server: ServerProcess;
let runId: string;
let deliveryId: string;
/** Of a run that Temporal knows: refused to who may. */
let exported: object;
let token: (claims: object, sign?: (jwt: SignJWT) => SignJWT) => Promise<string>;
const keys = new Map<string, string>();

const key = async (
  role: Role,
  scope: { connections?: string[]; pipelines?: string[] } = {},
): Promise<string> =>
  (
    await createKey(keysFile, {
      id: newKeyId(),
      name: role,
      role,
      pipelines: scope.pipelines ?? ['*'],
      connections: scope.connections ?? ['*'],
      createdBy: 'test',
    })
  ).key;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }),
  );
  token = (claims, sign = (jwt) => jwt.setExpirationTime('5m')) =>
    sign(
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(issuer)
        .setAudience('longhaul')
        .setSubject('ci')
        .setIssuedAt(),
    ).sign(privateKey);
  const grants = { ml: { role: 'operator', connections: ['domino-test'] }, audit: { role: 'admin' } };
  const tokens = [{ issuer, audience: 'longhaul', jwks, grants }];
  const hook = {
    url: 'http://127.0.0.1:9',
    secret: { env: 'HOOK_SECRET' },
    internal: true,
    events: ['run.succeeded'],
  };
  stage = await createStage({
    settings: { access: { keysFile, tokens }, webhooks: { outgoing: { team: hook } } },
    env: { HOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` },
  });
  for (const role of roles) {
    keys.set(role, await key(role));
    keys.set(`${role} of another connection`, await key(role, { connections: ['elsewhere'] }));
    keys.set(`${role} of another pipeline`, await key(role, { pipelines: ['other-pipeline'] }));
  }
  const revoked = await key('admin');
  await revokeKey(keysFile, revoked.split('_')[1] ?? '');
  keys.set('a revoked key', revoked);
  keys.set('a key of nobody', `${revoked.slice(0, -4)}AAAA`);
  keys.set('an operator by token', await token({ groups: ['ml'] }));
  keys.set('a token without a grant', await token({ groups: ['other'] }));
  await stage.startWorker();
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python train.py' } };
  const client = await connectClient({
    temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
    receivers: { team: { events: ['run.succeeded'], pipelines: ['*'] } },
  });
  ({ runId } = await client.start('train-and-deploy', input, { key: 'theirs' }));
  for (const name of ['theirs', 'doomed']) await client.schedules.create(schedule(name));
  await client.schedules.create(schedule('away', 'elsewhere'));
  await client.close();
  await stage.client.wait(runId, { timeoutMs: 90_000 });
  exported = await stage.client.replays.export(runId);
  const { campaigns } = stage.client;
  await hopelessRuns(stage, ['hopeless']);
  await campaigns.create(campaign, { name: 'theirs' });
  await untilCampaign(stage, 'theirs', ({ state }) => state === 'planned');
  await campaigns.steer('theirs', 'abort', { reason: 'x' });
  await untilCampaign(stage, 'theirs', hasEnded);
  for await (const delivery of stage.client.deliveries()) ({ deliveryId } = delivery);
  server = await startServer(stage);
});
afterAll(async () => {
  server.kill('SIGKILL');
  await stage.close();
  rmSync(folder, { recursive: true });
});

const start = () => ({
  input: { connection: stage.connection, project: 'ada/iris', train: { command: 'python train.py' } },
});

const campaign = { query: 'failure=JOB_FAILED', reason: 'x' };

const schedule = (name: string, connection = stage.connection) => ({
  name,
  pipeline: 'train-and-deploy',
  input: { ...start().input, connection },
  cron: ['@yearly'],
});

/** What may be done to a run only while it goes on, or where it has come to. */
const onEndedRun = (verb: string, body: object): Operation => ({
  access: 'operator',
  path: `/v1/runs/${runId}/${verb}`,
  body,
  allowed: 409,
  foreign: 404,
});

/** Every operation of the API: one that is missing here fails the first test. */
const operations = (): Record<string, Operation> => ({
  startRun: {
    access: 'operator',
    path: '/v1/pipelines/train-and-deploy/runs',
    body: start(),
    allowed: 200,
    foreign: 403,
  },
  dryRun: {
    access: 'operator',
    path: '/v1/pipelines/train-and-deploy/dry-run',
    body: start(),
    allowed: 200,
    foreign: 403,
  },
  listRuns: { access: 'viewer', path: '/v1/runs', allowed: 200, foreign: 200 },
  listFailures: { access: 'viewer', path: '/v1/failures', allowed: 200, foreign: 200 },
  diffRuns: { access: 'viewer', path: `/v1/runs/${runId}/diff?with=${runId}`, allowed: 200, foreign: 404 },
  getRun: { access: 'viewer', path: `/v1/runs/${runId}`, allowed: 200, foreign: 404 },
  cancelRun: onEndedRun('cancel', { reason: 'x' }),
  cleanUpRun: { ...onEndedRun('cleanup', { reason: 'x' }), allowed: 200 },
  resolveStep: onEndedRun('resolve', { step: 'train', action: 'abort', reason: 'x' }),
  resetRun: { ...onEndedRun('reset', { step: 'nowhere', reason: 'x' }), access: 'admin' },
  getRunHistory: { access: 'operator', path: `/v1/runs/${runId}/history`, allowed: 200, foreign: 404 },
  ...replayOperations(runId, exported),
  approveRun: onEndedRun('approve', { reason: 'x' }),
  rejectRun: onEndedRun('reject', { reason: 'x' }),
  showApproval: { access: 'public', path: '/v1/approvals/none', allowed: 404, foreign: 404 },
  decideByLink: {
    access: 'public',
    path: '/v1/approvals/none',
    form: { action: 'approve', reason: 'x' },
    allowed: 404,
    foreign: 404,
  },
  listRetrainings: { access: 'viewer', path: '/v1/retrainings', allowed: 200, foreign: 200 },
  followRun: { access: 'viewer', path: `/v1/runs/${runId}/events`, allowed: 200, foreign: 404 },
  readRunLogs: { access: 'viewer', path: `/v1/runs/${runId}/logs`, allowed: 200, foreign: 404 },
  listPipelines: { access: 'viewer', path: '/v1/pipelines', allowed: 200, foreign: 200 },
  checkPipeline: {
    access: 'viewer',
    path: '/v1/pipelines/check',
    body: { document: 'longhaul: pipeline/v1' },
    allowed: 200,
    foreign: 200,
  },
  listConnections: { access: 'viewer', path: '/v1/connections', allowed: 200, foreign: 200 },
  getConnection: {
    access: 'viewer',
    path: `/v1/connections/${stage.connection}`,
    allowed: 200,
    foreign: 404,
  },
  resumeConnection: {
    access: 'operator',
    path: `/v1/connections/${stage.connection}/resume`,
    body: { reason: 'x' },
    allowed: 202,
    foreign: 404,
  },
  getPipeline: { access: 'viewer', path: '/v1/pipelines/train-and-deploy', allowed: 200, foreign: 404 },
  getPipelineSchema: {
    access: 'viewer',
    path: '/v1/pipelines/train-and-deploy/schema',
    allowed: 200,
    foreign: 404,
  },
  listSchedules: { access: 'viewer', path: '/v1/schedules', allowed: 200, foreign: 200 },
  getSchedule: { access: 'viewer', path: '/v1/schedules/theirs', allowed: 200, foreign: 404 },
  listScheduleTimes: { access: 'viewer', path: '/v1/schedules/theirs/next', allowed: 200, foreign: 404 },
  createSchedule: {
    access: 'admin',
    path: '/v1/schedules',
    body: schedule('theirs'),
    allowed: 409,
    foreign: 403,
  },
  updateSchedule: {
    access: 'admin',
    method: 'PUT',
    path: '/v1/schedules/theirs',
    body: schedule('theirs'),
    allowed: 200,
    foreign: 404,
  },
  deleteSchedule: {
    access: 'admin',
    method: 'DELETE',
    path: '/v1/schedules/doomed',
    allowed: 204,
    foreign: 404,
  },
  pauseSchedule: {
    access: 'operator',
    path: '/v1/schedules/theirs/pause',
    body: { reason: 'x' },
    allowed: 200,
    foreign: 404,
  },
  unpauseSchedule: {
    access: 'operator',
    path: '/v1/schedules/theirs/unpause',
    body: {},
    allowed: 200,
    foreign: 404,
  },
  triggerSchedule: {
    access: 'operator',
    path: '/v1/schedules/theirs/trigger',
    body: {},
    allowed: 200,
    foreign: 404,
  },
  backfillSchedule: {
    access: 'operator',
    path: '/v1/schedules/theirs/backfill',
    body: { start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z', dryRun: true },
    allowed: 200,
    foreign: 404,
  },
  ...campaignOperations('theirs', campaign),
  receiveEvent: { access: 'public', path: '/v1/webhooks/none', body: {}, allowed: 404, foreign: 404 },
  listDeliveries: { access: 'viewer', path: '/v1/webhook-deliveries', allowed: 200, foreign: 200 },
  redeliver: {
    access: 'operator',
    path: `/v1/webhook-deliveries/${deliveryId}/redeliver`,
    body: {},
    allowed: 409,
    foreign: 404,
  },
  listAudit: { access: 'admin', path: '/v1/audit', allowed: 200, foreign: 403 },
  decodePayloads: {
    access: 'admin',
    path: '/codec/decode',
    body: { payloads: [] },
    allowed: 200,
    foreign: 403,
  },
  readMetrics: { access: 'viewer', path: '/metrics', allowed: 200, foreign: 403 },
  isLive: { access: 'public', path: '/livez', allowed: 200, foreign: 200 },
  isReady: { access: 'public', path: '/readyz', allowed: 200, foreign: 200 },
  getOpenApi: { access: 'public', path: '/openapi.json', allowed: 200, foreign: 200 },
});

const ask = ({ path, method, body, form }: Operation, credential: string | undefined): Promise<Response> =>
  fetch(new URL(path, server.url), {
    method: method ?? (body || form ? 'POST' : 'GET'),
    ...(body && { body: JSON.stringify(body) }),
    ...(form && { body: new URLSearchParams(form) }),
    headers: {
      ...(body && { 'content-type': 'application/json', 'idempotency-key': 'theirs' }),
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
    },
  });

/** What a caller must be answered. */
function expected(name: string, operation: Operation, who: string): number {
  const { access, allowed, foreign } = operation;
  if (access === 'public') return allowed;
  if (['nobody', 'a revoked key', 'a key of nobody'].includes(who)) return 401;
  if (who === 'a token without a grant') return 403;
  const role = who === 'an operator by token' ? 'operator' : roles.find((one) => who.startsWith(one));
  if (role === undefined || roles.indexOf(role) < roles.indexOf(access)) return 403;
  // They count the runs of everybody.
  if (name === 'readMetrics' && who === 'an operator by token') return foreign;
  if (!who.includes('another')) return allowed;
  // Pipelines are not of a connection: who is bound to one sees them all.
  if (who.endsWith('connection')) return name.startsWith('getPipeline') ? allowed : foreign;
  // Nor are connections of a pipeline; but resuming one touches runs of all pipelines.
  if (name === 'getConnection') return allowed;
  return name === 'resumeConnection' ? 403 : foreign;
}

describe('access', () => {
  it('is decided for every operation and every kind of caller', async () => {
    const document = (await (
      await ask({ access: 'public', path: '/openapi.json', allowed: 200, foreign: 200 }, undefined)
    ).json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const published = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(published.sort()).toEqual(Object.keys(operations()).sort());

    const cells: string[] = [];
    const wrong: string[] = [];
    for (const [name, operation] of Object.entries(operations()))
      for (const [who, credential] of [['nobody', undefined] as const, ...keys.entries()]) {
        const response = await ask(operation, credential);
        await response.text();
        cells.push(`${name} by ${who}`);
        const wanted = expected(name, operation, who);
        if (response.status !== wanted)
          wrong.push(`${name} by ${who}: ${response.status} instead of ${wanted}`);
      }
    expect(wrong).toEqual([]);
    console.log(`authorization matrix: ${cells.length} cells tested, ${published.length} operations, 100 %`);
  }, 180_000);

  it('shows nobody a run of another scope in a list', async () => {
    const list = async (who: string) =>
      ((await (await ask(operations()['listRuns'] as Operation, keys.get(who))).json()) as { runs: object[] })
        .runs;
    const theirs = expect.objectContaining({ runId });
    expect(await list('admin')).toContainEqual(theirs);
    expect(await list('an operator by token')).toContainEqual(theirs);
    expect(await list('admin of another connection')).toEqual([]);
    expect(await list('admin of another pipeline')).toEqual([]);
    const campaigns = async (who: string) =>
      (await ask(operations()['listCampaigns'] as Operation, keys.get(who))).json();
    expect(await campaigns('an operator by token')).toMatchObject({ campaigns: [{ name: 'theirs' }] });
    expect(await campaigns('admin of another connection')).toEqual({ campaigns: [] });
    const deliveries = await ask(
      operations()['listDeliveries'] as Operation,
      keys.get('admin of another pipeline'),
    );
    expect(await deliveries.json()).toEqual({ deliveries: [] });
  });

  it('to a schedule of another scope is none: it is in no list, cannot be deleted, and none is moved to where its admin is none', async () => {
    const { listSchedules, deleteSchedule, updateSchedule } = operations();
    for (const [who, seen] of [
      ['admin of another connection', [{ name: 'away' }]],
      ['admin of another pipeline', []],
    ] as const) {
      const list = await ask(listSchedules as Operation, keys.get(who));
      expect(await list.json()).toMatchObject({ schedules: seen });
      const foreign = { ...(deleteSchedule as Operation), path: '/v1/schedules/theirs' };
      expect((await ask(foreign, keys.get(who))).status).toBe(404);
    }
    const taken = { ...(updateSchedule as Operation), path: '/v1/schedules/away', body: schedule('away') };
    const refused = await ask(taken, keys.get('admin of another connection'));
    expect(await refused.json()).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    const { connection } = await stage.client.schedules.describe('away');
    expect(connection).toBe('elsewhere');
    expect(await stage.client.schedules.describe('theirs')).toMatchObject({ name: 'theirs' });
  });

  it('ends within five seconds when a key is revoked', async () => {
    const mine = await key('viewer');
    const { getRun } = operations();
    const status = async () => (await ask(getRun as Operation, mine)).status;
    for (let tries = 0; tries < 50 && (await status()) !== 200; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await status()).toBe(200);
    await revokeKey(keysFile, mine.split('_')[1] ?? '');
    const revokedAt = Date.now();
    while ((await status()) === 200 && Date.now() - revokedAt < 6_000)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(Date.now() - revokedAt).toBeLessThan(5_000);
    expect(await (await ask(getRun as Operation, mine)).json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each([
    ['is expired', (jwt: SignJWT) => jwt.setExpirationTime('-1m')],
    ['never expires', (jwt: SignJWT) => jwt],
    [
      'is of another issuer',
      (jwt: SignJWT) => jwt.setIssuer('https://other.example').setExpirationTime('5m'),
    ],
    ['is for another audience', (jwt: SignJWT) => jwt.setAudience('other').setExpirationTime('5m')],
    ['is not valid yet', (jwt: SignJWT) => jwt.setNotBefore('5m').setExpirationTime('9m')],
    ['is too old', (jwt: SignJWT) => jwt.setIssuedAt('2 hours ago').setExpirationTime('5m')],
  ])('is refused to a token that %s', async (_name, sign) => {
    const response = await ask(operations()['getRun'] as Operation, await token({ groups: ['ml'] }, sign));
    const text = await response.text();
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="longhaul"',
    ]);
    expect(JSON.parse(text)).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
    expect(text).not.toContain('eyJ');
  });

  it('is refused to web pages of elsewhere and to other names of this machine where none is configured', async () => {
    const open = await startServer(await createStageWithoutAccess());
    const status = async (headers: Record<string, string>) =>
      (await fetch(new URL('/v1/pipelines', open.url), { headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(401);
    const other = 'GET /v1/pipelines HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect((await sendRaw(open.url, other)).status).toBe(401);
    open.kill('SIGKILL');
  });

  it('must be configured before a server listens where others reach it', async () => {
    const plain = await createStageWithoutAccess();
    await expect(startServer(plain, { LONGHAUL_SERVER_ADDRESS: '0.0.0.0:0' })).rejects.toThrow(
      /the server exited with 2:[\s\S]*where others reach it, and no access is configured: set access.keysFile/,
    );
  });
});

const others: Stage[] = [];
async function createStageWithoutAccess(): Promise<Stage> {
  const made = await createStage();
  others.push(made);
  return made;
}
afterAll(() => Promise.all(others.map((one) => one.close())));
