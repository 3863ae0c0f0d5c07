/**
 * Reads requests as Domino's server does, which is more lenient than the contract is with ourselves: the case of words is not
 * looked at, and numbers in a query are text.
 */
import type { z } from 'zod';
import { Refusal } from '../errors.js';
import { type Issue, numberIn, readTolerantly } from '../tolerance.js';

/**
 * Reads a body or a query by its schema.
 *
 * @throws Refusal 400, in the words of the Play framework
 */
export const readSent = <T extends z.ZodType>(schema: T, raw: unknown, from: 'query' | 'body'): z.output<T> =>
  readTolerantly(schema, raw, {
    meantBy: (issue, word) => otherCase(issue, word) ?? (from === 'query' ? valueOf(issue, word) : undefined),
    refusalOf,
  });

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
  return numberIn(issue.expected, word);
}

function wrongIn(issue: Issue): string {
  if (issue.code !== 'too_small') return 'error.invalid';
  return issue.origin === 'string' ? 'error.minLength' : 'error.min';
}

function refusalOf(issue: Issue | undefined): Refusal {
  if (issue === undefined) return new Refusal(400, 'Json validation error: error.invalid');
  const path = issue.path.map((key) => (typeof key === 'number' ? `(${key})` : `/${String(key)}`)).join('');
  if (issue.code !== 'invalid_type')
    return new Refusal(400, `Json validation error: ${path || '/'} ${wrongIn(issue)}`);
  const problem = issue.message.endsWith('undefined')
    ? 'error.path.missing'
    : `error.expected.js${issue.expected}`;
  return new Refusal(400, `Json validation error: ${path || '/'} ${problem}`);
}
