/** How UbiOps refuses (ubiops-api.md, section 1.3). It has no codes: a status and a message are all. */
import type { Refusals } from '../wing.js';

/** A larger number of seconds is a date, as other gateways tell it; one that is larger still is a date in milliseconds. */
const leastEpoch = { seconds: 1e9, milliseconds: 1e12 } as const;

const secondsUntil = (reset: number, nowMs: number): number => {
  if (reset > leastEpoch.milliseconds) return (reset - nowMs) / 1_000;
  return reset > leastEpoch.seconds ? reset - nowMs / 1_000 : reset;
};

/** Fields with the message, in the order in which they count. */
const worded = ['error', 'error_message', 'detail'] as const;
/** Fields that stand beside it, of a request that has failed. */
const besideWords: readonly string[] = [...worded, 'id', 'success', 'status'];

export const ubiopsRefusals: Refusals = {
  statuses: [400, 401, 403, 404, 405, 409, 410, 413, 415, 422],
  isOwn: (body) => {
    const isSaid = worded.some((key) => typeof body[key] === 'string');
    // What has a number there is the error of some server in between.
    const { status = '' } = body;
    return (
      isSaid && typeof status === 'string' && Object.keys(body).every((key) => besideWords.includes(key))
    );
  },
  fieldsOf: (text) => {
    const words = storageError.exec(text)?.[2];
    return words === undefined ? null : { error: unescaped(words) };
  },
  heldMs: (headers, nowMs) => {
    const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN);
    if (!Number.isFinite(reset)) return undefined;
    return (secondsUntil(reset, nowMs) + 1) * 1_000; // it is rounded down
  },
  said: (body) => {
    const words = worded.map((key) => body[key]).find((one) => typeof one === 'string' && one !== '');
    return { words: typeof words === 'string' ? words : '' };
  },
  codeOf: () => null,
};

/** The storage behind the API refuses in XML, and the API passes it on. */
const storageError = /^\s*(?:<\?xml[^>]*>\s*)?<Error\b[\s\S]*?<(Details|Message)>([^<]*)</;

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};
const unescaped = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|\w+);/gi, (name, decimal?: string, hex?: string) => {
    const code = Number(decimal ?? `0x${hex ?? ''}`);
    return code <= 0x10ffff ? String.fromCodePoint(code) : (entities[name] ?? name); // no number, no code
  });
