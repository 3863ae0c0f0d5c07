/** What a server asks of a platform before it shows a log, and what it tells of one that it cannot ask. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { loadConfig } from '../../../src/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import { type Platforms, createPlatforms } from '../../../src/server/connections/platforms.js';
import { type Simulator, createSimulator } from '../../../src/simulator/index.js';
import { eventually } from '../../support/eventually.js';
import { calls } from '../../support/ledger.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-platforms-'));
const logger = createLogger('silent');
let simulator: Simulator;
let platforms: Platforms;
beforeAll(async () => {
  simulator = await createSimulator();
  const [file, key] = [join(folder, 'longhaul.yaml'), join(folder, 'key')];
  writeFileSync(key, simulator.apiKey);
  const here = { platform: 'domino', url: simulator.url, apiKey: { file: key }, requestsPerSecond: 4 };
  const bare = { ...here, apiKey: { file: join(folder, 'missing') } };
  writeFileSync(file, JSON.stringify({ connections: { here, bare } }));
  platforms = createPlatforms(loadConfig({ file, env: {} }), {
    connections: {
      state: () => Promise.resolve({ status: 'open', openings: 0 }),
      hold: () => Promise.resolve(),
    },
    logger,
  });
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const ask = (jobId: string): Promise<string> =>
  platforms.requireOwnJob('here', jobId, { origins: [], step: 'train', generation: 1 }).then(
    () => 'shown',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'failed'),
  );

describe('whether a job is of a run', () => {
  it('is asked of the platform once, also for many who are refused at the same time and again', async () => {
    const told = await Promise.all(Array.from({ length: 20 }, () => ask('unknown')));
    told.push(await ask('unknown'));
    expect(new Set(told)).toEqual(new Set(['NOT_FOUND']));
    expect(calls(simulator, 'jobs.get')).toBe(1);
  });

  it('is asked at the pace at which logs are read', async () => {
    const begun = performance.now();
    await Promise.all(['one', 'two', 'three'].map(ask));
    expect(performance.now() - begun).toBeGreaterThan(1_900); // a fourth of 4 requests a second
  });
});

it('reads a log on that is followed, once an outage of the platform is over', async () => {
  const tell = (path: string, body: object) =>
    fetch(`${simulator.url}/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'X-Domino-Api-Key': simulator.apiKey },
    });
  const found = await fetch(
    `${simulator.url}/v4/gateway/projects/findProjectByOwnerAndName?ownerName=ada&projectName=iris`,
    { headers: { 'X-Domino-Api-Key': simulator.apiKey } },
  );
  const { id: projectId } = (await found.json()) as { readonly id: string };
  const started = await tell('api/jobs/v1/jobs', { projectId, runCommand: 'python train.py' });
  const { job } = (await started.json()) as { readonly job: { readonly id: string } };
  const over = new AbortController();
  const lines = platforms.log('here', job.id, { follow: true, signal: over.signal })[Symbol.asyncIterator]();
  const first = lines.next();
  const asked = (times: number) => eventually(() => calls(simulator, 'jobs.logs') >= times);
  await asked(1);
  await tell('_simulator/faults', { endpoint: 'jobs.logs', kind: 'status', status: 502, times: 1 });
  await asked(2);
  await tell('_simulator/clock', { advanceSeconds: 1_000 });
  expect(await first).toMatchObject({ done: false, value: { line: expect.any(String) } });
  over.abort();
});

describe('the health of a connection', () => {
  it('says that it has no credential, and its log which file that is', async () => {
    const error = jest.spyOn(logger, 'error');
    const { ok, code, detail } = await platforms.health('bare');
    expect([ok, code]).toEqual([false, 'CREDENTIALS_MISSING']);
    expect(detail).not.toContain(folder);
    expect(JSON.stringify(error.mock.calls)).toContain(join(folder, 'missing'));
    expect(await platforms.health('here')).toMatchObject({ ok: true });
  });
});
