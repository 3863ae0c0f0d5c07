/** Whether a connection works: its host answers, and its credential is accepted. */
import { type FailureCode, LonghaulError } from '../../pipeline/errors.js';
import { createPlatformClient } from '../client.js';
import { PlatformError } from '../errors.js';
import type { PlatformConnection } from '../transport.js';
import { dominoWing } from './index.js';

/** `line` says in words what was found; no secret, no query string. */
export type Probe =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly line: string; readonly code: FailureCode };

/** Asks a Domino host for its version and for whose credential this is. Changes nothing. */
export async function probeConnection(connection: PlatformConnection): Promise<Probe> {
  const client = createPlatformClient(dominoWing, connection);
  try {
    const { version } = await client.platform.version({});
    const { user } = await client.users.self({});
    return { ok: true, line: `${connection.url} is Domino ${version}; the credential is ${user.userName}’s` };
  } catch (error) {
    if (error instanceof PlatformError || error instanceof LonghaulError)
      return { ok: false, line: `${error.code}: ${error.message}`, code: error.code };
    throw error;
  }
}
