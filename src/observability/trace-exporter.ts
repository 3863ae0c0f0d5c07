/** Sends spans as OTLP over HTTP, by the proxy on the way: OpenTelemetry's own sender knows none. */
import { gzipSync } from 'node:zlib';
import { OTLPExporterBase, createOtlpNetworkExportDelegate } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { got } from 'got';
import { createAgents } from '../egress/agents.js';

interface Exporting {
  readonly url: string;
  readonly timeoutMillis: number;
  readonly proxyOf: (url: string) => string | undefined;
}

/** Builds it. Headers and compression are those of the variables `OTEL_EXPORTER_OTLP_…`. What is not taken is lost. */
export function createTraceExporter({ url, timeoutMillis, proxyOf }: Exporting): SpanExporter {
  const given = { url, timeoutMillis };
  const json = { 'content-type': 'application/json' };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- what reads the variables is not exported otherwise
  const options = convertLegacyHttpOptions(given, 'TRACES', 'v1/traces', json);
  const isZipped = options.compression === 'gzip';
  const send = async (bytes: Uint8Array, withinMs: number): Promise<void> => {
    await got.post(url, {
      headers: { ...options.headers(), ...(isZipped && { 'content-encoding': 'gzip' }) },
      body: isZipped ? gzipSync(bytes) : Buffer.from(bytes),
      agent: createAgents({ proxy: proxyOf(url) }),
      timeout: { request: withinMs },
      retry: { limit: 0 },
      followRedirect: false,
    });
  };
  const transport = {
    send: (bytes: Uint8Array, withinMs: number) =>
      send(bytes, withinMs).then(
        () => ({ status: 'success' as const }),
        (error: unknown) => ({
          status: 'failure' as const,
          error: error instanceof Error ? error : new Error(String(error)),
        }),
      ),
    shutdown: () => undefined,
  };
  return new OTLPExporterBase(createOtlpNetworkExportDelegate(options, JsonTraceSerializer, transport));
}
