/** Logs: pino, JSON lines on standard error, one event per line. Temporal's own log goes through it too. */
import { type Logger, destination, pino } from 'pino';

export type { Logger } from 'pino';

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
    { level, base: null, serializers: { err: withoutSecrets, error: withoutSecrets, cause: withoutSecrets } },
    destination({ dest: 2, sync: false }),
  );
