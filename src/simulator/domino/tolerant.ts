/**
 * Reads requests as the platform's server does, which is more lenient than the contract is with ourselves: unknown
 * fields are ignored, `null` counts as absent, the case of words is not looked at, and numbers in a query are text.
 */
import type { z } from 'zod';
import { Refusal } from '../errors.js';

type Issue = z.core.$ZodIssue;

/** Each round repairs what the one before it found; no request of the contract needs more. */
const rounds = 6;

/**
 * Reads a body or a query by its schema.
 *
 * @throws Refusal 400, in the words of the Play framework
 */
export function readTolerantly<T extends z.ZodType>(
  schema: T,
  raw: unknown,
  from: 'query' | 'body',
): z.output<T> {
  const copy = { root: withoutNulls(raw) };
  for (let round = 0; round < rounds; round += 1) {
    const parsed = schema.safeParse(copy.root);
    if (parsed.success) return parsed.data;
    const repaired = parsed.error.issues.filter((issue) => repair(copy, issue, from));
    if (repaired.length === 0) throw refusalOf(parsed.error.issues[0]);
  }
  throw new Refusal(400, 'Json validation error: error.invalid');
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

function repair(copy: { root: unknown }, issue: Issue, from: 'query' | 'body'): boolean {
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
  const better =
    otherCase(issue, parent[key]) ?? (from === 'query' ? valueOf(issue, parent[key]) : undefined);
  if (better === undefined) return false;
  parent[key] = better;
  return true;
}

const at = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((value, key) => (isObject(value) ? value[key] : undefined), root);

/** The listed word that differs in case only. */
const otherCase = (issue: Issue, word: string): unknown =>
  issue.code === 'invalid_value'
    ? issue.values.find((value) => value !== word && String(value).toLowerCase() === word.toLowerCase())
    : undefined;

/** The number, truth value or list that a word of a query stands for. */
function valueOf(issue: Issue, word: string): unknown {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'array') return [word];
  if (issue.expected === 'boolean')
    return { true: true, 1: true, false: false, 0: false }[word.toLowerCase()];
  const number = Number(word);
  return ['number', 'int'].includes(issue.expected) && word !== '' && Number.isFinite(number)
    ? number
    : undefined;
}

function wrongIn(issue: Issue | undefined): string {
  if (issue?.code !== 'too_small') return 'error.invalid';
  return issue.origin === 'string' ? 'error.minLength' : 'error.min';
}

function refusalOf(issue: Issue | undefined): Refusal {
  const path = (issue?.path ?? [])
    .map((key) => (typeof key === 'number' ? `(${key})` : `/${String(key)}`))
    .join('');
  if (issue?.code !== 'invalid_type')
    return new Refusal(400, `Json validation error: ${path || '/'} ${wrongIn(issue)}`);
  const problem = issue.message.endsWith('undefined')
    ? 'error.path.missing'
    : `error.expected.js${issue.expected}`;
  return new Refusal(400, `Json validation error: ${path || '/'} ${problem}`);
}
