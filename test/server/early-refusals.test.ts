/** What is refused on public routes before a body is read: by the path, and by the headers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config.js';
import { createApiServer } from '../../src/server/index.js';
import { tokenOf } from '../../src/webhooks/approval-token.js';
import { openSocket, readRaw } from '../support/raw-http.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-early-'));
const secret = 'a secret of more than thirty-two bytes';
const settings = {
  log: { level: 'error' },
  server: { address: '127.0.0.1:0' },
  audit: { directory: join(folder, 'audit') },
  approvals: { secret: { env: 'APPROVAL_SECRET' } },
  webhooks: {
    incoming: {
      ci: { pipeline: 'retrain', secrets: [{ env: 'HOOK' }], input: {} },
      hub: { pipeline: 'retrain', secrets: [{ env: 'HOOK' }], scheme: 'github', input: {} },
    },
  },
};
const stop = new AbortController();
let app: Awaited<ReturnType<typeof createApiServer>>;
let url: string;

beforeAll(async () => {
  const file = join(folder, 'longhaul.json');
  writeFileSync(file, JSON.stringify(settings));
  Object.assign(process.env, { APPROVAL_SECRET: secret, HOOK: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
  const config = loadConfig({ env: { LONGHAUL_CONFIG: file } });
  app = await createApiServer(config, { version: '0', stop: stop.signal });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  stop.abort();
  await app.close();
  rmSync(folder, { recursive: true });
});

/** Announces a body and sends none. */
async function announce(path: string, headers: readonly string[] = []): Promise<string> {
  const socket = await openSocket(url);
  const answer = readRaw(socket);
  const lines = [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', 'content-length: 900', ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  setTimeout(() => socket.destroy(), 2_000);
  const { status, body } = await answer;
  return status === 0 ? 'waits for the body' : `${status} ${(JSON.parse(body) as { code: string }).code}`;
}

const json = 'content-type: application/json';
const form = 'content-type: application/x-www-form-urlencoded';
const signed = ['webhook-id: e1', 'webhook-timestamp: 1', 'webhook-signature: v1,x'];
const grant = {
  runId: 'retrain.a',
  attemptId: '0'.repeat(32),
  receiver: 'team',
  until: '2126-01-01T00:00:00Z',
};
const genuine = tokenOf(grant, secret);

it.each([
  ['a webhook that there is not', '/v1/webhooks/nope', [json, ...signed], '404 WEBHOOK_UNKNOWN'],
  ['a property of every object', '/v1/webhooks/toString', [json, ...signed], '404 WEBHOOK_UNKNOWN'],
  ['an event that nobody has signed', '/v1/webhooks/ci', [json], '401 SIGNATURE_INVALID'],
  ['one signed in part', '/v1/webhooks/ci', [json, ...signed.slice(1)], '401 SIGNATURE_INVALID'],
  ['one of GitHub that nobody has signed', '/v1/webhooks/hub', [json, ...signed], '401 SIGNATURE_INVALID'],
  ['an event that may be genuine', '/v1/webhooks/ci', [json, ...signed], 'waits for the body'],
  ['a link that nobody has made', '/v1/approvals/AbCd', [form], '404 ROUTE_NOT_FOUND'],
  ['a link with another end', `/v1/approvals/${genuine.slice(0, -2)}AA`, [form], '404 ROUTE_NOT_FOUND'],
  ['a genuine link', `/v1/approvals/${genuine}`, [form], 'waits for the body'],
])('is answered by the headers, or not: %s', async (_, path, headers, answer) => {
  expect(await announce(path, headers)).toBe(answer);
});
