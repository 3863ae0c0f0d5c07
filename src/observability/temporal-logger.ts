/** Temporal's own log, through ours. Apart from the logger, because it loads Temporal's worker. */
import { DefaultLogger, type Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from './logger.js';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

const leastOf = (logger: Logger): keyof typeof levels => {
  for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN'] as const)
    if (logger.isLevelEnabled(levels[level])) return level;
  return 'ERROR';
};

/** pino as Temporal’s logger. What pino would drop is dropped before it is put together: the SDK says much. */
export const temporalLogger = (logger: Logger): TemporalLogger =>
  new DefaultLogger(leastOf(logger), ({ level, message, meta }) => {
    // A worker of one role has none of the other's; the SDK warns of it at each start.
    const isExpected = /^No (activities|workflows) registered/.test(message);
    logger[isExpected ? 'debug' : levels[level]](meta ?? {}, message);
  });

/**
 * Temporal’s runtime keeps entries of every level for a while, to sort its own among them, before it hands them on: a
 * dozen for each task. Those that pino would drop it need not keep.
 */
export function dropUnread(collector: TemporalLogger, logger: Logger): void {
  for (const level of ['trace', 'debug'] as const)
    if (!logger.isLevelEnabled(level)) collector[level] = () => undefined;
}
