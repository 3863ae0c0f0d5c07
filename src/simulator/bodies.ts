/** Reads the bodies and queries of requests. */
import type { z } from 'zod';
import { Refusal } from './errors.js';

/**
 * A body as JSON; no body counts as an empty object.
 *
 * @throws Refusal 400
 */
export function jsonOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array) || body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as unknown;
  } catch {
    throw new Refusal(400, 'Invalid Json');
  }
}

/**
 * Reads a body or a query by its schema.
 *
 * @throws Refusal 400 with everything that is wrong
 */
export function read<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new Refusal(400, issues.join('; '));
}
