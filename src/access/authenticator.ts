/** Who sends a request: judged by its Authorization header alone. */
import { decodeJwt } from 'jose';
import type { Config } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';
import { type ProxyOf, jwksFile } from './issuer-keys.js';
import { checkKeysPlace } from './keys-file.js';
import { type Keyring, createKeyring } from './keys.js';
import type { Principal } from './principal.js';
import { type TokenVerifier, createTokenVerifier } from './tokens.js';
import { createWatchedFile } from './watched-file.js';

/** Longer is no key and no token of ours, and is not worth decoding. */
const maxHeaderLength = 8_192;

export interface Authenticator {
  /** Whether anybody can be let in: a keys file or an issuer is configured. */
  readonly configured: boolean;
  /**
   * Takes `Bearer lh_…` for an API key and any other bearer for a token.
   *
   * @throws LonghaulError `UNAUTHENTICATED`; `ISSUER_UNREACHABLE`; `CONFIG_INVALID` when the keys file is missing
   * or malformed, with what is wrong as its cause
   */
  authenticate(authorizationHeader: string | undefined): Promise<Principal>;
  /** @throws LonghaulError `CONFIG_INVALID` while a file of keys, ours or an issuer’s, is in a place that cannot be watched */
  checkPlaces(): Promise<void>;
  /** @throws LonghaulError `CONFIG_INVALID`, also while the keys file is missing or malformed */
  ready(): Promise<void>;
}

/**
 * An authenticator for `access` of the configuration. A change of the keys file counts within a second or so. `proxyOf`
 * says which proxy is on the way to an issuer.
 *
 * @throws LonghaulError `CONFIG_INVALID` when an issuer cannot be used
 */
export function createAuthenticator(
  { keysFile, tokens }: Config['access'],
  { proxyOf = () => undefined }: { readonly proxyOf?: ProxyOf } = {},
): Authenticator {
  const verifiers = new Map<string, TokenVerifier>();
  for (const issuer of tokens) {
    if (verifiers.has(issuer.issuer))
      throw new LonghaulError('CONFIG_INVALID', `access.tokens: ${issuer.issuer} is there twice`);
    verifiers.set(issuer.issuer, createTokenVerifier(issuer, { proxyOf }));
  }
  const files = [keysFile, ...tokens.map(({ jwks }) => jwksFile(jwks))].filter((file) => file !== undefined);
  const checkPlaces = async (): Promise<void> => {
    for (const file of files) await checkKeysPlace(file);
  };
  const keyring = keysFile === undefined ? undefined : watchKeys(keysFile);
  return {
    configured: keysFile !== undefined || tokens.length > 0,
    authenticate: async (header) => {
      const credential = credentialOf(header);
      if (credential.startsWith('lh_'))
        return keyring ? (await keyring()).principalOf(credential) : refuseKeys();
      return verifierOf(verifiers, credential).verify(credential);
    },
    checkPlaces,
    ready: async () => {
      await checkPlaces();
      await keyring?.();
    },
  };
}

function credentialOf(header: string | undefined): string {
  if (header === undefined || header === '')
    throw new LonghaulError('UNAUTHENTICATED', 'the request has no Authorization header');
  const [, credential] =
    header.length > maxHeaderLength ? [] : (/^bearer +([\w.~+/=-]+)$/i.exec(header) ?? []);
  if (credential === undefined)
    throw new LonghaulError('UNAUTHENTICATED', 'the Authorization header is not `Bearer` and a key or token');
  return credential;
}

const refuseKeys = (): Promise<Principal> =>
  Promise.reject(new LonghaulError('UNAUTHENTICATED', 'this server takes no API keys'));

function watchKeys(file: string): () => Promise<Keyring> {
  const watched = createWatchedFile(file, (text) => createKeyring(text, file));
  return () =>
    watched.read().catch((cause: unknown) => {
      // Where the file is and what is wrong with it is for the log, not for somebody who is not let in.
      throw new LonghaulError('CONFIG_INVALID', 'the server’s keys file is missing or malformed', { cause });
    });
}

/** The issuer that a token claims; the verifier then checks the claim. */
function verifierOf(verifiers: ReadonlyMap<string, TokenVerifier>, token: string): TokenVerifier {
  let issuer: string | undefined;
  try {
    issuer = decodeJwt(token).iss;
  } catch (cause) {
    const message = 'the bearer is neither an API key nor a well-formed JSON Web Token';
    throw new LonghaulError('UNAUTHENTICATED', message, { cause });
  }
  const found = issuer === undefined ? undefined : verifiers.get(issuer);
  if (found === undefined)
    throw new LonghaulError('UNAUTHENTICATED', 'the token is refused: its issuer is not configured');
  return found;
}
