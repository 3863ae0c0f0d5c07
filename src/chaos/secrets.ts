/** Looks for the bytes of a secret: as they are, and as URLs, base64 and hexadecimal digits write them. */
import { createReadStream } from 'node:fs';

/** Whether a secret stands in something. */
export interface SecretSearch {
  inText(text: string): boolean;
  /** In any text or bytes within a value, however deep. */
  inValue(value: unknown): boolean;
  /** In a file; in one that is not there, nothing stands. */
  inFile(file: string): Promise<boolean>;
}

/** Looks for one secret. */
export function createSecretSearch(secret: string): SecretSearch {
  const forms = formsOf(secret);
  const longest = Math.max(...forms.map(({ length }) => length));
  const inText = (text: string): boolean => forms.some((form) => text.includes(form));
  const inBytes = (bytes: Uint8Array): boolean =>
    inText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
  const inValue = (value: unknown): boolean => {
    if (typeof value === 'string') return inText(value);
    if (value instanceof Uint8Array) return inBytes(value);
    if (typeof value !== 'object' || value === null) return false;
    return Object.values(value).some(inValue);
  };
  return {
    inText,
    inValue,
    async inFile(file) {
      let tail = '';
      try {
        for await (const chunk of createReadStream(file, { encoding: 'latin1' })) {
          const text = tail + String(chunk);
          if (inText(text)) return true;
          tail = text.slice(-longest);
        }
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
      return false;
    },
  };
}

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const encodings = ['base64', 'base64url'] as const;
  const inBase64 = encodings.flatMap((encoding) => [0, 1, 2].map(base64At(bytes, encoding)));
  return [secret, json, encodeURIComponent(secret), bytes.toString('hex'), ...inBase64];
}

/** What stands in base64 whatever follows, where so many bytes came before. */
const base64At =
  (bytes: Buffer, encoding: 'base64' | 'base64url') =>
  (before: number): string => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    const from = Math.ceil((before * 8) / 6);
    const whole = Math.floor(((before + bytes.length) * 8) / 24) * 4;
    return text.slice(from, whole);
  };
