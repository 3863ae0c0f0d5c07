/** Whether the platform answers at all, for those to whom something in between has answered for long. */
import { setTimeout as delay } from 'node:timers/promises';
import { credentialCodes } from '../../run/connections.js';
import { type FailureCode, LonghaulError } from '../../run/failures/errors.js';
import { PlatformError } from '../../platform/errors.js';
import { createSharedLooks } from './looks.js';

/** Asks the platform who this is, whatever is known of the credential. */
export type WhoAmI = () => Promise<unknown>;

/** Why a credential is not accepted. */
export interface Refused {
  readonly code: FailureCode;
  readonly message: string;
}

/**
 * What the connection answers where no run asks: the platform `answers`, so that what is asked elsewhere is of this endpoint
 * alone; nothing comes from it, as in an `outage`; or the credential is refused, by the platform or on the way to it.
 */
export type Elsewhere = 'answers' | 'outage' | Refused;

/** So many runs ask at the same time, when something in between answers them all. */
const sharedForMs = 10_000;
/** A try has less time than a request may take. */
const withinMs = 10_000;

/** Asks it, for all that doubt it at the same time. */
export function createElsewhere(whoAmI: WhoAmI): () => Promise<Elsewhere> {
  const looks = createSharedLooks();
  const ask = (): Promise<Elsewhere> =>
    refusalOf(whoAmI).then(
      (refused) => refused ?? 'answers',
      () => 'outage',
    );
  return () =>
    Promise.race([
      looks.share('whoAmI', sharedForMs, ask),
      delay(withinMs, 'outage' as const, { ref: false }),
    ]);
}

/** By these too the platform says that it knows whose credential it is. */
const otherRefusals: readonly FailureCode[] = [
  'PERMISSION_DENIED',
  'QUOTA_EXCEEDED',
  'REQUEST_REJECTED',
  'NOT_FOUND',
];

/**
 * Why the credential is not accepted; `null` when it is. Everything else that goes wrong is thrown. A gateway that lets
 * nobody in without a valid key says so by 401 as well, in words of its own.
 */
export async function refusalOf(whoAmI: WhoAmI): Promise<Refused | null> {
  try {
    await whoAmI();
    return null;
  } catch (error) {
    const known = error instanceof PlatformError || error instanceof LonghaulError ? error : null;
    if (known instanceof PlatformError && known.status === 401)
      return { code: 'CREDENTIALS_REJECTED', message: known.message };
    if (known !== null && otherRefusals.includes(known.code)) return null;
    if (known === null || !credentialCodes.some((code) => code === known.code)) throw error;
    return { code: known.code, message: known.message };
  }
}
