/** Edits of an input by path, and what differs between two of them. */
import type { Json } from '../steps.js';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The input with one value set. A number in the path counts an array’s items from 0. */
export function setAt(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(target) && /^\d{1,4}$/.test(key)) {
    const items = Array.from<unknown>(target);
    items[Number(key)] = setAt(items[Number(key)], rest, value);
    return items;
  }
  const record = isRecord(target) ? target : {};
  // fromEntries defines own properties, so that a key such as __proto__ is a key like any other
  return Object.fromEntries([
    ...Object.entries(record).filter(([other]) => other !== key),
    [key, setAt(Object.hasOwn(record, key) ? record[key] : undefined, rest, value)],
  ]);
}

/** An input with values set by path, `train.command`; `null` takes a part out. */
export function edited(input: Json, values: Readonly<Record<string, Json>>): Json {
  const after = Object.entries(values).reduce<unknown>(
    (before, [path, value]) => setAt(before, path.split('.'), value ?? undefined),
    input,
  );
  return JSON.parse(JSON.stringify(after)) as Json; // which takes out what is undefined
}

/** What differs between two values: the paths, with what was and what is there. */
export function changesBetween(
  before: unknown,
  after: unknown,
  path = '',
): { readonly path: string; readonly before: unknown; readonly after: unknown }[] {
  if (isRecord(before) && isRecord(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      changesBetween(before[key], after[key], path === '' ? key : `${path}.${key}`),
    );
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}
