/**
 * Reads requests as a tolerant server does: fields that it does not know are ignored, `null` counts as absent, and numbers and
 * truth values of a query are text, whose case is not looked at.
 */
import type { z } from 'zod';
import { Refusal } from '../errors.js';

type Fields = Record<PropertyKey, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Each round repairs what the one before it found. */
const rounds = 6;

/**
 * Reads a body or a query by its schema.
 *
 * @throws Refusal 400
 */
export function readTolerantly(schema: z.ZodType, raw: unknown, from: 'query' | 'body'): unknown {
  const asIs = schema.safeParse(raw);
  if (asIs.success) return asIs.data;
  const root: Fields = { value: withoutNulls(raw) };
  for (let round = 0; round < rounds; round += 1) {
    const parsed = schema.safeParse(root['value']);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const repaired = parsed.error.issues.filter((one) => repair(root, one, from));
    if (repaired.length === 0 && issue !== undefined) throw refusalOf(issue);
  }
  throw new Refusal(400, `The ${from} is not valid`);
}

const refusalOf = ({ path, message }: z.core.$ZodIssue): Refusal =>
  new Refusal(400, path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`);

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => (field === null ? [] : [[key, withoutNulls(field)]])),
  );
}

function repair(root: Fields, issue: z.core.$ZodIssue, from: 'query' | 'body'): boolean {
  const path: PropertyKey[] = ['value', ...issue.path];
  const at = (to: number): unknown =>
    path.slice(0, to).reduce<unknown>((inner, key) => (isFields(inner) ? inner[key] : undefined), root);
  if (issue.code === 'unrecognized_keys') {
    const there = at(path.length);
    if (!isFields(there)) return false;
    for (const key of issue.keys) Reflect.deleteProperty(there, key);
    return true;
  }
  const [parent, key] = [at(path.length - 1), path.at(-1)];
  if (from !== 'query' || issue.code !== 'invalid_type' || !isFields(parent) || key === undefined)
    return false;
  const better = valueOf(issue.expected, String(parent[key]));
  if (better === undefined) return false;
  parent[key] = better;
  return true;
}

function valueOf(expected: string, word: string): unknown {
  if (expected === 'boolean') return { true: true, false: false }[word.toLowerCase()];
  const number = Number(word);
  return ['number', 'int'].includes(expected) && word !== '' && Number.isFinite(number) ? number : undefined;
}
