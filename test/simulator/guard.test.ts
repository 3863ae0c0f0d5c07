/** Who is answered by a simulator, and by one that really runs commands. */
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Simulator, type SimulatorOptions, createSimulator } from '../../src/simulator/index.js';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());
const start = async (options: SimulatorOptions = {}): Promise<Simulator> =>
  (simulator = await createSimulator(options));

/** The status of an answer; `fetch` would not let the header Host be chosen. */
const ask = (
  { url, apiKey }: Simulator,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request(
      { hostname, port, path, method, headers: { 'x-domino-api-key': apiKey, ...headers } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    )
      .once('error', reject)
      .end();
  });

const routes: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/api/users/v1/self'],
  ['POST', '/api/jobs/v1/jobs'],
  ['POST', '/models/some/latest/model'],
  ['GET', '/_simulator/ledger'],
  ['POST', '/_simulator/faults'],
  ['DELETE', '/_simulator/faults'],
  ['GET', '/%5Fsimulator/ledger'],
  ['GET', '/no/such/route'],
];

describe('a simulator that really runs commands', () => {
  it('has another key at each start, unless one is stated', async () => {
    const first = await start({ execute: true });
    await first.close();
    const second = await start({ execute: true });
    expect(first.apiKey).toMatch(/^[\w-]{32}$/);
    expect(second.apiKey).not.toBe(first.apiKey);
    expect(await ask(second, '/api/users/v1/self', { 'x-domino-api-key': 'simulator-key' })).toBe(401);
    expect(await ask(second, '/api/users/v1/self')).toBe(200);
    await second.close();
    expect(await start({ execute: true, apiKey: 'mine' })).toMatchObject({ apiKey: 'mine' });
  });

  it('answers on no route who asks for another host than this machine', async () => {
    const here = await start({ execute: true });
    const { port } = new URL(here.url);
    for (const [method, path] of routes)
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        'localhost.evil.example',
        '127.0.0.1.evil.example',
      ])
        expect([method, path, host, await ask(here, path, { host }, method)]).toEqual([
          method,
          path,
          host,
          403,
        ]);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST'])
      expect(await ask(here, '/api/users/v1/self', { host })).toBe(200);
  });

  it('needs its key on the routes of `/_simulator` too', async () => {
    const here = await start({ execute: true });
    for (const [method, path] of routes)
      expect([path, await ask(here, path, { 'x-domino-api-key': 'simulator-key' }, method)]).toEqual([
        path,
        401,
      ]);
    expect(await ask(here, '/_simulator/ledger')).toBe(200);
  });
});

describe.each([true, false])('a simulator (commands really run: %s)', (execute) => {
  it('answers on no route a web page of elsewhere', async () => {
    const here = await start({ execute });
    const foreign = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ];
    for (const [method, path] of routes)
      for (const headers of foreign)
        expect([path, await ask(here, path, headers, method)]).toEqual([path, 403]);
    expect(await ask(here, '/_simulator/ledger', { 'sec-fetch-site': 'none' })).toBe(200);
    expect(await ask(here, '/_simulator/ledger', { 'sec-fetch-site': 'same-origin', origin: here.url })).toBe(
      200,
    );
  });
});
