/** Durations as people read them. */

/** `0.4s`, `12s`, `3m05s`, `1h12m`, `2d03h`: two units at most, so that a column of them stays narrow. */
export function showDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return pair(seconds, 60, 'm', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3_600, 'h', 60, 'm');
  return pair(seconds, 86_400, 'd', 3_600, 'h');
}

function pair(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)}${bigUnit}${String(rest).padStart(2, '0')}${smallUnit}`;
}

/** A time without its fractions of a second. */
export const toSecond = (time: string): string => `${time.slice(0, 19)}Z`;
