/** The keys by which payloads of Temporal are encrypted. */
import { type Config, readSecret } from '../config.js';
import type { PayloadKey } from '../encryption/cipher.js';
import { LonghaulError } from '../run/failures/errors.js';

/** AES-256. */
const keyBytes = 32;

/**
 * The keys as they are now, the first of which encrypts; none where none is configured.
 *
 * @throws LonghaulError `CREDENTIALS_MISSING`, or `CONFIG_INVALID` for one that is not 32 bytes in Base64
 */
export const readPayloadKeys = ({ encryption }: Pick<Config, 'encryption'>): readonly PayloadKey[] =>
  encryption.keys.map(({ id, secret }) => {
    const value = readSecret(secret);
    const bytes = Buffer.from(value, 'base64');
    if (bytes.length === keyBytes && /^[A-Za-z0-9+/_-]{43}=?$/.test(value)) return { id, bytes };
    throw new LonghaulError(
      'CONFIG_INVALID',
      `encryption.keys: ${id} is not ${keyBytes} bytes in Base64; make one with \`openssl rand -base64 ${keyBytes}\``,
    );
  });
