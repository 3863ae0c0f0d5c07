/** Encryption as Temporal's workers take it. */
import type { PayloadCodec } from '@temporalio/common';
import type { PayloadCipher } from './cipher.js';

/** Encrypts what a worker sends to Temporal, and decrypts what it gets. */
export const codecOf = ({ encrypt, decrypt }: PayloadCipher): PayloadCodec => ({
  encode: (payloads) => Promise.resolve(payloads.map(encrypt)),
  decode: (payloads) => Promise.resolve(payloads.map(decrypt)),
});
