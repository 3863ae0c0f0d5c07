/** Logs: pino, JSON lines on standard error, one event per line. Temporal's own log goes through it too. */
import { DefaultLogger, type Logger as TemporalLogger } from '@temporalio/worker';
import { type Logger, destination, pino } from 'pino';

export type { Logger } from 'pino';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Errors are logged by type, code and message. Their other properties are dropped: an HTTP library’s error holds
 * the request, and with it the credential.
 */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : undefined;
  return { type: error.name, code, message: error.message, stack: error.stack };
}

/** A logger to standard error, so that standard output stays a command’s result. */
export const createLogger = (level: string): Logger =>
  pino(
    { level, base: null, serializers: { err: withoutSecrets, error: withoutSecrets } },
    destination({ dest: 2, sync: false }),
  );

/** pino as Temporal’s logger. */
export const temporalLogger = (logger: Logger): TemporalLogger =>
  new DefaultLogger('TRACE', ({ level, message, meta }) => {
    // A worker of one role has none of the other's; the SDK warns of it at each start.
    const isExpected = /^No (activities|workflows) registered/.test(message);
    logger[isExpected ? 'debug' : levels[level]](meta ?? {}, message);
  });
