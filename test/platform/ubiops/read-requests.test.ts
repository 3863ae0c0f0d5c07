/** Reading a request that is larger than any answer that is read, over real HTTP. */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPlatformClient } from '../../../src/platform/client.js';
import { ubiopsWing } from '../../../src/platform/ubiops/index.js';
import { readGiven, readStanding } from '../../../src/platform/ubiops/read-requests.js';

const at = '/v2.1/projects/p/deployments/d/versions/v1/requests';
const large = { id: 'r', status: 'completed', result: 'x'.repeat(33 * 1024 * 1024) };
const listed = [
  { id: 'other-r', status: 'failed' },
  { id: 'r', status: 'completed' },
];
const answers: Readonly<Record<string, unknown>> = {
  [`${at}/r?metadata_only=True`]: large, // as where a server does not heed it
  [`${at}/r`]: large,
  [`${at}?status=completed%2Cfailed%2Ccancelled&search_id=r`]: listed,
  [`${at}/r/input`]: { text: 'lh:1' },
};

let server: Server;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    response.writeHead(url in answers ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers[url] ?? { error: 'not found' }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

it('tells how it stands, and what it was given', async () => {
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const client = createPlatformClient(ubiopsWing, {
    ...{ name: 'serve', dialect: 'v2.1', requestTimeoutMs: 5_000, url: `http://127.0.0.1:${port}` },
    credential: () => ({ kind: 'apiKey', value: 'abc' }),
  });
  const path = { projectName: 'p', deploymentName: 'd', version: 'v1', requestId: 'r' };
  expect(await readStanding(client, path)).toEqual({ id: 'r', status: 'completed' });
  expect(await readGiven(client, path)).toEqual({ text: 'lh:1' });
});
