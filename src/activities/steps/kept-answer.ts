/** What a step keeps of an answer: what was selected, without secrets, and never more than a history can hold. */
import type { Selection } from '../../run/documents/requests.js';
import type { Json } from '../../run/steps.js';
import type { ActivityDependencies } from '../dependencies.js';
import { PlatformError } from '../../platform/errors.js';
import { resolvePointer } from '../../webhooks/json-pointer.js';

/** The output of each step is a part of every state of its run, and of the arguments of steps that read it. */
const mostBytes = 64 * 1024;

interface Keeping {
  readonly select: Selection | undefined;
  /** Takes secrets out of a text, and out of several that belong together. */
  readonly masking: Pick<ActivityDependencies, 'redact' | 'redactLines'>;
  /** Whose answer it is, for a message. */
  readonly what: string;
}

/**
 * What is kept. What a pointer does not lead to is left out.
 * @throws PlatformError `ANSWER_TOO_LARGE`
 */
export function keptOf(answer: Json, { select, masking, what }: Keeping): Json {
  const kept = redacted(select === undefined ? answer : selected(answer, select), masking);
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

/** Its texts are looked at together: a list of lines may hold a private key, of which no line alone looks like one. */
function redacted(value: Json, { redact, redactLines }: Keeping['masking']): Json {
  const texts = textsIn(value).map((text) => text.split('\n'));
  const masked = redactLines(texts.flat(), 0).lines.values();
  const kept = texts.map((lines) => lines.map(() => masked.next().value ?? '').join('\n')).values();
  return withTexts(value, { next: () => kept.next().value ?? '', key: redact });
}

/** In the order in which they are written. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

interface Rewriting {
  /** Instead of the next text. */
  next(): string;
  /** Instead of the name of a field. */
  key(name: string): string;
}

function withTexts(value: Json, rewriting: Rewriting): Json {
  if (typeof value === 'string') return rewriting.next();
  if (Array.isArray(value)) return value.map((item: Json) => withTexts(item, rewriting));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, Json]) => [
      rewriting.key(name),
      withTexts(inner, rewriting),
    ]),
  );
}
