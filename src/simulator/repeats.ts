/** Requests that come again: the same method, address and body as one before. */
import type { FastifyRequest } from 'fastify';

export interface Repeats {
  /** Tells those who wait for it that a request has come. */
  came(request: FastifyRequest): void;
  /** Resolves when the same request comes once more; never, if it does not. */
  next(request: FastifyRequest): Promise<void>;
}

/** Nobody waits yet. */
export function createRepeats(): Repeats {
  const waiting = new Map<string, (() => void)[]>();
  return {
    came: (request) => {
      const key = keyOf(request);
      const resolvers = waiting.get(key) ?? [];
      waiting.delete(key);
      for (const resolve of resolvers) resolve();
    },
    next: (request) =>
      new Promise((resolve) => {
        const key = keyOf(request);
        waiting.set(key, [...(waiting.get(key) ?? []), resolve]);
      }),
  };
}

const keyOf = ({ method, url, body }: FastifyRequest): string =>
  [method, url, Buffer.isBuffer(body) ? body.toString('base64') : ''].join(' ');
