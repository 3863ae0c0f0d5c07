/** Whether a connection works: its host answers, and its credential is accepted. */
import { type FailureCode, LonghaulError } from '../run/failures/errors.js';
import { PlatformError } from './errors.js';
import type { Platform } from './readings.js';
import type { PlatformConnection } from './transport.js';

/** `line` says in words what was found; no secret, no query string. */
export type Probe =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly line: string; readonly code: FailureCode };

/** Asks the host of a connection for its version and for whose credential this is. Changes nothing. */
export async function probeConnection(platform: Platform, connection: PlatformConnection): Promise<Probe> {
  const reading = platform.read(connection);
  try {
    const version = await reading.version();
    const user = await reading.whoAmI();
    return {
      ok: true,
      line: `${connection.url} is ${platform.name} ${version}; the credential is ${user}’s`,
    };
  } catch (error) {
    if (error instanceof PlatformError || error instanceof LonghaulError)
      return { ok: false, line: `${error.code}: ${error.message}`, code: error.code };
    throw error;
  }
}
