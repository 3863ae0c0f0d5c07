/** Refusals in Domino's words and error shapes. */
import { Refusal } from '../errors.js';
import type { Refused } from '../wing.js';

/** 400 for a field that must be there, in the words of the Play framework. */
export const missing = (field: string): Refusal =>
  new Refusal(400, `Json validation error: /${field} error.path.missing`);

/**
 * The body of an error. `/v4` says `{message}`, the public API `{error}`, and whoever is not let in gets
 * `{errors, requestId}` on both.
 */
export function errorBody({ path, status, message, requestId }: Refused): object {
  if (status === 401) return { errors: [message], requestId };
  return path.startsWith('/v4/') ? { message } : { error: message };
}
