/** Time zones: whether there is one of a name, and what its clocks show. */

/** Go, in which Temporal is written, tells upper from lower case; `Intl` does not. */
const spelled = /^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/;

/** What is wrong with the name of a zone; `null` when nothing is. */
export function zoneFault(timeZone: string): string | null {
  const known = knownAs(timeZone);
  if (known === null)
    return `there is no time zone "${timeZone}": write a name of the IANA database, such as "Europe/Berlin" or "UTC"`;
  const isMisspelled = known !== timeZone && known.toLowerCase() === timeZone.toLowerCase();
  return spelled.test(timeZone) && !isMisspelled ? null : `is not spelled as zones are: write "${known}"`;
}

/** What `Intl` calls the zone; it also knows offsets such as +01:00, which are none. */
function knownAs(timeZone: string): string | null {
  try {
    const { timeZone: known } = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions();
    return /^[+-]/.test(known) ? null : known;
  } catch {
    return null;
  }
}

/** A moment as the clocks of a zone show it. */
export interface LocalTime {
  /** In UTC, ISO 8601. */
  readonly at: string;
  /** In the zone, ISO 8601 with its offset. */
  readonly local: string;
  /** Such as `Sun`. */
  readonly weekday: string;
  /** Of the zone from UTC at that moment. */
  readonly offsetMinutes: number;
}

// eslint-disable-next-line no-restricted-syntax -- what is kept depends on its key alone
const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment in a zone that `zoneFault` has nothing against. */
export function localTimeOf(at: Date, timeZone: string): LocalTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)/.exec(offset) ?? [];
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  return {
    at: at.toISOString(),
    local: `${date}T${part('hour')}:${part('minute')}:${part('second')}${offset}`,
    weekday: part('weekday'),
    offsetMinutes: (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)),
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  formats.set(timeZone, format);
  return format;
}
