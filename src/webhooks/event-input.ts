/** From an incoming event to the input of the run that it starts. */
import { LonghaulError } from '../run/failures/errors.js';
import { resolvePointer } from './json-pointer.js';

/** The part of an incoming webhook that decides. */
export interface Mapping {
  readonly when: Readonly<Record<string, string | number | boolean>>;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * The input with each `{from: /json/pointer}` replaced by what stands there in the event; `null` when the event is
 * not one that `when` asks for.
 *
 * @throws LonghaulError `REQUEST_MALFORMED`, naming a pointer that leads nowhere
 */
export function inputFromEvent({ when, input }: Mapping, event: unknown): Record<string, unknown> | null {
  const isWanted = Object.entries(when).every(
    ([pointer, value]) => resolvePointer(event, pointer)?.value === value,
  );
  return isWanted ? mapped(input, event) : null;
}

const mapped = (input: Readonly<Record<string, unknown>>, event: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).map(([key, value]) => [key, filled(value, event)]));

function filled(template: unknown, event: unknown): unknown {
  if (Array.isArray(template)) return template.map((inner) => filled(inner, event));
  if (!isObject(template)) return template;
  const pointer = pointerOf(template);
  if (pointer === null) return mapped(template, event);
  const found = resolvePointer(event, pointer);
  if (found !== null) return found.value;
  throw new LonghaulError(
    'REQUEST_MALFORMED',
    `the event has nothing at ${pointer}, which the webhook’s \`input\` takes from it; nothing was started`,
    { fields: [{ pointer, detail: 'is missing' }] },
  );
}

/** Only a `from` that stands alone and begins with a slash is a pointer; other inputs may have a key of this name. */
function pointerOf(template: Readonly<Record<string, unknown>>): string | null {
  const { from } = template;
  return Object.keys(template).length === 1 && typeof from === 'string' && from.startsWith('/') ? from : null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
