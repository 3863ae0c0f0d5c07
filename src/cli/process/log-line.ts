/** A line of a process's log as a person reads it. */
import { z } from 'zod';
import { cut, harmless } from '../terminal/paint.js';

const LogLine = z.object({
  level: z.number(),
  msg: z.string(),
  error: z.object({ message: z.string() }).optional(),
});
const longestLine = 300;

/** A JSON line of the logger in words; any other line as it is. Cut where it gets long. */
export function readableLine(line: string): string {
  const parsed = LogLine.safeParse(jsonOf(line));
  if (!parsed.success) return cut(harmless(line), longestLine);
  const { level, msg, error } = parsed.data;
  const word = level >= 50 ? 'error' : level >= 40 ? 'warn' : 'info';
  return cut(harmless(`${word}: ${msg}${error === undefined ? '' : `: ${error.message}`}`), longestLine);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
