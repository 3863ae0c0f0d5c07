/** What a handler of an endpoint is. A missing one is a compile error. */
import type { z } from 'zod';
import type { Endpoint, PathParameters } from '../../contract/endpoint.js';
import type { Stored } from '../stored.js';
import type { Simulation } from './world/simulation.js';
import type { EffectKind } from './world/state.js';

type QueryOf<E> = E extends { query: infer Q extends z.ZodType } ? z.output<Q> : unknown;
type BodyOf<E> = E extends { bodyEncoding: 'bytes' }
  ? Stored
  : E extends { body: infer B extends z.ZodType }
    ? z.output<B>
    : unknown;

/** What an answer of the public API says about itself. */
export type AnswerMetadata = {
  readonly requestId: string;
  readonly notices: string[];
};

/** Notes in the ledger what a request did to something; the texts may hold its marker. */
export type NoteEffect = (
  change: 'created' | 'changed',
  kind: EffectKind,
  id: string,
  ...texts: readonly (string | undefined)[]
) => void;

/** One request, read by its contract. */
export interface Call<E extends Endpoint> {
  readonly path: Readonly<Record<PathParameters<E['path']>, string>>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly metadata: AnswerMetadata;
  readonly note: NoteEffect;
}

/** What an endpoint answers, in the shape of its contract. */
export type Answer<E extends Endpoint> =
  z.input<E['response']> | (E extends { readonly encoding: 'bytes' } ? Stored : never);

/** A handler for every endpoint of a contract. */
export type Handlers<C> = {
  readonly [G in keyof C]: {
    readonly [E in keyof C[G]]: C[G][E] extends Endpoint
      ? (simulation: Simulation, call: Call<C[G][E]>) => Answer<C[G][E]> | Promise<Answer<C[G][E]>>
      : never;
  };
};

interface Paging {
  readonly offset: number;
  readonly limit: number;
  readonly totalCount: number;
}

/** The OpenAPI file states it flat and as `pagination`, and deployments do either: both are there. */
type PagingMetadata = Paging & { readonly pagination: Paging };

/** A page of a list, and what its metadata says about it. */
export function pageOf<T>(
  items: readonly T[],
  { offset = 0, limit = 10 }: { readonly offset?: number | undefined; readonly limit?: number | undefined },
): { readonly items: T[]; readonly paging: PagingMetadata } {
  const paging = { offset, limit, totalCount: items.length };
  return { items: items.slice(offset, offset + limit), paging: { ...paging, pagination: paging } };
}

/** ISO 8601, as the public API writes times. */
export const iso = (ms: number): string => new Date(ms).toISOString();
