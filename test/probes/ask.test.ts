import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LonghaulError } from '../../src/run/failures/errors.js';
import { type Probe, askProbe } from '../../src/probes/ask.js';
import { createConnectProxy } from '../support/connect-proxy.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** The other side, and a probe that asks it. */
async function probeOf(listener: RequestListener, more: Partial<Probe> = {}): Promise<Probe> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${port}/metrics?secret=hunter2`,
    method: 'GET',
    internal: true,
    timeoutMs: 30_000,
    metrics: {},
    headers: () => ({ authorization: 'Bearer hunter2' }),
    ...more,
  };
}

const read = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
};

describe('askProbe', () => {
  it('goes through the proxy that is named', async () => {
    const proxy = await createConnectProxy();
    const probe = await probeOf((_request, response) => void response.end('{}'));
    expect(await askProbe({ ...probe, proxy: () => proxy.url })).toEqual({ ok: true, text: '{}' });
    expect(proxy.asked.map(({ what }) => what)).toEqual([`CONNECT ${new URL(probe.url).host}`]);
    proxy.close();
  });

  it('hands over the answer, and brings its secret in a header', async () => {
    const probe = await probeOf((request, response) => {
      response.end(JSON.stringify([request.method, request.headers.authorization]));
    });
    expect(await askProbe(probe)).toEqual({ ok: true, text: '["GET","Bearer hunter2"]' });
  });

  it('posts the sample as JSON, about the model API that is filled in', async () => {
    const probe = await probeOf((request, response) => {
      void read(request).then((body) =>
        response.end(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`),
      );
    });
    const { origin } = new URL(probe.url);
    const about = { ...probe, url: `${origin}/models/{modelApiId}/latest/model` };
    expect(await askProbe(about, { modelApiId: 'a/b', sample: { data: [1] } })).toEqual({
      ok: true,
      text: 'POST /models/a%2Fb/latest/model application/json {"data":[1]}',
    });
    expect(await askProbe(about, {})).toEqual({
      ok: false,
      line: 'it asks about a model API, and none is live',
    });
  });

  it('unpacks an answer that is packed', async () => {
    const probe = await probeOf((_request, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('{"accuracy":0.9}'));
    });
    expect(await askProbe(probe)).toEqual({ ok: true, text: '{"accuracy":0.9}' });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['hangs before its answer', () => undefined],
    ['hangs in its answer', (response) => response.writeHead(200).write('{"accuracy":')],
    [
      'answers drop by drop',
      (response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.once('close', () => clearInterval(drip));
      },
    ],
  ])('says in a line when the other side %s for too long', async (_what, respond) => {
    const probe = await probeOf((_request, response) => respond(response), { timeoutMs: 300 });
    expect(await askProbe(probe)).toEqual({ ok: false, line: 'it did not answer within 0.3 s' });
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['answers an error', (response) => response.writeHead(503).end('hunter2'), 'it answered 503'],
    [
      'redirects',
      (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      'it redirects elsewhere (302)',
    ],
    ['breaks off', (response) => response.destroy(), 'the request failed (ECONNRESET)'],
    [
      'breaks off in its answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
      },
      'the request failed (ECONNRESET)',
    ],
    [
      'answers too much',
      (response) => response.end('x'.repeat(65 * 1_024)),
      'its answer is larger than 64 KiB',
    ],
    [
      'answers a little that unpacks to a lot',
      (response) =>
        response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(10_000_000, 'x'))),
      'its answer is larger than 64 KiB',
    ],
    [
      'says that it is packed when it is not',
      (response) => response.setHeader('content-encoding', 'gzip').end('{"accuracy":0.9}'),
      'the request failed (Z_DATA_ERROR)',
    ],
  ])('says in a line when the other side %s', async (_what, respond, line) => {
    const probe = await probeOf((_request, response) => respond(response));
    expect(await askProbe(probe)).toEqual({ ok: false, line });
  });

  it('says in a line when nobody listens there', async () => {
    const probe = await probeOf(() => undefined, { url: 'http://127.0.0.1:1/' });
    expect(await askProbe(probe)).toEqual({ ok: false, line: 'the request failed (ECONNREFUSED)' });
  });

  it('says in a line when its secret is missing or no header', async () => {
    const probe = await probeOf((_request, response) => response.end());
    const missing = (): Record<string, string> => {
      throw new LonghaulError('CREDENTIALS_MISSING', 'the environment variable DRIFT is not set');
    };
    expect(await askProbe({ ...probe, headers: missing })).toEqual({
      ok: false,
      line: 'it cannot be asked: the environment variable DRIFT is not set',
    });
    expect(await askProbe({ ...probe, headers: () => ({ authorization: 'hunter2\n' }) })).toEqual({
      ok: false,
      line: 'the request failed (ERR_INVALID_CHAR)',
    });
  });

  it.each([
    ['http://drift.example.com/', 'its URL is not https; say `internal: true` if that is meant'],
    [
      'https://127.0.0.1/',
      '127.0.0.1 is not a public address; say `internal: true` if the target is meant to be there',
    ],
    [
      'https://[::1]/',
      '::1 is not a public address; say `internal: true` if the target is meant to be there',
    ],
    [
      'https://169.254.169.254/latest',
      '169.254.169.254 is not a public address; say `internal: true` if the target is meant to be there',
    ],
    ['https://localhost/', expect.stringMatching(/ is not a public address; say `internal: true`/)],
  ])('does not ask %s unless it is said to be internal', async (url, line) => {
    const probe = await probeOf(() => undefined, { url, internal: false });
    expect(await askProbe(probe)).toEqual({ ok: false, line });
  });
});
