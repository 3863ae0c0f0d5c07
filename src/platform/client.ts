/** The typed client of a platform, derived from its contract: `domino.jobs.start({ body })`. */
import { type Contract, type Input, type Output, walk } from '../contract/endpoint.js';
import { type CallInput, type CallOptions, call } from './call.js';
import { type PlatformConnection, createTransport } from './transport.js';

/** Two plain levels, so that the compiler never recurses. */
export type PlatformClient<C extends Contract> = {
  readonly [G in keyof C]: {
    readonly [E in keyof C[G]]: (input: Input<C[G][E]>, options?: CallOptions) => Promise<Output<C[G][E]>>;
  };
};

/** A client for one connection. Every call is one request; see `call` for what it throws. */
export function createPlatformClient<C extends Contract>(
  contract: C,
  connection: PlatformConnection,
): PlatformClient<C> {
  const transport = createTransport(connection);
  const groups: Record<string, Record<string, unknown>> = {};
  for (const named of walk(contract)) {
    const group = (groups[named.group] ??= {});
    group[named.name] = (input: CallInput, options?: CallOptions) =>
      call(connection, transport, named, input, options);
  }
  return groups as PlatformClient<C>; // built from the very table that the type is computed from
}
