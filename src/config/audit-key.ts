/** The key that seals the audit log. */
import { type Config, readSecret } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';

/** As long as what it makes. */
const keyBytes = 32;

/**
 * The key as it is now; `undefined` when none is configured.
 * @throws LonghaulError `CREDENTIALS_MISSING`, or `CONFIG_INVALID` when it is too short
 */
export function readAuditKey({ audit: { key } }: Pick<Config, 'audit'>): string | undefined {
  if (key === undefined) return undefined;
  const value = readSecret(key);
  if (Buffer.byteLength(value) >= keyBytes) return value;
  throw new LonghaulError('CONFIG_INVALID', `audit.key has less than ${keyBytes} bytes`);
}
