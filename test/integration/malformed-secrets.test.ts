/** Secrets that cannot be used: said by name when a process starts and by `config check`; while it runs, the good one goes on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { runProgram } from '../support/program.js';
import { startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const good = `whsec_${Buffer.from('a shared secret of 32 bytes, yes').toString('base64')}`;
let folder: string;
let rotating: string;
/** The only secret of a webhook, and that of approvals. */
let alone: string;
let stage: Stage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-malformed-'));
  rotating = join(folder, 'rotating');
  writeFileSync(rotating, good);
  alone = join(folder, 'alone');
  writeFileSync(alone, good);
  const input = { connection: 'domino-test', project: 'ada/iris', train: { command: 'python train.py' } };
  stage = await createStage({
    settings: {
      approvals: { secret: { file: alone } },
      server: { publicUrl: 'https://longhaul.example.com' },
      webhooks: {
        incoming: {
          ci: { secrets: [{ env: 'HOOK' }, { file: rotating }], pipeline: 'train-and-deploy', input },
          lone: { secrets: [{ file: alone }], pipeline: 'train-and-deploy', input },
        },
        outgoing: { team: { url: 'https://team.example.com', secret: { env: 'HOOK' } } },
      },
    },
    env: { HOOK: good },
  });
  await stage.startWorker(['--roles', 'pipelines']); // it registers the search attributes
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => writeFileSync(rotating, good));

const longhaul = (args: readonly string[], env: Record<string, string> = {}) =>
  runProgram(process.execPath, [cli, ...args], {
    env: { ...stage.env, LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0', ...env },
  });

describe('a malformed secret', () => {
  it('of an incoming webhook is refused by the server and `config check`, with its place', async () => {
    writeFileSync(rotating, 'hunter2!\n');
    const said = 'webhooks.incoming.ci.secrets[1] is malformed: it must be `whsec_` and base64';
    const server = await longhaul(['server']);
    expect([server.exitCode, server.stderr]).toEqual([
      2,
      expect.stringContaining(`${said} (CONFIG_INVALID)`),
    ]);
    const check = await longhaul(['config', 'check']);
    expect([check.exitCode, check.stdout]).toEqual([2, expect.stringContaining(said)]);
    expect(server.stderr + check.stdout).not.toContain('hunter2');
  });

  it('of a receiver is refused by a worker and `config check`, with its place', async () => {
    const said = 'webhooks.outgoing.team.secret is malformed';
    const env = { HOOK: 'hunter2!' };
    expect(await longhaul(['worker', '--roles', 'webhooks'], env)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(said),
    });
    expect((await longhaul(['config', 'check'], env)).stdout).toContain(said);
  });

  it('of a connection is refused by a worker and `config check`, with its variable, and is trimmed where it can be', async () => {
    const env = { STAGE_KEY: 'hunter2\u00a0x' };
    for (const args of [['worker'], ['config', 'check']]) {
      const { exitCode, stdout, stderr } = await longhaul(args, env);
      expect([args, exitCode]).toEqual([args, 3]);
      expect(stdout + stderr).toContain(
        'the environment variable STAGE_KEY holds a character that no header may have',
      );
      expect(stdout + stderr).not.toContain('hunter2');
    }
    const { stdout } = await longhaul(['config', 'check'], { STAGE_KEY: `"${stage.simulator.apiKey}"\r` });
    expect(stdout).toContain('the credential is ada');
  });
});

it('goes on with the good secret when another one turns bad, says so once, and never answers 500', async () => {
  const server = await startServer(stage);
  const deliver = async (id: string): Promise<number> => {
    const at = new Date();
    const response = await fetch(new URL('/v1/webhooks/ci', server.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(good).sign(id, at, '{}'),
      },
      body: '{}',
    });
    return response.status;
  };
  writeFileSync(rotating, 'hunter2!');
  expect([await deliver('evt_1'), await deliver('evt_1')]).toEqual([201, 200]);
  rmSync(rotating);
  expect(await deliver('evt_2')).toBe(201);
  server.kill('SIGTERM');
  await server.ended;
  const said = server.log.filter((line) => line.includes('webhooks.incoming.ci.secrets[1]'));
  expect(said).toHaveLength(1);
  expect(server.log.join('\n')).not.toContain('hunter2');
});

it('tells no caller which file cannot be used, and its log', async () => {
  const audit = join(folder, 'audit');
  writeFileSync(audit, 'a file where the directory should be');
  const server = await startServer(stage, { LONGHAUL_AUDIT_DIRECTORY: audit });
  rmSync(alone);
  const json = { 'content-type': 'application/json' };
  const unchecked = { 'webhook-id': 'evt_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };
  const asked: readonly [path: string, request?: RequestInit][] = [
    ['/v1/webhooks/lone', { method: 'POST', headers: { ...json, ...unchecked }, body: '{}' }],
    ['/v1/approvals/some-token'],
    ['/v1/approvals/some-token', { headers: { accept: 'text/html' } }],
    [
      '/v1/pipelines/train-and-deploy/runs',
      {
        method: 'POST',
        headers: { ...json, 'idempotency-key': 'unaudited' },
        body: JSON.stringify({
          input: { connection: stage.connection, project: 'ada/iris', train: { command: 'x' } },
        }),
      },
    ],
  ];
  const ids: string[] = [];
  for (const [path, request] of asked) {
    const response = await fetch(new URL(path, server.url), request);
    const text = await response.text();
    const id = response.headers.get('x-request-id') ?? 'none';
    ids.push(id);
    expect([path, response.status, text]).toEqual([path, 503, expect.stringContaining(`request id ${id}`)]);
    expect(text).not.toContain(folder);
  }
  server.kill('SIGTERM');
  await server.ended;
  const failed = server.log.filter((line) => line.includes('a request failed'));
  expect(failed).toHaveLength(asked.length);
  for (const [at, file] of [alone, alone, alone, audit].entries())
    for (const named of [file, ids[at]]) expect(failed[at]).toContain(named);
});
