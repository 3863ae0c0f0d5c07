/** The input of a run of a document: checked at the door, with its defaults filled in. */
import type { FieldFault } from '../../run/failures/errors.js';
import type { Json } from '../../run/steps.js';
import type { PipelineDocument } from './document.js';
import { misfitsOf, withDefaults } from './json-schema.js';

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
  const misfits = misfitsOf(schema, input);
  if (misfits.length === 0) return { ok: true, input };
  return {
    ok: false,
    faults: misfits.map(({ path, problem }) => ({ pointer: pointerOf(path), detail: problem })),
  };
}

const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
