/** How servers read requests that do not quite fit: fields that they do not know are ignored, and words are read as what is meant. */
import type { z } from 'zod';
import type { Refusal } from './errors.js';

export type Issue = z.core.$ZodIssue;

/** What differs from platform to platform. */
interface Tolerance {
  /** What a word stands for that does not fit; `undefined` where it stands for nothing. */
  readonly meantBy: (issue: Issue, word: string) => unknown;
  /** In the words of the platform, of the first thing that does not fit. */
  readonly refusalOf: (issue: Issue | undefined) => Refusal;
}

/** Each round repairs what the one before it found; no request of a contract needs more. */
const rounds = 6;

/**
 * Reads a value by its schema. `null` counts as absent.
 *
 * @throws Refusal
 */
export function readTolerantly<T extends z.ZodType>(
  schema: T,
  raw: unknown,
  { meantBy, refusalOf }: Tolerance,
): z.output<T> {
  const copy = { root: withoutNulls(raw) };
  for (let round = 0; round < rounds; round += 1) {
    const parsed = schema.safeParse(copy.root);
    if (parsed.success) return parsed.data;
    const repaired = parsed.error.issues.filter((issue) => repair(copy, issue, meantBy));
    if (repaired.length === 0) throw refusalOf(parsed.error.issues[0]);
  }
  throw refusalOf(undefined);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => (field === null ? [] : [[key, withoutNulls(field)]])),
  );
}

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null;

function repair(copy: { root: unknown }, issue: Issue, meantBy: Tolerance['meantBy']): boolean {
  const path: PropertyKey[] = ['root', ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const object = at(copy, path);
    if (!isObject(object)) return false;
    for (const key of issue.keys) Reflect.deleteProperty(object, key);
    return true;
  }
  const parent = at(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (!isObject(parent) || key === undefined || typeof parent[key] !== 'string') return false;
  const meant = meantBy(issue, parent[key]);
  if (meant === undefined) return false;
  parent[key] = meant;
  return true;
}

const at = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((value, key) => (isObject(value) ? value[key] : undefined), root);

/** The number that a word stands for, where one is expected. */
export function numberIn(expected: string, word: string): number | undefined {
  const number = Number(word);
  return ['number', 'int'].includes(expected) && word !== '' && Number.isFinite(number) ? number : undefined;
}
