/** Points of time as people write them. */

/** An instant such as `2026-12-01T06:00:00+01:00`, in milliseconds; `null` of what is none, and of a day that no calendar has. */
export function parseInstant(text: string): number | null {
  const [, year = 0, month = 0, day = 0] = (
    /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  ).map(Number);
  const atMs = Date.parse(text);
  // A 30th of February would be read as the 2nd of March.
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return isDay && Number.isFinite(atMs) ? atMs : null;
}
