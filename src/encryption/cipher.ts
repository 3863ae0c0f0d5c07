/**
 * Encrypts payloads of Temporal: inputs, outputs, memos, summaries and heartbeats, as its server stores them. Ids, names of
 * workflows and activities, search attributes and messages of failures are no payloads and stay readable.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { LonghaulError } from '../run/failures/errors.js';

/** A payload as Temporal's SDK has it. */
export type { Payload } from '@temporalio/common';

/** A key of AES-256: its name, which is stored beside what it has encrypted, and its 32 bytes. */
export interface PayloadKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Both leave alone what is encrypted, or plain, already. */
export interface PayloadCipher {
  encrypt(payload: Payload): Payload;
  /** @throws LonghaulError `PAYLOAD_UNREADABLE` for a key that is not there and for what was changed on the way */
  decrypt(payload: Payload): Payload;
}

const { Payload: PayloadBytes } = proto.temporal.api.common.v1;
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();
const bytesOf = (value: string): Uint8Array => Buffer.from(value);

/** The name that Temporal's own examples use: its Web UI offers to decode such payloads. */
const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';
const ivBytes = 12;
const tagBytes = 16;

/** Whether a payload is one of ours, encrypted. */
export const isEncrypted = ({ metadata }: Payload): boolean => text(metadata?.['encoding']) === encoding;

/**
 * A cipher of one namespace: what was encrypted for another one is refused. The first key encrypts, each decrypts what names
 * it, so a new key is added behind the others everywhere before it becomes the first one. Without keys, nothing is encrypted,
 * and what another process has encrypted is refused by the name of its key.
 */
export function createCipher(all: readonly PayloadKey[], namespace: string): PayloadCipher {
  const [first] = all;
  const keys = new Map(all.map((key) => [key.id, key]));
  return {
    encrypt: (payload) =>
      first === undefined || isEncrypted(payload) ? payload : sealed(payload, first, namespace),
    decrypt: (payload) => {
      if (!isEncrypted(payload)) return payload;
      const id = text(payload.metadata?.[keyIdField]);
      const key = keys.get(id);
      if (key !== undefined) return opened(payload, key, namespace);
      throw new LonghaulError(
        'PAYLOAD_UNREADABLE',
        `a payload is encrypted with the key ${JSON.stringify(id.slice(0, 100))}, which is not among encryption.keys: add it there`,
      );
    },
  };
}

function sealed(payload: Payload, { id, bytes }: PayloadKey, namespace: string): Payload {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(contextOf(id, namespace));
  const data = Buffer.concat([
    iv,
    cipher.update(PayloadBytes.encode(payload).finish()),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return { metadata: { encoding: bytesOf(encoding), [keyIdField]: bytesOf(id) }, data };
}

function opened({ data }: Payload, { id, bytes }: PayloadKey, namespace: string): Payload {
  const sealedData = data ?? new Uint8Array();
  const iv = sealedData.subarray(0, ivBytes);
  const end = sealedData.length - tagBytes;
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, iv, { authTagLength: tagBytes })
      .setAAD(contextOf(id, namespace))
      .setAuthTag(sealedData.subarray(end));
    const { metadata, data: plain } = PayloadBytes.decode(
      Buffer.concat([decipher.update(sealedData.subarray(ivBytes, end)), decipher.final()]),
    );
    return { metadata, data: plain };
  } catch (cause) {
    throw new LonghaulError(
      'PAYLOAD_UNREADABLE',
      `a payload cannot be decrypted with the key ${id}: the key of that name is another one, or the payload was changed or comes from another namespace`,
      { cause },
    );
  }
}

const contextOf = (keyId: string, namespace: string): Uint8Array =>
  bytesOf(JSON.stringify([namespace, keyId]));
