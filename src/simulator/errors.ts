/** Refusals, in the shapes that the platform's surfaces give them. */

/** A request that the simulator refuses, with the words for the body. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 500 | 503 | 504,
    message: string,
  ) {
    super(message);
  }
}

/** 404 for something that a request names. */
export const notFound = (kind: string, id: string): Refusal =>
  new Refusal(404, `No ${kind} ${JSON.stringify(id)} was found`);

/** 400 for a field that must be there, in the words of the Play framework. */
export const missing = (field: string): Refusal =>
  new Refusal(400, `Json validation error: /${field} error.path.missing`);

/**
 * The body of an error. `/v4` says `{message}`, the public API `{error}`, and whoever is not let in gets
 * `{errors, requestId}` on both.
 */
export function errorBody(path: string, status: number, message: string, requestId: string): object {
  if (status === 401) return { errors: [message], requestId };
  return path.startsWith('/v4/') ? { message } : { error: message };
}
