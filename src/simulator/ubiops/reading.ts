/** Reads requests as UbiOps' server does: numbers and truth values of a query are text, whose case is not looked at. */
import type { z } from 'zod';
import { Refusal } from '../errors.js';
import { type Issue, numberIn, readTolerantly } from '../tolerance.js';

/**
 * Reads a body or a query by its schema.
 *
 * @throws Refusal 400
 */
export function readSent(schema: z.ZodType, raw: unknown, from: 'query' | 'body'): unknown {
  const asIs = schema.safeParse(raw);
  if (asIs.success) return asIs.data;
  return readTolerantly(schema, raw, {
    meantBy: (issue, word) =>
      from === 'query' && issue.code === 'invalid_type' ? valueOf(issue.expected, word) : undefined,
    refusalOf: (issue) => refusalOf(issue, from),
  });
}

const valueOf = (expected: string, word: string): unknown =>
  expected === 'boolean' ? { true: true, false: false }[word.toLowerCase()] : numberIn(expected, word);

function refusalOf(issue: Issue | undefined, from: string): Refusal {
  if (issue === undefined) return new Refusal(400, `The ${from} is not valid`);
  const { path, message } = issue;
  return new Refusal(400, path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`);
}
