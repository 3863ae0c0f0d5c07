/** What a handler of an endpoint is. A missing one is a compile error. */
import type { z } from 'zod';
import type { Endpoint, PathParameters } from '../../contract/endpoint.js';
import type { Form } from '../forms.js';
import type { Stored } from '../stored.js';
import type { Simulation } from './world/simulation.js';
import type { EffectKind } from './world/state.js';

type QueryOf<E> = E extends { query: infer Q extends z.ZodType } ? z.output<Q> : unknown;
type BodyOf<E> = E extends { bodyEncoding: 'multipart' }
  ? Form
  : E extends { body: infer B extends z.ZodType }
    ? z.output<B>
    : unknown;

/** What a request did to something. */
export interface Noted {
  readonly change: 'created' | 'changed' | 'deleted';
  readonly kind: EffectKind;
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly project: string;
  readonly deployment?: string;
  /** Texts that may hold its marker. */
  readonly texts?: readonly (string | undefined)[];
}

/** One request, read by its contract. */
export interface Call<E extends Endpoint> {
  readonly path: Readonly<Record<PathParameters<E['path']>, string>>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  /** Where the simulator was asked. */
  readonly origin: string;
  /** Notes it in the ledger and in the audit trail. */
  readonly note: (noted: Noted) => void;
}

/** A download, under the name that it has in `Content-Disposition`. */
export class Download {
  constructor(
    readonly name: string,
    readonly content: Stored | Uint8Array,
  ) {}
}

/** What an endpoint answers, in the shape of its contract. */
type Answer<E extends Endpoint> = E extends { encoding: 'bytes' } ? Download : z.input<E['response']>;

/** A handler for every endpoint of a contract. */
export type Handlers<C> = {
  readonly [G in keyof C]: {
    readonly [E in keyof C[G]]: C[G][E] extends Endpoint
      ? (simulation: Simulation, call: Call<C[G][E]>) => Answer<C[G][E]> | Promise<Answer<C[G][E]>>
      : never;
  };
};

/** As environments write times: microseconds, of which the last three are none. */
export const isoMicros = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** As revisions and builds write them. */
export const isoOffset = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');

/** As requests write them, which may not have come yet. */
export const isoOrNull = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();
