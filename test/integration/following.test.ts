/** Who follows, and for how long: streams end with the access of their caller, are shared out, and share what they read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createKey, newKeyId, revokeKey } from '../../src/access/keys.js';
import { calls } from '../support/ledger.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, until } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-following-'));
const keysFile = join(folder, 'keys.json');
const jwks = join(folder, 'jwks.json');
const issuer = 'https://issuer.example';
const world = new URL('../support/slow-job.yaml', import.meta.url).pathname;
const runId = 'train-and-deploy.followed';

let stage: Stage;
let server: ServerProcess;
let token: (seconds: number) => Promise<string>;

const newKey = async (): Promise<{ key: string; id: string }> => {
  const id = newKeyId();
  const scope = { role: 'viewer', pipelines: ['train-and-deploy'], connections: ['*'] } as const;
  const { key } = await createKey(keysFile, { id, name: id, ...scope, createdBy: 'test' });
  return { key, id };
};

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  writeFileSync(
    jwks,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }),
  );
  token = (seconds) =>
    new SignJWT({ groups: ['ml'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('longhaul')
      .setSubject('ci')
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .sign(privateKey);
  const tokens = [{ issuer, audience: 'longhaul', jwks, grants: { ml: { role: 'viewer' } } }];
  stage = await createStage({
    world,
    settings: { access: { keysFile, tokens }, server: { followers: 40, followersPerCaller: 10 } },
  });
  await stage.startWorker();
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'slow' } };
  await stage.client.start('train-and-deploy', input, { key: 'followed' });
  await until(stage.client, runId, ({ steps }) => steps.some(({ references }) => references.length > 0));
  await newKey(); // the file is there before a server reads it
  server = await startServer(stage);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

const paths = [`/v1/runs/${runId}/events`, `/v1/runs/${runId}/logs?follow=true`];

const open = (path: string, credential: string, signal?: AbortSignal): Promise<Response> =>
  fetch(new URL(path, server.url), {
    headers: { authorization: `Bearer ${credential}`, accept: 'application/x-ndjson' },
    ...(signal && { signal }),
  });

/** Opens it as soon as the key is known to the server. */
async function opened(path: string, credential: string, signal?: AbortSignal): Promise<Response> {
  for (;;) {
    const response = await open(path, credential, signal);
    if (response.status !== 401) return response;
    await response.text();
    await delay(100);
  }
}

/** Seconds until a stream has ended, however. */
async function endOf(response: Response): Promise<number> {
  const begun = performance.now();
  await response.text().catch(() => undefined);
  return (performance.now() - begun) / 1_000;
}

const both = (credential: string, signal?: AbortSignal) =>
  Promise.all(paths.map((path) => opened(path, credential, signal)));

describe('a stream of events or of a log', () => {
  it('ends within ten seconds when its key is revoked', async () => {
    const { key, id } = await newKey();
    const streams = await both(key);
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    await revokeKey(keysFile, id);
    for (const seconds of await Promise.all(streams.map(endOf))) expect(seconds).toBeLessThan(10);
  }, 120_000);

  it('ends when the grants of its key no longer cover the run, and not when they do', async () => {
    const [narrowed, kept] = [await newKey(), await newKey()];
    const gone = new AbortController();
    const streams = await both(narrowed.key);
    const others = await both(kept.key, gone.signal);
    const file = readFileSync(keysFile, 'utf8');
    const { keys } = JSON.parse(file) as { keys: { id: string }[] };
    const changed = keys.map((one) => (one.id === narrowed.id ? { ...one, pipelines: ['retrain'] } : one));
    writeFileSync(keysFile, JSON.stringify({ keys: changed }));
    const ends = others.map(endOf);
    for (const seconds of await Promise.all(streams.map(endOf))) expect(seconds).toBeLessThan(10);
    expect(await Promise.race([...ends, delay(1_000, 'goes on')])).toBe('goes on');
    gone.abort();
    await Promise.all(ends);
  }, 120_000);

  it('ends within ten seconds when its token has expired', async () => {
    const streams = await both(await token(2));
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    for (const seconds of await Promise.all(streams.map(endOf))) expect(seconds).toBeLessThan(12);
  }, 120_000);
});

describe('one caller', () => {
  it('has no more places than its share, streams of logs counted, and others find theirs', async () => {
    const [narrow, other] = [await newKey(), await newKey()];
    const gone = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: 10 }, (_, at) => opened(paths[at % 2] ?? '', narrow.key, gone.signal)),
    );
    expect(streams.map(({ status }) => status)).toEqual(Array(10).fill(200));
    for (const path of paths) {
      const refused = await open(path, narrow.key);
      expect([refused.status, await refused.json()]).toEqual([
        503,
        expect.objectContaining({ code: 'SERVER_BUSY', detail: expect.stringContaining('10 places') }),
      ]);
    }
    const [events] = await both(other.key);
    expect(events?.status).toBe(200);
    await events?.body?.cancel();
    gone.abort();
    const again = await (async () => {
      for (;;) {
        const response = await open(paths[0] ?? '', narrow.key);
        if (response.status === 200) return response;
        await delay(50);
      }
    })();
    await again.body?.cancel();
  }, 120_000);
});

describe('those who follow one log', () => {
  it('share one look at the platform every two seconds', async () => {
    const keys = await Promise.all(Array.from({ length: 3 }, newKey));
    const before = calls(stage.simulator, 'jobs.logs');
    const begun = performance.now();
    const gone = new AbortController();
    const streams = await Promise.all(
      keys.flatMap(({ key }) => Array.from({ length: 8 }, () => opened(paths[1] ?? '', key, gone.signal))),
    );
    const ends = streams.map(endOf);
    await delay(5_000);
    const looks = (performance.now() - begun) / 2_000;
    gone.abort();
    await Promise.all(ends);
    expect(streams.map(({ status }) => status)).toEqual(Array(24).fill(200));
    // The beginning, and then one look for all; 24 callers by themselves would have asked more than 70 times.
    expect(calls(stage.simulator, 'jobs.logs') - before).toBeLessThanOrEqual(2 * Math.ceil(looks) + 4);
  }, 120_000);
});
