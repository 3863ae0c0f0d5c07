/** Traces where an endpoint is set. Apart from `tracing.ts`, which takes a while to load. */
import { proxyFor } from '../config.js';
import type { Logger } from './logger.js';
import type { Tracing, TracingOptions } from './tracing.js';

/** One who takes no traces is said so often. */
const sayEveryMs = 60_000;

/** Starts them, once per process; `null` where no endpoint is set. Without a logger, nobody is told that they are lost. */
export async function openTracing(
  { tracing: { endpoint } }: { readonly tracing: { readonly endpoint?: string | undefined } },
  service: TracingOptions['service'],
  logger?: Logger,
): Promise<Tracing | null> {
  if (endpoint === undefined) return null;
  const { startTracing } = await import('./tracing.js');
  let saidAtMs = -Infinity;
  const failed = (): void => {
    if (performance.now() - saidAtMs < sayEveryMs) return;
    saidAtMs = performance.now();
    logger?.warn('traces could not be sent to tracing.endpoint (OTEL_EXPORTER_OTLP_ENDPOINT)');
  };
  return startTracing({ endpoint, service, failed, proxyOf: proxyFor });
}
