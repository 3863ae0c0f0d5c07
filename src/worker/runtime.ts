/** Temporal's runtime in a worker process: its log goes through ours, and its exporter serves our metrics beside its own. */
import { Runtime } from '@temporalio/worker';
import { bucketsOf, createTemporalInstruments } from '../observability/instruments.js';
import type { Logger } from '../observability/logger.js';
import { type Meters, createMeters } from '../observability/meters.js';
import { workerMetrics } from '../observability/metrics.js';
import { dropUnread, temporalLogger } from '../observability/temporal-logger.js';
import { LonghaulError } from '../run/failures/errors.js';
import { beatEveryMs } from './shares.js';

/**
 * Installs it, once per process and before anything else of Temporal.
 * @throws LonghaulError `CONFIG_INVALID` where the address is taken
 */
export function installRuntime(
  { metricsAddress }: { readonly metricsAddress: string },
  logger: Logger,
): Meters {
  try {
    const runtime = Runtime.install({
      logger: temporalLogger(logger),
      workerHeartbeatInterval: beatEveryMs,
      telemetryOptions: {
        logging: { forward: {}, filter: 'WARN' },
        metrics: {
          prometheus: {
            bindAddress: metricsAddress,
            countersTotalSuffix: true,
            unitSuffix: true,
            useSecondsForDurations: true,
            histogramBucketOverrides: bucketsOf(workerMetrics),
          },
        },
      },
    });
    dropUnread(runtime.logger, logger);
    return createMeters(createTemporalInstruments(runtime.metricMeter, workerMetrics));
  } catch (cause) {
    throw new LonghaulError(
      'CONFIG_INVALID',
      `metrics cannot be served at ${metricsAddress} (LONGHAUL_METRICS_ADDRESS): is another worker there?`,
      { cause },
    );
  }
}
