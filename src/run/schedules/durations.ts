/** Durations as people write them. */

const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** Longer ones are mistakes, and with some of them there is no date any more that is so far away. */
export const longestDurationMs = 366 * unitsMs.d;

const isUnit = (unit: string | undefined): unit is keyof typeof unitsMs =>
  unit !== undefined && Object.hasOwn(unitsMs, unit);

/** `30s`, `5m`, `1h30m`, `3d` in milliseconds; `null` when the text is no such duration, or is zero. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?[smhd])+$/.test(text)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g))
    if (isUnit(unit)) totalMs += Number(amount) * unitsMs[unit];
  const rounded = Math.round(totalMs); // `0.0001s` is zero too
  return rounded > 0 && Number.isSafeInteger(rounded) ? rounded : null;
}

/** The shortest text that `parseDuration` reads as this time, in whole seconds: `6h`, `1h30m`. */
export function writeDuration(durationMs: number): string {
  let left = Math.round(durationMs / 1_000) * 1_000;
  const parts = Object.entries(unitsMs).map(([unit, ms]) => {
    const amount = Math.floor(left / ms);
    left -= amount * ms;
    return amount === 0 ? '' : `${amount}${unit}`;
  });
  return parts.join('') || '0s';
}
