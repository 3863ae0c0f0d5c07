/** Logs: pino, JSON lines on standard error, one event per line. Temporal's own log goes through it too. */
import { type Logger, destination, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * Errors are logged by type, code and message, with what has caused them: Temporal’s client says itself no more than that a
 * call has failed. Their other properties are dropped: an HTTP library’s error holds the request, and with it the credential.
 */
export function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { ...wordsOf(error), stack: error.stack, ...causeOf(error.cause, mostCauses) };
}

const mostCauses = 3;

const wordsOf = (error: Error) => ({
  type: error.name,
  code: 'code' in error ? String(error.code) : undefined,
  message: error.message,
});

const causeOf = (cause: unknown, left: number): object =>
  cause instanceof Error && left > 0
    ? { cause: { ...wordsOf(cause), ...causeOf(cause.cause, left - 1) } }
    : {};

/** How long a line of a server may wait for others to be written with it. */
const gatherMs = 100;

export interface LoggerOptions {
  /** Of a server: writes its lines together. */
  readonly busy?: boolean;
  /** Takes secrets out of each line: a last net, for what should not be there. */
  readonly redact?: (line: string) => string;
}

/**
 * A logger to standard error, so that standard output stays a command’s result. One that is `busy` writes its lines
 * together; at an end of the process that is none of its own, such as SIGKILL, it may lose the last.
 */
export function createLogger(level: string, { busy = false, redact }: LoggerOptions = {}): Logger {
  const stream = destination({ dest: 2, sync: false, ...(busy && { minLength: 4_096 }) });
  if (busy) setInterval(() => stream.flush(), gatherMs).unref();
  return pino(
    {
      level,
      base: null,
      serializers: { err: withoutSecrets, error: withoutSecrets, cause: withoutSecrets },
      ...(redact && { hooks: { streamWrite: redact } }),
    },
    stream,
  );
}
