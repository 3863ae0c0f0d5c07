/** Calendars of schedules: fields as people write them, as in a line of cron, and whether such days ever come. */

/** From `start` to `end`, each `step`-th. */
export interface CalendarRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

interface CalendarField {
  readonly min: number;
  readonly max: number;
  /** From `min` on; they may be written in any case. */
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields = {
  second: { min: 0, max: 59 },
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12, names: months },
  // 7 is Sunday too, as in cron.
  dayOfWeek: { min: 0, max: 7, names: weekdays },
  // What Temporal looks at.
  year: { min: 2_000, max: 2_100 },
} as const satisfies Record<string, CalendarField>;

export type CalendarFieldName = keyof typeof fields;

/** In the order in which Temporal has them. */
export const calendarFields = Object.keys(fields) as CalendarFieldName[]; // the keys of the table above

/** A value of a field: `5`, `"mon-fri"`, `"*"`, `"0-30/10"`, `"1,15"`, or a list of these. */
export type CalendarValue = number | string | readonly (number | string)[];

/** One calendar: fields that are left out are 0 (second, minute, hour) or any. */
export type Calendar = { readonly [F in CalendarFieldName]?: CalendarValue | undefined } & {
  readonly comment?: string | undefined;
};

/** What a field takes, for messages. */
export function fieldRule(field: CalendarFieldName): string {
  const { min, max, names }: CalendarField = fields[field];
  const named = names === undefined ? '' : `, ${names[0] ?? ''} to ${names.at(-1) ?? ''}`;
  return `${min} to ${max}${named}, a range ("a-b"), every n-th of it ("a-b/n", "*/n"), a list of these, or "*"`;
}

/** The ranges of a value; `null` when it is none of the field. `*` is one range, of everything. */
export function rangesOf(field: CalendarFieldName, value: CalendarValue): readonly CalendarRange[] | null {
  const parts = (Array.isArray(value) ? value : [value]).flatMap((one) => String(one).split(','));
  const ranges: CalendarRange[] = [];
  for (const part of parts) {
    const range = rangeOf(fields[field], part.trim());
    if (range === null) return null;
    ranges.push(...(field === 'dayOfWeek' ? sundaysAs0(range) : [range]));
  }
  return ranges;
}

function rangeOf(field: CalendarField, text: string): CalendarRange | null {
  const [, whole, from, to, by] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(text) ?? [];
  const step = by === undefined ? 1 : Number(by);
  if (step < 1 || step > field.max) return null;
  if (whole !== undefined) return { start: field.min, end: field.max, step };
  const start = numberOf(field, from ?? '');
  const end = to === undefined ? start : numberOf(field, to);
  // Every n-th of a single value is what cron programs disagree about.
  if (start === null || end === null || start > end || (by !== undefined && to === undefined)) return null;
  return { start, end, step };
}

function numberOf({ min, max, names = [] }: CalendarField, text: string): number | null {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return min + named;
  const number = Number(text);
  return /^\d{1,4}$/.test(text) && number >= min && number <= max ? number : null;
}

/** Temporal knows 0 to 6. */
function sundaysAs0(range: CalendarRange): CalendarRange[] {
  if (range.end < 7) return [range];
  const days = new Set([...numbersOf([range])].map((day) => day % 7));
  return [...days].map((day) => ({ start: day, end: day, step: 1 }));
}

function* numbersOf(ranges: readonly CalendarRange[]): Generator<number> {
  for (const { start, end, step } of ranges)
    for (let number = start; number <= end; number += step) yield number;
}

/** In a leap year; index 0 is January. */
const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether any day fits: 30 February does not, nor does 29 February of 2027 alone. `Calendar` must be sound. */
export function everComes({ year, month, dayOfMonth, dayOfWeek }: Calendar): boolean {
  const all = (field: CalendarFieldName, value: CalendarValue = '*') =>
    new Set(numbersOf(rangesOf(field, value) ?? []));
  const days = [...all('dayOfMonth', dayOfMonth)];
  const dates = [...all('month', month)].flatMap((inMonth) =>
    days.filter((day) => day <= (daysOfMonth[inMonth - 1] ?? 0)).map((day) => [inMonth, day] as const),
  );
  // Without a year, every date falls on every day of the week in time.
  if (year === undefined || year === '*') return dates.length > 0;
  const onDays = all('dayOfWeek', dayOfWeek);
  return [...all('year', year)].some((inYear) =>
    dates.some(([inMonth, day]) => {
      const date = new Date(Date.UTC(inYear, inMonth - 1, day));
      return date.getUTCDate() === day && onDays.has(date.getUTCDay());
    }),
  );
}
