/** Certificates of authorities that a connection trusts. */
import { X509Certificate } from 'node:crypto';
import { readBytesSync, whyUnreadable } from '../documents/bytes.js';
import { LonghaulError } from '../run/failures/errors.js';

/** A bundle of all public authorities is a quarter of it. */
const maxBytes = 1024 * 1024;

/**
 * The certificates in a file, in PEM.
 *
 * @throws LonghaulError `CONFIG_INVALID`, naming the file and what is wrong with it
 */
export function readAuthorities(file: string): string {
  const fail = (what: string, cause?: unknown): never => {
    throw new LonghaulError('CONFIG_INVALID', `${file}, the ca of a connection, ${what}`, { cause });
  };
  let text: string;
  try {
    text = new TextDecoder().decode(readBytesSync(file, maxBytes));
  } catch (cause) {
    return fail(`cannot be read: ${whyUnreadable(cause)}`, cause);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return fail('holds no certificate in PEM');
  for (const [index, block] of blocks.entries())
    try {
      new X509Certificate(block);
    } catch (cause) {
      fail(`holds a certificate that cannot be read: number ${index + 1}`, cause);
    }
  return blocks.join('\n');
}
