/** Payloads are encrypted by the first key and decrypted by whichever they name, in one namespace only. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { createCipher, isEncrypted } from '../../src/encryption/cipher.js';

const old = { id: '2026-10', bytes: randomBytes(32) };
const recent = { id: '2026-11', bytes: randomBytes(32) };
const plain = defaultPayloadConverter.toPayload({ command: 'python train.py' });
const valueOf = (payload: typeof plain): unknown => defaultPayloadConverter.fromPayload(payload);

describe('an encrypted payload', () => {
  it('says nothing of what it holds but the key, and comes back as it was', () => {
    const cipher = createCipher([old], 'default');
    const encrypted = cipher.encrypt(plain);
    expect(isEncrypted(encrypted)).toBe(true);
    expect(Buffer.from(encrypted.data ?? []).includes('python')).toBe(false);
    expect(Object.keys(encrypted.metadata ?? {})).toEqual(['encoding', 'encryption-key-id']);
    expect(valueOf(cipher.decrypt(encrypted))).toEqual({ command: 'python train.py' });
  });

  it('differs each time, and is not encrypted twice', () => {
    const cipher = createCipher([old], 'default');
    const encrypted = cipher.encrypt(plain);
    expect(cipher.encrypt(plain).data).not.toEqual(encrypted.data);
    expect(cipher.encrypt(encrypted)).toBe(encrypted);
  });

  it('is read by the key that it names while others encrypt', () => {
    const before = createCipher([old], 'default').encrypt(plain);
    const rotated = createCipher([recent, old], 'default');
    expect(valueOf(rotated.decrypt(before))).toEqual({ command: 'python train.py' });
    const after = rotated.encrypt(plain);
    expect(() => createCipher([old], 'default').decrypt(after)).toThrow(
      'a payload is encrypted with the key "2026-11", which is not among encryption.keys',
    );
  });

  it('is refused where it was changed, by another key of its name, and in another namespace', () => {
    const encrypted = createCipher([old], 'default').encrypt(plain);
    const data = Buffer.from(encrypted.data ?? []);
    data.writeUInt8(data.readUInt8(20) ^ 1, 20);
    const refusal = 'cannot be decrypted with the key 2026-10';
    expect(() => createCipher([old], 'default').decrypt({ ...encrypted, data })).toThrow(refusal);
    expect(() => createCipher([old], 'default').decrypt({ ...encrypted, data: data.subarray(0, 5) })).toThrow(
      refusal,
    );
    expect(() => createCipher([{ ...old, bytes: recent.bytes }], 'default').decrypt(encrypted)).toThrow(
      refusal,
    );
    expect(() => createCipher([old], 'other').decrypt(encrypted)).toThrow(refusal);
  });
});

describe('a payload from before encryption', () => {
  it('is read as it is', () => {
    expect(createCipher([old], 'default').decrypt(plain)).toBe(plain);
  });
});

describe('without keys', () => {
  it('nothing is encrypted, and what is encrypted is refused by the name of its key', () => {
    const { encrypt, decrypt } = createCipher([], 'default');
    expect(encrypt(plain)).toBe(plain);
    expect(decrypt(plain)).toBe(plain);
    expect(() => decrypt(createCipher([old], 'default').encrypt(plain))).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_UNREADABLE', message: expect.stringContaining('"2026-10"') }),
    );
  });
});
