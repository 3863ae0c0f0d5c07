/**
 * What a route is that no document names and Domino's own Python client calls: of `/v4`, of legacy `/v1`, and of the
 * pages of the web interface. The contract does not have it, because Longhaul does not call it.
 */
import type { z } from 'zod';
import type { Endpoint, PathParameters } from '../../../contract/endpoint.js';
import type { WireAnswer, WireRequest } from '../../wing.js';
import type { NoteEffect } from '../handlers.js';
import { readSent } from '../tolerant.js';
import type { Simulation } from '../world/simulation.js';

/** A route, whatever its path, its query and its body. */
export interface Route {
  readonly method: Endpoint['method'];
  readonly path: `/${string}`;
  readonly bodyEncoding?: Endpoint['bodyEncoding'];
  /**
   * Carries out a request.
   *
   * @throws Refusal
   */
  carry(simulation: Simulation, sent: WireRequest, note: NoteEffect): Promise<WireAnswer>;
}

/** Routes by their names in the ledger and in faults. */
export type Routes = Readonly<Record<string, Route>>;

const json = { 'content-type': 'application/json; charset=utf-8' };

interface Spec<P extends `/${string}`, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Endpoint['method'];
  readonly path: P;
  readonly query?: Q;
  readonly body?: B;
  /** `bytes`: the body is taken as it is. */
  readonly bodyEncoding?: Endpoint['bodyEncoding'];
  readonly status?: number;
  /** Nothing is answered as `204`. */
  readonly answer: (
    simulation: Simulation,
    call: {
      readonly path: Readonly<Record<PathParameters<P>, string>>;
      readonly query: z.output<Q>;
      readonly body: z.output<B>;
      readonly note: NoteEffect;
    },
  ) => unknown;
}

/** Declares a route. Queries and bodies are read as leniently as those of the contract. */
export const route = <
  const P extends `/${string}`,
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
>({
  method,
  path,
  query,
  body,
  bodyEncoding,
  status = 200,
  answer,
}: Spec<P, Q, B>): Route => ({
  method,
  path,
  ...(bodyEncoding !== undefined && { bodyEncoding }),
  async carry(simulation, sent, note) {
    const call = {
      // Boundary casts: the router fills the placeholders of this very path, and without a schema nothing is read.
      path: sent.path as Readonly<Record<PathParameters<P>, string>>,
      query: (query === undefined ? {} : readSent(query, sent.query, 'query')) as z.output<Q>,
      body: (body === undefined ? sent.body : readSent(body, sent.body, 'body')) as z.output<B>,
      note,
    };
    const told = await answer(simulation, call);
    if (told === undefined) return { status: 204, body: undefined };
    // A text is JSON too here.
    return typeof told === 'string'
      ? { status, headers: json, body: JSON.stringify(told) }
      : { status, body: told };
  },
});
