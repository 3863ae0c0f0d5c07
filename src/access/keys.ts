/** API keys: `lh_<id>_<secret>`. The file holds a hash of the secret; the key itself is shown once. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { LonghaulError } from '../run/failures/errors.js';
import { hasUnseen, isReservedName } from '../run/approvals/people.js';
import { type KeyEntry, changeKeys, parseKeys, readKeys } from './keys-file.js';
import type { Principal, Role } from './principal.js';

const keyText = /^lh_([a-z0-9]{8,10})_([A-Za-z0-9_-]{43})$/;
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A key as people may see it. */
export type KeySummary = Omit<KeyEntry, 'hash'>;

/** What a new key is for. */
export interface NewKey {
  /** From `newKeyId`; states it beforehand for the audit log. */
  readonly id: string;
  readonly name: string;
  /** Whose it is: keys of one owner are one person's. Left out, the name says so. */
  readonly owner?: string;
  readonly role: Role;
  readonly pipelines: readonly string[];
  readonly connections: readonly string[];
  readonly createdBy: string;
  readonly expiresAt?: Date;
}

/** The id of a key that is about to be created. */
export const newKeyId = (): string => Array.from({ length: 10 }, () => randomInt(36).toString(36)).join('');

/**
 * Adds a key to the file. `key` in the answer is the only copy there will ever be.
 *
 * @throws LonghaulError `INPUT_INVALID` for a name that is not to be had, `CONFIG_INVALID` when the file is malformed or
 * cannot be written
 */
export async function createKey(
  file: string,
  { pipelines, connections, expiresAt, ...rest }: NewKey,
): Promise<{ readonly key: string; readonly summary: KeySummary }> {
  for (const name of [rest.name, rest.owner ?? rest.name]) refuseName(name);
  const secret = randomBytes(32).toString('base64url');
  const entry: KeyEntry = {
    ...rest,
    pipelines: [...pipelines],
    connections: [...connections],
    hash: sha256(secret).toString('hex'),
    createdAt: new Date().toISOString(),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
  };
  parseKeys(JSON.stringify({ keys: [entry] }), 'the new key'); // what the file must not hold never gets there
  await changeKeys(file, (keys) => {
    if (keys.some(({ id }) => id === entry.id))
      throw new LonghaulError('CONFLICT', `there is a key ${entry.id} already`);
    return [...keys, entry];
  });
  return { key: `lh_${entry.id}_${secret}`, summary: summaryOf(entry) };
}

function refuseName(name: string): void {
  if (hasUnseen(name))
    throw new LonghaulError(
      'INPUT_INVALID',
      `${JSON.stringify(name)} cannot be the name or the owner of a key: it has characters that nobody sees`,
    );
  if (isReservedName(name))
    throw new LonghaulError(
      'INPUT_INVALID',
      `${JSON.stringify(name)} cannot be the name or the owner of a key: it stands for a part of Longhaul, or for an id`,
    );
}

/**
 * The keys of the file, oldest first, also expired and revoked ones.
 *
 * @throws LonghaulError `CONFIG_INVALID`
 */
export const listKeys = async (file: string): Promise<readonly KeySummary[]> =>
  (await readKeys(file)).map(summaryOf);

/**
 * Makes a key useless; servers notice within seconds. A key that is revoked stays so, since when it was.
 *
 * @throws LonghaulError `KEY_UNKNOWN`, `CONFIG_INVALID`
 */
export async function revokeKey(
  file: string,
  id: string,
): Promise<{ readonly summary: KeySummary; readonly already: boolean }> {
  let answer: { summary: KeySummary; already: boolean } | undefined;
  await changeKeys(file, (keys) => {
    const found = keys.find((key) => key.id === id);
    if (found === undefined) return null;
    const revoked = { ...found, revokedAt: found.revokedAt ?? new Date().toISOString() };
    answer = { summary: summaryOf(revoked), already: found.revokedAt !== undefined };
    return answer.already ? null : keys.map((key) => (key.id === id ? revoked : key));
  });
  if (answer === undefined) throw new LonghaulError('KEY_UNKNOWN', `there is no key ${id} in ${file}`);
  return answer;
}

const summaryOf = ({ hash: _hash, ...summary }: KeyEntry): KeySummary => summary;

/** Whether a key can be used. */
export type KeyStatus = 'valid' | 'expired' | 'revoked';

/** Where a key stands at a time, in milliseconds. */
export function keyStatus({ expiresAt, revokedAt }: KeySummary, nowMs: number): KeyStatus {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs ? 'expired' : 'valid';
}

/** The keys of a file, made ready for a look-up per request. */
export interface Keyring {
  /** @throws LonghaulError `UNAUTHENTICATED` */
  principalOf(key: string): Principal;
}

/** A keyring of the text of a file. */
export function createKeyring(text: string, file: string): Keyring {
  const held = new Map(
    parseKeys(text, file).map((entry) => [
      entry.id,
      { entry, hash: Buffer.from(entry.hash, 'hex'), principal: principalOf(entry) },
    ]),
  );
  return {
    principalOf: (key) => {
      const [, id = '', secret = ''] = keyText.exec(key) ?? [];
      const found = held.get(id);
      // An unknown id and a wrong secret are the same answer; only a holder learns how the key stands.
      if (found === undefined || !timingSafeEqual(found.hash, sha256(secret)))
        throw new LonghaulError('UNAUTHENTICATED', 'the API key is not valid');
      const status = keyStatus(found.entry, Date.now());
      if (status !== 'valid') throw new LonghaulError('UNAUTHENTICATED', `the API key ${id} is ${status}`);
      return found.principal;
    },
  };
}

const principalOf = ({ id, name, owner, role, pipelines, connections }: KeyEntry): Principal => ({
  id,
  name: isReservedName(name) ? `key:${id}` : name,
  kind: 'key',
  ...(owner !== undefined && { owner }),
  grants: [{ role, pipelines, connections }],
});
