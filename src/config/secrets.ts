/** Secrets as people supply them: without what an editor, a shell or a `.env` file has put around them. */
import { LonghaulError } from '../run/failures/errors.js';

/** What a secret may hold: `header` for one that is sent in a header, `text` for one that only signs. */
export type SecretUse = 'header' | 'text';

/** Longer is no secret, but another file. */
export const maxSecretBytes = 64 * 1024;

/**
 * The secret without white space, line ends and a byte order mark around it, and without one pair of quotes.
 *
 * @throws LonghaulError `CREDENTIALS_MISSING`, naming where it comes from and never the value
 */
export function cleanSecret(value: string, where: string, use: SecretUse): string {
  const secret = withoutQuotes(value.replaceAll('\uFEFF', '').trim()).trim();
  if (secret === '') throw missing(where, 'is empty');
  if (/\0/.test(secret)) throw missing(where, 'is no UTF-8 text: is it UTF-16?');
  // Others who share it would have other bytes.
  if (secret.includes('\uFFFD')) throw missing(where, 'is no UTF-8 text');
  if (/[\n\r]/.test(secret)) throw missing(where, 'has more than one line');
  if (/\p{Cc}/u.test(secret)) throw missing(where, 'holds a control character');
  if (use === 'header' && /[^\x20-\x7e]/.test(secret))
    throw missing(where, 'holds a character that no header may have: only printable ASCII is allowed');
  return secret;
}

const withoutQuotes = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;

const missing = (where: string, what: string): LonghaulError =>
  new LonghaulError('CREDENTIALS_MISSING', `${where} ${what}`);
