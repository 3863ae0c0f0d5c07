/** Shared secrets of webhooks: whether one can sign, and which of several can be used at the moment. */
import { Webhook } from 'standardwebhooks';
import { LonghaulError } from '../run/failures/errors.js';

/** How a sender signs. */
type Scheme = 'standard' | 'github';

/** What is wrong with a secret; `null` when it can sign. Never a part of it. */
export function secretFault(secret: string, scheme: Scheme): string | null {
  if (scheme === 'github') return null; // any text is one
  try {
    new Webhook(secret);
    return null;
  } catch {
    return 'is malformed: it must be `whsec_` and base64';
  }
}

/** A secret that is read anew, and its place in the configuration. */
export interface NamedSecret {
  readonly name: string;
  /** Throws LonghaulError `CREDENTIALS_MISSING`. */
  read(): string;
}

/**
 * The value of a secret that can sign.
 *
 * @throws LonghaulError `CREDENTIALS_MISSING`, `CONFIG_INVALID`, with its name
 */
export function readSigner({ name, read }: NamedSecret, scheme: Scheme): string {
  let secret: string;
  try {
    secret = read();
  } catch (cause) {
    if (!(cause instanceof LonghaulError)) throw cause;
    throw new LonghaulError(cause.code, `${name}: ${cause.message}`, { cause });
  }
  const fault = secretFault(secret, scheme);
  if (fault !== null) throw new LonghaulError('CONFIG_INVALID', `${name} ${fault}`);
  return secret;
}

/** The secrets of one sender while they may change. */
export interface Signers {
  /** Those that can be used now. @throws LonghaulError when there is none, naming the first */
  usable(): readonly string[];
}

/** `report` is told of a secret that cannot be used, once until it can be used again. */
export function createSigners(
  secrets: readonly NamedSecret[],
  { scheme, report }: { readonly scheme: Scheme; readonly report: (fault: LonghaulError) => void },
): Signers {
  const reported = new Set<string>();
  return {
    usable: () => {
      const usable: string[] = [];
      let first: LonghaulError | undefined;
      for (const secret of secrets)
        try {
          usable.push(readSigner(secret, scheme));
          reported.delete(secret.name);
        } catch (error) {
          if (!(error instanceof LonghaulError)) throw error;
          first ??= error;
          if (!reported.has(secret.name)) report(error);
          reported.add(secret.name);
        }
      if (usable.length === 0 && first !== undefined) throw first;
      return usable;
    },
  };
}
