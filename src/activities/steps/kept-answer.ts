/** What a step keeps of an answer: what was selected, without secrets, and never more than a history can hold. */
import type { Selection } from '../../run/documents/requests.js';
import type { Json } from '../../run/steps.js';
import { PlatformError } from '../../platform/errors.js';
import { resolvePointer } from '../../webhooks/json-pointer.js';

/** The output of each step is a part of every state of its run, and of the arguments of steps that read it. */
const mostBytes = 64 * 1024;

interface Keeping {
  readonly select: Selection | undefined;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  /** Whose answer it is, for a message. */
  readonly what: string;
}

/**
 * What is kept. What a pointer does not lead to is left out.
 * @throws PlatformError `ANSWER_TOO_LARGE`
 */
export function keptOf(answer: Json, { select, redact, what }: Keeping): Json {
  const kept = redacted(select === undefined ? answer : selected(answer, select), redact);
  const bytes = Buffer.byteLength(JSON.stringify(kept));
  if (bytes <= mostBytes) return kept;
  const advice =
    select === undefined
      ? 'name what is needed of it under `select`'
      : 'select less of it, or a part that is smaller';
  throw new PlatformError(
    'ANSWER_TOO_LARGE',
    `${what} was answered with ${Math.ceil(bytes / 1_024)} KiB, and a step keeps at most ${mostBytes / 1_024} KiB: ${advice}`,
  );
}

const selected = (answer: Json, select: Selection): Json =>
  Object.fromEntries(
    Object.entries(select).flatMap(([name, pointer]) => {
      const found = resolvePointer(answer, pointer);
      return found === null ? [] : [[name, found.value as Json]]; // a part of JSON
    }),
  );

function redacted(value: Json, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item: Json) => redacted(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, Json]) => [redact(key), redacted(inner, redact)]),
  );
}
