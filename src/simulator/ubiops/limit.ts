/** How many requests an address may send a minute. */
import type { Admission } from '../wing.js';
import type { Behaviour } from './world/behaviour.js';

const minuteMs = 60_000;

/** Counts requests by address; minutes are real ones, for those who are told to wait do so really. */
export function createLimit(behaviour: Behaviour): (address: string) => Admission {
  const windows = new Map<string, { readonly beganMs: number; count: number }>();
  return (address) => {
    const { callsPerMinute: most } = behaviour;
    if (most === null) return { headers: {}, refusal: null };
    const nowMs = performance.now();
    let window = windows.get(address);
    if (window === undefined || nowMs - window.beganMs >= minuteMs) {
      window = { beganMs: nowMs, count: 0 };
      windows.set(address, window);
    }
    window.count += 1;
    const headers = {
      'x-ratelimit-limit': String(most),
      'x-ratelimit-remaining': String(Math.max(0, most - window.count)),
      'x-ratelimit-reset': String(Math.max(0, Math.floor((window.beganMs + minuteMs - nowMs) / 1_000))),
    };
    return { headers, refusal: window.count > most ? 'Too many requests' : null };
  };
}
