/** Edits of an input by path: `train.command`, `gate.conditions.0`. */
import { LonghaulError } from './errors.js';
import type { Json } from './steps.js';

/**
 * An input with new values; `null` takes a part out. What a path leads through is made where it is missing.
 * @throws LonghaulError `REPLAY_INVALID` for a path into a list that it does not have
 */
export function edited(input: Json, values: Readonly<Record<string, Json>>): Json {
  return Object.entries(values).reduce(
    (before, [path, value]) => place(before, path.split('.'), value),
    input,
  );
}

function place(into: Json | undefined, [key = '', ...rest]: readonly string[], value: Json): Json {
  if (isList(into)) {
    const index = Number(key);
    if (!/^\d+$/.test(key) || index > into.length)
      throw new LonghaulError(
        'REPLAY_INVALID',
        `"${key}" is no place in a list of ${into.length}: 0 is its first, ${into.length} adds one`,
      );
    const items = [...into];
    if (rest.length === 0 && value === null) items.splice(index, 1);
    else items[index] = rest.length === 0 ? value : place(items[index], rest, value);
    return items;
  }
  const fields = isRecord(into) ? into : {};
  if (rest.length > 0) return { ...fields, [key]: place(fields[key], rest, value) };
  const { [key]: _, ...others } = fields;
  return value === null ? others : { ...fields, [key]: value };
}

/** What differs between two values: the paths, with what was and what is there. */
export function changesBetween(
  before: Json | undefined,
  after: Json | undefined,
  path = '',
): { readonly path: string; readonly before: Json | undefined; readonly after: Json | undefined }[] {
  if (isRecord(before) && isRecord(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      changesBetween(before[key], after[key], path === '' ? key : `${path}.${key}`),
    );
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isRecord = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !isList(value);
