/** Lines of cron: what Temporal and the cron that people know understand alike, and nothing else. */
import { Cron } from 'croner';
import { type CalendarFieldName, everComes, fieldRule } from './calendars.js';

const shorthands = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly'];

/** Every list of all values of all fields, written out, is shorter. */
const longestLine = 1_000;

const fields = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const satisfies CalendarFieldName[];

const names: Readonly<Record<(typeof fields)[number], string>> = {
  minute: 'minute',
  hour: 'hour',
  dayOfMonth: 'day of month',
  month: 'month',
  dayOfWeek: 'day of week',
};

/** Lists, ranges and steps of numbers and names; not `L`, `W`, `#` and `?`, which only some programs know. */
const common = /^(\*|\d{1,2}|[a-z]{3})(-(\d{1,2}|[a-z]{3}))?(\/\d{1,2})?$/i;

/** What is wrong with a line, and what to write instead; `null` when nothing is. */
export function cronFault(line: string): string | null {
  if (line.length > longestLine) return `is longer than ${longestLine} characters`;
  if (line.startsWith('@'))
    return shorthands.includes(line) ? null : `"${line}" is not one of ${shorthands.join(', ')}`;
  const parts = line.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `has ${parts.length} fields, and a line of cron has five: minute, hour, day of month, month, day of week`;
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? '';
    if (!isSound(part, index)) return `"${part}" is no ${names[field]}: write ${fieldRule(field)}`;
  }
  return daysFault(line, parts);
}

/** Judged alone, so that a fault is told where it is. */
function isSound(part: string, index: number): boolean {
  if (!part.split(',').every((one) => common.test(one))) return false;
  const line = fields.map((_, at) => (at === index ? part : '*')).join(' ');
  try {
    new Cron(line, { paused: true, mode: '5-part' });
    return true;
  } catch {
    return false;
  }
}

function daysFault(line: string, [minute, hour, dayOfMonth, month, dayOfWeek]: string[]): string | null {
  if (dayOfMonth !== '*' && dayOfWeek !== '*')
    return (
      `restricts both the day of month ("${dayOfMonth}") and the day of week ("${dayOfWeek}"): cron takes a day that fits ` +
      `either, Temporal only one that fits both. For either, write two lines: "${minute} ${hour} ${dayOfMonth} ${month} *" ` +
      `and "${minute} ${hour} * ${month} ${dayOfWeek}"; for both, write a calendar`
    );
  return everComes({ dayOfMonth, month }) ? null : `"${line}" never comes: no such month has such a day`;
}
