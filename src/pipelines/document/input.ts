/** The input of a run of a document: checked at the door, with its defaults filled in. */
import type { FieldFault } from '../../run/failures/errors.js';
import type { Json } from '../../run/steps.js';
import type { PipelineDocument } from './document.js';
import { type TryPattern, misfitsOf, tryPattern, withDefaults } from './json-schema.js';
import { placesOf } from './pattern-places.js';
import { powerOf } from './slow-pattern.js';

/** An input that fits, or everything that does not. */
export type CheckedInput =
  | { readonly ok: true; readonly input: Json }
  | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** Checks an input by the JSON Schema of a document. */
export function checkDocumentInput(
  { input: schema }: Pick<PipelineDocument, 'input'>,
  given: Json,
): CheckedInput {
  const input = withDefaults(schema, given);
  const misfits = misfitsOf(schema, input, [], createTries());
  if (misfits.length === 0) return { ok: true, input };
  return {
    ok: false,
    faults: misfits.map(({ path, problem }) => ({ pointer: pointerOf(path), detail: problem })),
  };
}

/** So many characters are tried on any pattern: it takes 14 ms at worst. */
const triedOnAny = 2_000;
/** As much computing for slow patterns takes about 20 ms, in which a server answers nobody else. */
const mostComputed = 30_000_000;

/** Tries the patterns of one input, and no text that would take too long together with those before it. */
function createTries(): TryPattern {
  const powers = new Map<string, number>();
  let [tried, computed] = [0, 0];
  const powerIn = (pattern: string): number => {
    const known = powers.get(pattern);
    if (known !== undefined) return known;
    const places = placesOf(pattern);
    const power = places === null ? Infinity : powerOf(places);
    powers.set(pattern, power);
    return power;
  };
  return (pattern, text) => {
    tried += text.length;
    const power = tried > triedOnAny ? powerIn(pattern) : 1;
    if (power > 1) computed += text.length ** power;
    return computed > mostComputed
      ? [`takes too long to match ${pattern}: shorten the texts of the input`]
      : tryPattern(pattern, text);
  };
}

const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
