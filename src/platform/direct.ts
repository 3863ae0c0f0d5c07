/**
 * The client of a platform for programs that call it themselves: typed by its contract, one request for each call, and
 * nothing of Temporal.
 */
import { readFile } from 'node:fs/promises';
import { cleanSecret } from '../config/secrets.js';
import type { ByteStream } from '../contract/bytes.js';
import { type Contract, type Endpoint, type Input, type Output, walk } from '../contract/endpoint.js';
import { pagingOf } from '../contract/paging.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { CallInput } from './call.js';
import { createAnyClient } from './client.js';
import { type ItemOf, anyItemsOf } from './lists.js';
import type { Wing } from './wing.js';

/** A secret, where it is, or who knows it. A file and a function are asked at every call, so a secret may be renewed. */
export type Secret = string | { readonly file: string } | (() => string | Promise<string>);

/** A platform's host, and how it is reached. */
export interface DirectConnection {
  /** Where the API begins, such as `https://ml.example.com`. */
  readonly url: string;
  /** Either this or a token. */
  readonly apiKey?: Secret;
  /** A bearer token. */
  readonly token?: Secret;
  /** How its API is spelled; left out, as it usually is. */
  readonly dialect?: string;
  /**
   * How long a call may take, in milliseconds; 30 s unless stated. A call that sends a `Blob` of 1 MiB or more, or answers a stream, may take
   * longer, but not stand still for so long.
   */
  readonly requestTimeoutMs?: number;
  /** URL of an HTTP proxy; left out, straight. */
  readonly proxy?: string;
  /** Certificates in PEM that are trusted instead of the public ones. */
  readonly ca?: string;
}

/** The endpoints of a contract. */
export type DirectClient<C extends Contract> = {
  readonly [G in keyof C]: { readonly [E in keyof C[G]]: Method<C[G][E]> };
};

/**
 * Calls an endpoint once; nothing is tried again.
 *
 * @throws PlatformError with a code of the table of failures; `REQUEST_REJECTED` also for what does not fit, and then
 *   nothing was sent. `ambiguous` says of a write that it may have been carried out all the same.
 */
export type Method<E extends Endpoint> = ((...input: InputOf<E>) => Promise<Output<E>>) &
  (E['method'] extends 'GET' ? Each<E> : object) &
  (E extends { readonly encoding: 'bytes' | 'text' } ? Stream<E> : object);

type InputOf<E extends Endpoint> = object extends Input<E> ? [input?: Input<E>] : [input: Input<E>];

interface Each<E extends Endpoint> {
  /** Every item of the list once, read page by page as it is asked for. @throws TypeError where the answer is no list */
  each(...input: InputOf<E>): AsyncGenerator<ItemOf<E>>;
}

interface Stream<E extends Endpoint> {
  /** The bytes of the answer as they come, however many. */
  stream(...input: InputOf<E>): Promise<ByteStream>;
}

/**
 * A client of a wing.
 *
 * @throws LonghaulError `CONFIG_INVALID` for a connection that cannot be used
 */
export function createDirectClient<C extends Contract>(
  wing: Wing<C>,
  connection: DirectConnection,
): DirectClient<C> {
  const { url, requestTimeoutMs = 30_000, proxy, ca } = connection;
  const [usual = ''] = Object.keys(wing.dialects);
  if (!URL.canParse(url)) throw new LonghaulError('CONFIG_INVALID', 'the url of the connection is no URL');
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new LonghaulError(
      'CONFIG_INVALID',
      'the url of the connection must hold no user and no password: give its credential as apiKey or token',
    );
  const client = createAnyClient(wing, {
    name: new URL(url).host,
    ...{ url, requestTimeoutMs },
    dialect: connection.dialect ?? usual,
    credential: credentialOf(connection),
    egress: () => ({ proxy, ca }),
  });
  const groups: Record<string, Record<string, unknown>> = {};
  for (const { group, name, endpoint } of walk(wing.contract)) {
    const send = client[group]?.[name];
    if (send === undefined) continue;
    const call = (input: CallInput = {}) => send(input);
    const { encoding = 'json' } = endpoint;
    (groups[group] ??= {})[name] = Object.assign(call, {
      ...(pagingOf(endpoint) !== null && {
        each: (input: CallInput = {}) => anyItemsOf(endpoint, send, input),
      }),
      ...(['bytes', 'text'].includes(encoding) && {
        stream: (input: CallInput = {}) => send(input, { streams: true }),
      }),
    });
  }
  return groups as unknown as DirectClient<C>; // built from the very table that its type is computed from
}

function credentialOf({ apiKey, token }: DirectConnection) {
  const secret = apiKey ?? token;
  if (secret === undefined || (apiKey !== undefined && token !== undefined))
    throw new LonghaulError('CONFIG_INVALID', 'the connection needs exactly one of apiKey and token');
  const kind = apiKey === undefined ? ('bearer' as const) : ('apiKey' as const);
  return async () => ({ kind, value: await readSecret(secret, kind) });
}

async function readSecret(secret: Secret, what: string): Promise<string> {
  if (typeof secret === 'string') return cleanSecret(secret, `the ${what}`, 'header');
  if (typeof secret === 'function') return cleanSecret(await secret(), `the ${what}`, 'header');
  const text = await readFile(secret.file, 'utf8').catch((cause: unknown) => {
    throw new LonghaulError('CREDENTIALS_MISSING', `${secret.file} cannot be read`, { cause });
  });
  return cleanSecret(text, secret.file, 'header');
}
