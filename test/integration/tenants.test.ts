/** Two tenants of one server: what one may not see does not exist for it, in words too. Names of the other have a canary. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection, type WorkflowStartOptions } from '@temporalio/client';
import { defaultPayloadConverter, defineSearchAttributeKey } from '@temporalio/common';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createKey, newKeyId } from '../../src/access/keys.js';
import type { Role } from '../../src/access/principal.js';
import { type LonghaulClient, connectClient } from '../../src/client.js';
import { eventually } from '../support/eventually.js';
import { retrainInput } from '../support/retraining.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-tenants-'));
const keysFile = join(folder, 'keys.json');
const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const issuer = 'https://issuer.example';
const theirs = 'train-and-deploy.canary-run';

let stage: Stage;
let server: ServerProcess;
let client: LonghaulClient;
const keys = new Map<Role, string>();
let everyone: string;
let token: (groups: readonly string[]) => Promise<string>;

const input = (connection: string, more: object = {}) => ({
  connection,
  project: 'ada/iris',
  train: { command: 'slow' },
  ...more,
});
const schedule = (name: string, connection: string) => ({
  name,
  pipeline: 'train-and-deploy',
  input: input(connection),
  cron: ['@yearly'],
});

const newKey = async (role: Role, pipelines: string[], connections: string[]): Promise<string> => {
  const id = newKeyId();
  return (await createKey(keysFile, { id, name: role, role, pipelines, connections, createdBy: 'test' })).key;
};

/** Makes `token`, of groups that each bring a grant; where the keys of their issuer are. */
async function issueTokens(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  token = (groups) =>
    new SignJWT({ groups })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('longhaul')
      .setSubject('ci')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  const jwks = join(folder, 'jwks.json');
  const key = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
  writeFileSync(jwks, JSON.stringify({ keys: [key] }));
  return jwks;
}

const inTemporal = async <T>(perform: (temporal: Client) => Promise<T>): Promise<T> => {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  return perform(new Client({ connection, namespace: stage.namespace })).finally(() => connection.close());
};
const waitsFor = (runId: string) => `${runId} trains or deploys the same model`;

const begin = (type: string, options: Omit<WorkflowStartOptions, 'taskQueue'>) =>
  inTemporal(({ workflow }) => workflow.start(type, { taskQueue: 'nobody', ...options }));

/** An event on its way that nobody sends. */
const deliver = (name: string, connection: string) => {
  const failure = { code: 'MODEL_BUSY', message: waitsFor('retrain.canary-holder') };
  const of = { runId: name, pipeline: 'train-and-deploy', connection };
  const delivery = { target: 'team', event: { type: 'run.failed', at: 'x', ...of, failure } };
  return begin('deliverEvent', { workflowId: `delivery.team.${name}`, memo: { delivery } });
};

/** A retraining that another run was in the way of. */
const decide = (name: string, connection: string) => {
  const reason = waitsFor('train-and-deploy.canary-run');
  const attributes = { LonghaulPipeline: 'retrain', LonghaulConnection: connection };
  const model = { LonghaulModel: `${connection}/ada/iris/api` };
  return begin('retrain', {
    workflowId: `retrain.${name}`,
    memo: { decision: { verdict: 'busy', reason, evidence: [], decidedAt: 'x' }, conclusion: reason },
    typedSearchAttributes: Object.entries({ ...attributes, ...model }).map(([key, value]) => ({
      key: defineSearchAttributeKey(key, 'KEYWORD'),
      value,
    })),
  });
};

/** A campaign that has ended, whose one run failed. */
const campaign = (name: string, on: string) =>
  inTemporal(async ({ workflow, connection, options: { namespace } }) => {
    const scope = { pipeline: 'train-and-deploy', connection: on };
    const failure = { code: 'MODEL_BUSY', message: waitsFor('retrain.canary-holder') };
    const run = { ...scope, runId: 'train-and-deploy.ours', state: 'refused', failure };
    const report = { name, scopes: [scope], counts: {}, runs: [run] };
    const taskQueue = `campaign-${name}`;
    await workflow.start('campaign', { workflowId: `campaign.${name}`, taskQueue });
    const { taskToken } = await connection.withDeadline(Date.now() + 30_000, () =>
      connection.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
    );
    const result = { payloads: [defaultPayloadConverter.toPayload(report)] };
    const commands = [{ commandType: 4, completeWorkflowExecutionCommandAttributes: { result } }]; // it completes
    await connection.workflowService.respondWorkflowTaskCompleted({ namespace, taskToken, commands });
  });

beforeAll(async () => {
  stage = await createStage({ world });
  const own = JSON.parse(readFileSync(stage.env['LONGHAUL_CONFIG'] ?? '', 'utf8')) as {
    connections: Record<string, object>;
  };
  const grant = (pipeline: string, connection: string) => ({
    role: 'viewer',
    pipelines: [pipeline],
    connections: [connection],
  });
  const grants = {
    ours: grant('train-and-deploy', stage.connection),
    'retrain here': grant('retrain', stage.connection),
    'retrain elsewhere': grant('retrain', 'canary-domino'),
    'train elsewhere': grant('train-and-deploy', 'canary-domino'),
  };
  const tokens = [{ issuer, audience: 'longhaul', jwks: await issueTokens(), grants }];
  const config = join(folder, 'longhaul.yaml');
  const probe = { url: 'http://127.0.0.1:9', internal: true, metrics: { drift: '/drift' } };
  writeFileSync(
    config,
    JSON.stringify({
      ...own,
      connections: { ...own.connections, 'canary-domino': own.connections[stage.connection] },
      probes: { 'canary-probe': probe },
      access: { keysFile, tokens },
    }),
  );
  const env = { LONGHAUL_CONFIG: config };
  await stage.startWorker([], env);
  for (const role of ['viewer', 'operator', 'admin'] as const)
    keys.set(role, await newKey(role, ['train-and-deploy'], [stage.connection]));
  everyone = await newKey('admin', ['*'], ['*']);
  client = await connectClient({
    temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
  });
  await client.start('train-and-deploy', input('canary-domino'), { key: 'canary-run' });
  await client.schedules.create(schedule('canary-schedule', 'canary-domino'));
  const holding = { ...(await retrainInput(stage, '0.9')), train: { command: 'slow' } };
  await client.start('retrain', holding, { key: 'canary-holder' });
  await until(client, 'retrain.canary-holder', ({ steps }) =>
    steps.some(({ references }) => references.length > 0),
  );
  await client.start('train-and-deploy', input(stage.connection, { register: { model: 'iris' } }), {
    key: 'ours',
  });
  await until(client, 'train-and-deploy.ours', ({ steps }) =>
    JSON.stringify(steps).includes('canary-holder'),
  );
  await client.start(
    'train-and-deploy',
    input(stage.connection, { register: { model: 'iris' }, whenBusy: 'skip' }),
    { key: 'busy' },
  );
  await until(client, 'train-and-deploy.busy', ({ status }) => status === 'failed');
  await decide('ours', stage.connection);
  await campaign('ours', stage.connection);
  for (const [name, connection] of [
    ['canary-delivery', 'canary-domino'],
    ['ours', stage.connection],
  ] as const)
    await deliver(name, connection);
  server = await startServer(stage, env);
});
afterAll(async () => {
  await server.close();
  await client.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly body?: object;
  readonly key?: string;
}

async function ask(credential: string, { path, method, body, key = 'fresh' }: Asked) {
  const response = await fetch(new URL(path, server.url), {
    method: method ?? (body ? 'POST' : 'GET'),
    ...(body && { body: JSON.stringify(body) }),
    headers: {
      authorization: `Bearer ${credential}`,
      ...(body && { 'content-type': 'application/json', 'idempotency-key': key }),
    },
  });
  return { status: response.status, text: await response.text() };
}

const askAs = (role: Role, asked: Asked) => ask(keys.get(role) ?? '', asked);
const start = (more: object, key?: string): Asked => ({
  path: '/v1/pipelines/train-and-deploy/runs',
  body: { input: input(stage.connection, more) },
  ...(key !== undefined && { key }),
});

/** Every way to name something of the other tenant, and every list. */
const requests = (): readonly Asked[] => [
  ...['', '/events', '/logs', '/history', '/attempts', '/export', '/diff'].flatMap((part) => [
    { path: `/v1/runs/${theirs}${part}` },
    { path: `/v1/runs/retrain.canary-holder${part}` },
  ]),
  { path: `/v1/runs/train-and-deploy.ours/diff?with=${theirs}` },
  { path: '/v1/runs/train-and-deploy.ours' },
  { path: '/v1/runs/train-and-deploy.ours/attempts' },
  { path: '/v1/runs/train-and-deploy.ours/replay-plan', body: {} },
  ...['cancel', 'approve', 'reject'].map((verb) => ({
    path: `/v1/runs/${theirs}/${verb}`,
    body: { reason: 'x' },
  })),
  { path: `/v1/runs/${theirs}/replay-plan`, body: {} },
  ...[
    '/v1/runs',
    '/v1/failures',
    '/v1/retrainings',
    '/v1/schedules',
    '/v1/campaigns',
    '/v1/webhook-deliveries',
  ].map((path) => ({ path })),
  { path: '/v1/connections' },
  { path: '/v1/pipelines' },
  { path: '/v1/audit' },
  { path: '/metrics' },
  start({ connection: 'canary-domino' }),
  start({ connection: 'nowhere' }),
  { path: '/v1/pipelines/retrain/runs', body: { input: {} } },
  { path: '/v1/pipelines/nothing/runs', body: { input: {} } },
  { path: '/v1/pipelines/train-and-deploy/dry-run', body: { input: input('canary-domino') } },
  { path: '/v1/pipelines/train-and-deploy/dry-run', body: { input: input('nowhere') } },
  { path: '/v1/schedules', body: schedule('mine', 'nowhere') },
  { path: '/v1/schedules', body: schedule('mine', 'canary-domino') },
  { path: '/v1/schedules/canary-schedule' },
  {
    path: '/v1/schedules/canary-schedule',
    method: 'PUT',
    body: schedule('canary-schedule', stage.connection),
  },
  { path: '/v1/campaigns', body: { query: 'status=running', reason: 'x' } },
  { path: '/v1/campaigns', body: { query: 'connection=canary-domino', reason: 'x' } },
];

describe('a tenant', () => {
  it('is told no name of another one that it has not said itself', async () => {
    const told: string[] = [];
    for (const role of keys.keys())
      for (const asked of requests()) {
        const { status, text } = await askAs(role, asked);
        const said = JSON.stringify(asked).match(/canary-\w+/g) ?? [];
        const names = said.reduce((left, name) => left.replaceAll(name, ''), text).match(/canary-\w+/g);
        if (names !== null) told.push(`${role} ${asked.path}: ${status} ${names.join()}`);
      }
    expect(told).toEqual([]);
  });

  it('sees its own deliveries', async () => {
    const listed = async (credential: string) => {
      const { text } = await ask(credential, { path: '/v1/webhook-deliveries' });
      const { deliveries } = JSON.parse(text) as { deliveries: { deliveryId: string }[] };
      return deliveries.map(({ deliveryId }) => deliveryId);
    };
    await eventually(async () => (await listed(everyone)).length === 2);
    expect(await listed(keys.get('viewer') ?? '')).toEqual(['delivery.team.ours']);
  });

  it('gets the same answer for what is not there and for what it may not see', async () => {
    const pairs: readonly (readonly [Asked, Asked, string, string])[] = [
      [
        { path: `/v1/runs/${theirs}` },
        { path: '/v1/runs/train-and-deploy.gone' },
        theirs,
        'train-and-deploy.gone',
      ],
      [{ path: '/v1/schedules/canary-schedule' }, { path: '/v1/schedules/gone' }, 'canary-schedule', 'gone'],
      [start({ connection: 'canary-domino' }), start({ connection: 'gone' }), 'canary-domino', 'gone'],
      [
        { path: '/v1/schedules', body: schedule('mine', 'canary-domino') },
        { path: '/v1/schedules', body: schedule('mine', 'gone') },
        'canary-domino',
        'gone',
      ],
    ];
    for (const [there, gone, name, other] of pairs) {
      const [one, two] = [await askAs('admin', there), await askAs('admin', gone)];
      const known = (text: string) => ({ ...(JSON.parse(text) as object), requestId: '' });
      expect({ ...one, text: known(one.text.replaceAll(name, other)) }).toEqual({
        ...two,
        text: known(two.text),
      });
    }
  });

  it('starts a run of its own with a key that a run of another one has, once', async () => {
    const first = await askAs('operator', start({}, 'canary-run'));
    const { runId } = JSON.parse(first.text) as { runId: string };
    expect([first.status, runId]).toEqual([
      201,
      expect.stringMatching(/^train-and-deploy\.canary-run\.[0-9a-f]{12}$/),
    ]);
    const again = await askAs('operator', start({}, 'canary-run'));
    expect([again.status, JSON.parse(again.text)]).toEqual([
      200,
      expect.objectContaining({ runId, created: false }),
    ]);
    expect((await askAs('viewer', { path: `/v1/runs/${runId}` })).status).toBe(200);
    const other = await askAs('operator', start({ cleanup: true }, 'canary-run'));
    expect([other.status, JSON.parse(other.text)]).toEqual([
      422,
      expect.objectContaining({ code: 'RUN_KEY_REUSED' }),
    ]);
    expect((await client.describe(theirs)).connection).toBe('canary-domino');
  });

  it('is told that its run waits, and not for which run of another pipeline', async () => {
    const { text } = await askAs('viewer', { path: '/v1/runs/train-and-deploy.ours' });
    expect(text).toContain('another run');
    const guess = await askAs('viewer', { path: '/v1/runs/train-and-deploy.ours?retrain.canary-holder' });
    // Nor by guessing. How often it has been looked for changes meanwhile.
    expect(guess.text).toContain('another run');
    expect(guess.text).not.toContain('canary');
    expect((await ask(everyone, { path: '/v1/runs/train-and-deploy.ours' })).text).toContain(
      'retrain.canary-holder',
    );
  });

  it('is not told by a right on that pipeline which is for another connection', async () => {
    const told = async (group: string, path = ''): Promise<string> => {
      const credential = await token(['ours', group]);
      const { status, text } = await ask(credential, { path: `/v1/runs/train-and-deploy.ours${path}` });
      expect(status).toBe(200);
      return text;
    };
    expect(await told('retrain elsewhere')).toContain('another run');
    expect(await told('retrain elsewhere')).not.toContain('canary');
    expect(await told('retrain here')).toContain('retrain.canary-holder');
    expect(await told('retrain elsewhere', '/diff?with=train-and-deploy.ours')).not.toContain('canary');
  });

  it('is not told so by a list either', async () => {
    const waiting = [
      ['/v1/failures', 'ours', 'retrain'],
      ['/v1/webhook-deliveries', 'ours', 'retrain'],
      ['/v1/campaigns/ours', 'ours', 'retrain'],
      ['/v1/retrainings', 'retrain here', 'train'],
    ] as const;
    const told = async (path: string, groups: string[]): Promise<string> => {
      const { text } = await ask(await token(groups), { path });
      return /(\S+|another run) trains or deploys the same model/.exec(text)?.[0] ?? text;
    };
    for (const [path, own, other] of waiting) {
      expect([path, await told(path, [own, `${other} elsewhere`])]).toEqual([path, waitsFor('another run')]);
      const here = other === 'retrain' ? 'retrain here' : 'ours';
      expect([path, await told(path, [own, here])]).toEqual([path, expect.stringContaining('canary')]);
    }
  });

  it('learns of probes and connections only as far as it may see them', async () => {
    const retrainer = await newKey('operator', ['retrain'], [stage.connection]);
    const told = async (credential: string, more: object): Promise<string> => {
      const retrain = { ...(await retrainInput(stage, '0.9')), ...more };
      const asked = { path: '/v1/pipelines/retrain/runs', body: { input: retrain } };
      for (;;) {
        const { status, text } = await ask(credential, asked);
        if (status !== 401) return text; // else the key is not known to the server yet
        await delay(100);
      }
    };
    const [probe, connection] = [{ watch: { probe: 'nothing', for: '1s' } }, { connection: 'nowhere' }];
    expect(await told(everyone, probe)).toContain('configured are canary-probe');
    expect(await told(everyone, connection)).toContain(`configured are ${stage.connection}, canary-domino`);
    expect(await told(retrainer, probe)).toMatch(/there is no probe .{1,2}nothing/);
    for (const more of [probe, connection]) expect(await told(retrainer, more)).not.toContain('canary');
  });
});
