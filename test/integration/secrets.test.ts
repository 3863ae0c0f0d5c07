/** The credential is nowhere but in requests: not in history, not in logs, not in answers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

const canary = 'CANARY-7f3d1c52-credential';
const encodings = ['utf8', 'base64', 'hex'] as const;

/** What a training may print: keys of others, which are put together here so that no scanner takes them for real. */
const [awsKey, awsSecret] = [
  ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
  ['wJalrXUtnFEMI/', 'K7MDENG/bPxRfiCYEXAMPLEKEY'].join(''),
];
const pemLine = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
const leaks = [
  awsKey,
  `secret ${awsSecret}`,
  ['-----BEGIN', 'PRIVATE KEY-----'].join(' '),
  pemLine,
  'c2hvcnQ=',
  '-----END PRIVATE KEY-----',
  `curl -u user:${Buffer.from(`user:${canary}`).toString('base64')}`,
  `https://domino.example/?key=${encodeURIComponent(canary)}`,
  `DOMINO_USER_API_KEY=${canary}`,
];
const printed = [awsKey, awsSecret, pemLine, 'c2hvcnQ='];

let stage: Stage;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-secrets-'));
  const world = join(folder, 'world.yaml');
  const base = readFileSync(new URL('../support/broken-job.yaml', import.meta.url), 'utf8');
  writeFileSync(
    world,
    base.replace(
      /jobs:[^]*/,
      `jobs:\n  - { command: leak, status: Failed, log: ${JSON.stringify(leaks)} }\n`,
    ),
  );
  stage = await createStage({ apiKey: canary, world });
});
afterEach(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

it('stays out of history, logs and answers, although the platform echoes it', async () => {
  const worker = await stage.startWorker([], { LONGHAUL_LOG_LEVEL: 'debug' });
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'leak' } };
  await stage.inject({
    endpoint: 'projects.find',
    kind: 'status',
    status: 403,
    times: 1_000,
    body: { errors: [`bad key ${canary}`] },
  });
  const { runId } = await stage.client.start('train-and-deploy', input, { key: 'canary' });
  await until(stage.client, runId, ({ status }) => status === 'parked');
  await stage.heal();
  await stage.client.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'key renewed' });
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect(run.failure?.message).toContain('DOMINO_USER_API_KEY=[redacted]');

  const connection = await Connection.connect({ address: stage.temporalAddress });
  const handle = new Client({ connection, namespace: stage.namespace }).workflow.getHandle(runId);
  const history = historyToJSON(await handle.fetchHistory());
  await connection.close();
  const payloads = [...history.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  );
  expect(payloads.join('\n')).toContain('[redacted]');

  const places = {
    history,
    payloads: payloads.join('\n'),
    log: worker.log.join('\n'),
    run: JSON.stringify(run),
    ...(await overHttp(runId)),
  };
  for (const secret of printed)
    for (const [place, text] of Object.entries(places))
      expect({ secret, place, found: text.includes(secret) }).toEqual({ secret, place, found: false });
  for (const encoding of encodings) {
    const secret = Buffer.from(canary).toString(encoding);
    for (const [place, text] of Object.entries(places))
      expect({ place, found: text.includes(secret) }).toEqual({ place, found: false });
  }
});

/** What the HTTP API says of the run. */
async function overHttp(runId: string): Promise<Record<string, string>> {
  const server = await startServer(stage);
  const places: Record<string, string> = {};
  for (const part of ['', '/events', '/logs', '/history', '/export', '/attempts'])
    places[`run${part}`] = await (await fetch(new URL(`/v1/runs/${runId}${part}`, server.url))).text();
  expect(places['run/logs']?.split('\n').slice(-10, -1)).toEqual([
    '[redacted]',
    'secret [redacted]',
    '[redacted]',
    '[redacted]',
    '[redacted]',
    '[redacted]',
    expect.stringMatching(/^curl -u user:.*\[redacted\]/),
    'https://domino.example/?key=[redacted]',
    'DOMINO_USER_API_KEY=[redacted]',
  ]);
  await server.close();
  return { ...places, 'log of the server': server.log.join('\n') };
}
