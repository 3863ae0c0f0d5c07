/** Refusals of requests. */

/** A request that the simulator refuses, with the words for the body. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 503 | 504,
    message: string,
  ) {
    super(message);
  }
}

/** 404 for something that a request names. */
export const notFound = (kind: string, id: string): Refusal =>
  new Refusal(404, `No ${kind} ${JSON.stringify(id)} was found`);
