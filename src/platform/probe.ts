/** Whether a connection works: its host answers, and its credential is accepted. */
import { type FailureCode, LonghaulError } from '../run/failures/errors.js';
import { PlatformError } from './errors.js';
import type { Platform } from './readings.js';
import type { PlatformConnection } from './transport.js';

/** `line` says in words what was found; no secret, no query string. */
export type Probe =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly line: string; readonly code: FailureCode };

/** What a platform answers, or a page in front of it, that is asked in another dialect than its own. */
const notUnderstood: readonly FailureCode[] = ['NOT_FOUND', 'ANSWER_UNEXPECTED', 'PROXY_PAGE'];

/** Somebody waits for what is found, and each of two requests may use this up: a platform that is silent for longer is found to be so. */
const answersWithinMs = 10_000;

/**
 * Asks the host of a connection for its version and for whose credential this is. One that does not understand is asked in the
 * other dialects of its platform too. Changes nothing.
 */
export async function probeConnection(platform: Platform, configured: PlatformConnection): Promise<Probe> {
  const requestTimeoutMs = Math.min(configured.requestTimeoutMs, answersWithinMs);
  const connection = { ...configured, requestTimeoutMs };
  const probe = await ask(platform, connection);
  const others = platform.dialects.filter((dialect) => dialect !== connection.dialect);
  if (probe.ok || !notUnderstood.includes(probe.code) || others.length === 0) return probe;
  for (const dialect of others)
    if ((await ask(platform, { ...connection, dialect })).ok)
      return { ...probe, line: `${probe.line}; it answers to ${dialect}: set \`dialect: ${dialect}\`` };
  const known = platform.dialects.join(' or ');
  return {
    ...probe,
    line: `${probe.line}; check its \`url\`, and its \`dialect\`, which is ${connection.dialect} (${known})`,
  };
}

async function ask(platform: Platform, connection: PlatformConnection): Promise<Probe> {
  try {
    const reading = platform.read(connection);
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
