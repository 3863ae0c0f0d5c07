/** Digests in workflow code, which has no encoder of text and no library of Node. */
import sha256 from 'fast-sha256';

/** SHA-256, 64 hexadecimal digits. */
export const sha256Of = (bytes: Uint8Array): string =>
  Array.from(sha256.hash(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes of a text as they are sent; half a character becomes U+FFFD, as every encoder has it. */
export function utf8Of(text: string): Uint8Array {
  const encoded = encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
  const bytes = encoded.replaceAll(/%(..)/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 16)),
  );
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}
