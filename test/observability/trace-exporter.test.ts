/** How spans are sent: by the proxy on the way, with what the variables of OpenTelemetry say. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createTraceExporter } from '../../src/observability/trace-exporter.js';
import { type ConnectProxy, createConnectProxy } from '../support/connect-proxy.js';
import { eventually } from '../support/eventually.js';

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const received: Received[] = [];
const receiver = createServer((request, response) => {
  void buffer(request).then((body) => {
    received.push({ path: request.url, headers: request.headers, body });
    response.end('{}');
  });
});
let proxy: ConnectProxy;
let url = '';
beforeEach(async () => {
  received.length = 0;
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const { port } = receiver.address() as AddressInfo; // it listens on TCP
  url = `http://127.0.0.1:${port}/v1/traces`;
  proxy = await createConnectProxy();
});
afterEach(() => {
  delete process.env['OTEL_EXPORTER_OTLP_HEADERS'];
  delete process.env['OTEL_EXPORTER_OTLP_COMPRESSION'];
  proxy.close();
  receiver.close();
});

/** Sends one span. */
async function send(proxyUrl: string | undefined): Promise<void> {
  const exporter = createTraceExporter({ url, timeoutMillis: 3_000, proxyOf: () => proxyUrl });
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.getTracer('test').startSpan('seen').end();
  await provider.forceFlush();
  await eventually(() => Promise.resolve(received.length === 1));
  await provider.shutdown();
}

it('goes through the proxy that the environment names for the endpoint', async () => {
  await send(proxy.url.replace('//', '//ada:secret@'));
  const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`;
  expect(proxy.asked).toEqual([{ what: `CONNECT ${new URL(url).host}`, authorization }]);
  expect(received[0]).toMatchObject({
    ...{ path: '/v1/traces', headers: { 'content-type': 'application/json' } },
  });
  expect(String(received[0]?.body)).toContain('"name":"seen"');
});

it('goes straight where there is none, with the headers and the compression of its variables', async () => {
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'x-team=ml,authorization=Bearer%20t';
  process.env['OTEL_EXPORTER_OTLP_COMPRESSION'] = 'gzip';
  await send(undefined);
  expect(proxy.asked).toEqual([]);
  expect(received[0]?.headers).toMatchObject({ 'x-team': 'ml', authorization: 'Bearer t' });
  expect(String(gunzipSync(received[0]?.body ?? ''))).toContain('"name":"seen"');
});
