/** The typed client of a platform, derived from its contract: `client.jobs.start({ body })`. */
import { type Contract, type Input, type Output, walk } from '../contract/endpoint.js';
import { type CallInput, type CallOptions, call } from './call.js';
import { LonghaulError } from '../run/failures/errors.js';
import { type PlatformConnection, createTransport } from './transport.js';
import type { Dialect, Wing } from './wing.js';

/** Two plain levels, so that the compiler never recurses. */
export type PlatformClient<C extends Contract> = {
  readonly [G in keyof C]: {
    readonly [E in keyof C[G]]: (input: Input<C[G][E]>, options?: CallOptions) => Promise<Output<C[G][E]>>;
  };
};

/** A client whose endpoints are known by their names alone. */
export type AnyClient = Readonly<
  Record<string, Readonly<Record<string, (input: CallInput, options?: CallOptions) => Promise<unknown>>>>
>;

/**
 * A client for one connection. Every call is one request; see `call` for what it throws.
 *
 * @throws LonghaulError `CONFIG_INVALID` for a dialect that the wing does not define, or a proxy that cannot be used
 */
export function createPlatformClient<C extends Contract>(
  wing: Wing<C>,
  connection: PlatformConnection,
): PlatformClient<C> {
  return typedClient(wing, createAnyClient(wing, connection));
}

/** The same, whose endpoints are known by their names alone. */
export function createAnyClient(wing: Wing, connection: PlatformConnection): AnyClient {
  const { contract, refusals } = wing;
  const channel = {
    ...{ connection, refusals },
    dialect: dialectOf(wing, connection),
    transport: createTransport(wing, connection),
  };
  const groups: Record<string, Record<string, AnyClient[string][string]>> = {};
  for (const named of walk(contract)) {
    const group = (groups[named.group] ??= {});
    group[named.name] = (input, options) => call(channel, named, input, options);
  }
  return groups;
}

/** The client whose endpoints are typed by the contract that it was built from. */
export const typedClient = <C extends Contract>(_: Wing<C>, client: AnyClient): PlatformClient<C> =>
  client as unknown as PlatformClient<C>; // built from the very table that its type is computed from

function dialectOf({ name, dialects }: Wing, connection: PlatformConnection): Dialect {
  const dialect = dialects[connection.dialect];
  if (dialect !== undefined) return dialect;
  const known = Object.keys(dialects).join(', ');
  throw new LonghaulError(
    'CONFIG_INVALID',
    `connection ${connection.name}: ${name} has no dialect "${connection.dialect}"; its dialects are ${known}`,
  );
}
