/** A caller that follows: it has a place, and is let go with it when it is gone or would not be let in any more. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Scope, may } from '../../access/principal.js';
import type { ServerContext } from '../context.js';
import { goneSignal } from './stream.js';

/** What is followed, and for how long at most. */
export interface FollowedScope {
  readonly scope: Scope;
  readonly withinMs?: number;
}

export interface Follower {
  /** Aborts when the caller is gone or refused, the server stops, or the time is over. */
  readonly signal: AbortSignal;
  /** Whether it was refused meanwhile: it is told nothing more. */
  isRefused(): boolean;
}

/**
 * Takes a place for as long as the answer lasts.
 * @throws LonghaulError `SERVER_BUSY`
 */
export function admitFollower(
  { places, admissions, stopping }: Pick<ServerContext, 'places' | 'admissions' | 'stopping'>,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { scope, withinMs }: FollowedScope,
): Follower {
  const leave = places.take(request.principal);
  const refused = new AbortController();
  const unwatch = admissions.watch({
    authorization: request.headers.authorization,
    allows: (principal) => may(principal, 'viewer', scope),
    end: () => refused.abort(),
  });
  const signal = goneSignal(reply, { stopping, refused: refused.signal, withinMs });
  const release = (): void => {
    leave();
    unwatch();
  };
  reply.raw.once('close', release);
  if (reply.raw.destroyed || reply.raw.socket?.destroyed === true) release();
  return { signal, isRefused: () => refused.signal.aborted };
}
