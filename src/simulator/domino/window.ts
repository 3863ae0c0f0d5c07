/** Times in queries. */
import { Refusal } from '../errors.js';

/** From when and until when. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * The time between two texts of ISO 8601, either of which may be left out.
 *
 * @throws Refusal 400
 */
export function between(
  { startTime, endTime }: { readonly startTime?: string | undefined; readonly endTime?: string | undefined },
  standard: Window,
): Window {
  const from = startTime === undefined ? standard.from : timeOf('startTime', startTime);
  const to = endTime === undefined ? standard.to : timeOf('endTime', endTime);
  if (from > to) throw new Refusal(400, 'startTime must not be later than endTime');
  return { from, to };
}

function timeOf(field: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new Refusal(400, `${field} must be a time of ISO 8601, not ${JSON.stringify(text)}`);
  return time;
}
