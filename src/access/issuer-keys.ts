/** The public keys of an issuer of tokens: from its JWKS address, or from a file. */
import { type JWTVerifyGetKey, createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose';
import { z } from 'zod';
import { createFetch } from '../egress/fetch.js';
import { LonghaulError } from '../run/failures/errors.js';
import { createWatchedFile } from './watched-file.js';

const fetching = {
  /** A request waits for it at worst. */
  timeoutDuration: 5_000,
  /** Tokens with made-up key ids make us ask the issuer no more often than this. */
  cooldownDuration: 30_000,
  /** A key that the issuer takes back is refused after this. */
  cacheMaxAge: 600_000,
} as const;

/** The proxy on the way to a URL; `undefined`: straight. */
export type ProxyOf = (url: string) => string | undefined;

const KeySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Finds the key for a token. `source` is an https URL, an http URL of this machine, or a file; `proxyOf` says which proxy
 * is on the way to a URL.
 *
 * What it returns throws LonghaulError `ISSUER_UNREACHABLE` when the keys cannot be had, and jose’s errors when
 * none of them fits.
 *
 * @throws LonghaulError `CONFIG_INVALID` for a URL that is neither
 */
export function createIssuerKeys(issuer: string, source: string, proxyOf: ProxyOf): JWTVerifyGetKey {
  const file = jwksFile(source);
  const keys = file === undefined ? remoteKeys(issuer, source, proxyOf) : fileKeys(file);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        throw cause;
      throw new LonghaulError('ISSUER_UNREACHABLE', `the keys of ${issuer} cannot be read`, { cause });
    }
  };
}

/** The file that `jwks` of an issuer names; `undefined` where it is a URL. */
export const jwksFile = (source: string): string | undefined =>
  /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? undefined : source;

function remoteKeys(issuer: string, source: string, proxyOf: ProxyOf): JWTVerifyGetKey {
  const url = URL.canParse(source) ? new URL(source) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname)))
    return createRemoteJWKSet(url, { ...fetching, [customFetch]: createFetch(proxyOf) });
  throw new LonghaulError(
    'CONFIG_INVALID',
    `access.tokens: jwks of ${issuer} must be an https URL, an http URL of this machine, or a file`,
  );
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

function fileKeys(file: string): JWTVerifyGetKey {
  const watched = createWatchedFile(file, (text) => createLocalJWKSet(KeySet.parse(JSON.parse(text))));
  return async (header, token) => (await watched.read())(header, token);
}
