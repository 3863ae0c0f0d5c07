/** Times of log lines: nanoseconds since the epoch, of which a number keeps no more than the microseconds. */

/** From where a log goes on after a line. */
export const afterLine = (nanoseconds: number): string =>
  String((BigInt(Math.floor(nanoseconds / 1e3)) + 1n) * 1_000n);
