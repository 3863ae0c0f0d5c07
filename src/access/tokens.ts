/** JSON Web Tokens of configured issuers. */
import { type JWTPayload, errors, jwtVerify } from 'jose';
import type { Config } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';
import { isReservedName } from '../run/approvals/people.js';
import { type ProxyOf, createIssuerKeys } from './issuer-keys.js';
import type { Grant, Principal } from './principal.js';

/** Two machines’ clocks differ by less. */
const clockToleranceSeconds = 5;

/** The tokens of one issuer. */
export interface TokenVerifier {
  /** @throws LonghaulError `UNAUTHENTICATED`, saying which check failed; `ISSUER_UNREACHABLE` */
  verify(token: string): Promise<Principal>;
}

/**
 * A verifier for one of `access.tokens`.
 *
 * @throws LonghaulError `CONFIG_INVALID` when `jwks` cannot be used
 */
export function createTokenVerifier(
  { issuer, audience, jwks, algorithms, maxAgeMs, claim, grants }: Config['access']['tokens'][number],
  { proxyOf }: { readonly proxyOf: ProxyOf },
): TokenVerifier {
  const keys = createIssuerKeys(issuer, jwks, proxyOf);
  const byValue = new Map<string, Grant>(Object.entries(grants)); // a claim may say `__proto__`
  const options = {
    algorithms,
    issuer,
    audience,
    // Left alone, jose takes tokens that never expire.
    requiredClaims: ['exp', 'sub', 'iat'],
    maxTokenAge: maxAgeMs / 1_000,
    clockTolerance: clockToleranceSeconds,
  };
  return {
    verify: async (token) => {
      try {
        const { payload } = await jwtVerify(token, keys, options);
        const groups = groupsOf(payload[claim], byValue);
        return principalOf(issuer, payload, {
          groups,
          grants: groups.flatMap((one) => byValue.get(one) ?? []),
        });
      } catch (cause) {
        if (cause instanceof LonghaulError) throw cause;
        throw new LonghaulError('UNAUTHENTICATED', `the token is refused: ${reasonOf(cause)}`, { cause });
      }
    },
  };
}

/** The values that the configuration names. Somebody who has none is known, and may do nothing. */
function groupsOf(value: unknown, byValue: ReadonlyMap<string, Grant>): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string' && byValue.has(one));
}

function principalOf(
  issuer: string,
  payload: JWTPayload,
  allowed: Required<Pick<Principal, 'groups' | 'grants'>>,
): Principal {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub === '')
    throw new LonghaulError('UNAUTHENTICATED', 'the token is refused: its claim "sub" is empty');
  const names = [payload['preferred_username'], payload['email'], payload['name'], sub];
  const id = `${issuer}#${sub}`;
  // What a token calls itself is for people to read: it must not pass for a part of Longhaul.
  const isUsable = (one: unknown): one is string =>
    typeof one === 'string' && one !== '' && !isReservedName(one);
  return { id, name: names.find(isUsable) ?? id, kind: 'token', ...allowed };
}

/** Which check failed. Never a part of the token: jose’s own messages are not passed on. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return claimReason(error.claim, error.reason);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its signature algorithm is not accepted';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no key that fits it';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'it does not say which key of the issuer fits';
  return 'it is not a well-formed JSON Web Token';
}

function claimReason(claim: string, reason: string): string {
  if (reason === 'missing') return `its claim "${claim}" is missing`;
  switch (claim) {
    case 'exp':
      return 'it has expired';
    case 'nbf':
      return 'it is not valid yet';
    case 'iat':
      return 'it was issued too long ago, or in the future';
    case 'iss':
      return 'it is of another issuer';
    case 'aud':
      return 'it is for another audience';
    default:
      return `its claim "${claim}" is wrong`;
  }
}
