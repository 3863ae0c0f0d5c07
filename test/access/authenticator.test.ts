import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Authenticator, createAuthenticator } from '../../src/access/authenticator.js';
import { createKey, newKeyId, revokeKey } from '../../src/access/keys.js';

let folder: string;
let file: string;
let authenticator: Authenticator;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-access-'));
  file = join(folder, 'keys.json');
  authenticator = createAuthenticator({ keysFile: file, tokens: [] });
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = (expiresAt?: Date) =>
  createKey(file, {
    id: newKeyId(),
    name: 'nightly',
    role: 'viewer',
    pipelines: ['*'],
    connections: ['*'],
    createdBy: 'ada',
    ...(expiresAt && { expiresAt }),
  });

const refusal = (message: string, code = 'UNAUTHENTICATED') => expect.objectContaining({ code, message });

/** Until it is refused; the time that took. */
async function untilRefused(header: string): Promise<{ error: unknown; tookMs: number }> {
  const startedAtMs = Date.now();
  for (;;) {
    try {
      await authenticator.authenticate(header);
    } catch (error) {
      return { error, tookMs: Date.now() - startedAtMs };
    }
    await sleep(50);
  }
}

describe('a server that takes API keys', () => {
  it('is not ready while its keys file is missing or malformed', async () => {
    const missing = refusal('the server’s keys file is missing or malformed', 'CONFIG_INVALID');
    await expect(authenticator.ready()).rejects.toEqual(missing);
    writeFileSync(file, 'none');
    const second = createAuthenticator({ keysFile: file, tokens: [] });
    await expect(second.ready()).rejects.toEqual(missing);
    writeFileSync(file, '{"keys":[]}');
    const third = createAuthenticator({ keysFile: file, tokens: [] });
    await expect(third.ready()).resolves.toBeUndefined();
    await expect(createAuthenticator({ tokens: [] }).ready()).resolves.toBeUndefined();
  });
});

describe('an API key', () => {
  it('lets its holder in, whatever the case of "Bearer"', async () => {
    const { key, summary } = await make();
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect(await authenticator.authenticate(`${scheme} ${key}`)).toMatchObject({
        kind: 'key',
        id: summary.id,
      });
  });

  it('with a wrong secret and one of an unknown id get the same answer', async () => {
    const { key } = await make();
    const wrong = key.endsWith('A') ? `${key.slice(0, -1)}Q` : `${key.slice(0, -1)}A`;
    const invalid = refusal('the API key is not valid');
    await expect(authenticator.authenticate(`Bearer ${wrong}`)).rejects.toEqual(invalid);
    await expect(
      authenticator.authenticate(`Bearer ${key.replace(/lh_\w{10}/, 'lh_0000000000')}`),
    ).rejects.toEqual(invalid);
    await expect(authenticator.authenticate('Bearer lh_')).rejects.toEqual(invalid);
    await expect(authenticator.authenticate(`Bearer ${key}x`)).rejects.toEqual(invalid);
  });

  it('that has expired is refused', async () => {
    const { key, summary } = await make(new Date(Date.now() - 1));
    await expect(authenticator.authenticate(`Bearer ${key}`)).rejects.toEqual(
      refusal(`the API key ${summary.id} is expired`),
    );
  });

  it('that expires while the server runs is refused from then on', async () => {
    const { key } = await make(new Date(Date.now() + 1_000));
    await authenticator.authenticate(`Bearer ${key}`);
    const { tookMs } = await untilRefused(`Bearer ${key}`);
    expect(tookMs).toBeLessThan(5_000);
  });

  it('that is revoked is refused within 5 seconds, and the others are not', async () => {
    const [one, other] = [await make(), await make()];
    await authenticator.authenticate(`Bearer ${one.key}`);
    await revokeKey(file, one.summary.id);
    const { error, tookMs } = await untilRefused(`Bearer ${one.key}`);
    expect(error).toEqual(refusal(`the API key ${one.summary.id} is revoked`));
    expect(tookMs).toBeLessThan(5_000);
    await authenticator.authenticate(`Bearer ${other.key}`);
  });

  it('lets nobody in while the keys file is gone or broken, and again when it is back', async () => {
    const { key } = await make();
    await authenticator.authenticate(`Bearer ${key}`);
    const closed = refusal('the server’s keys file is missing or malformed', 'CONFIG_INVALID');
    renameSync(file, `${file}.away`);
    expect((await untilRefused(`Bearer ${key}`)).error).toEqual(closed);
    writeFileSync(file, '{');
    await sleep(1_100);
    await expect(authenticator.authenticate(`Bearer ${key}`)).rejects.toEqual(closed);
    renameSync(`${file}.away`, file);
    await sleep(1_100);
    await authenticator.authenticate(`Bearer ${key}`);
  });

  it('is looked for in the file by no more than one of many callers at once', async () => {
    const { key } = await make();
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => authenticator.authenticate(`Bearer ${key}`)),
    );
    expect(new Set(answers).size).toBe(1);
  });
});

describe('a request without a usable credential', () => {
  it.each([
    ['no header', undefined, 'the request has no Authorization header'],
    ['an empty header', '', 'the request has no Authorization header'],
    ['Basic', 'Basic bGg6', 'the Authorization header is not `Bearer` and a key or token'],
    ['the scheme alone', 'Bearer ', 'the Authorization header is not `Bearer` and a key or token'],
    ['a bare key', 'lh_aaaaaaaaaa_b', 'the Authorization header is not `Bearer` and a key or token'],
    ['two keys', 'Bearer lh_a lh_b', 'the Authorization header is not `Bearer` and a key or token'],
    ['a line break', 'Bearer lh_a\r\nX: y', 'the Authorization header is not `Bearer` and a key or token'],
    ['a query', 'Bearer ?access_token=lh_a', 'the Authorization header is not `Bearer` and a key or token'],
    [
      'a huge one',
      `Bearer ${'a'.repeat(9_000)}`,
      'the Authorization header is not `Bearer` and a key or token',
    ],
    ['noise', 'Bearer abc', 'the bearer is neither an API key nor a well-formed JSON Web Token'],
  ])('is refused: %s', async (_, header, message) => {
    await expect(authenticator.authenticate(header)).rejects.toEqual(refusal(message));
  });
});

describe('an authenticator', () => {
  it('says whether anything is configured, and lets nobody in when nothing is', async () => {
    expect(authenticator.configured).toBe(true);
    const nothing = createAuthenticator({ tokens: [] });
    expect(nothing.configured).toBe(false);
    await expect(nothing.authenticate(`Bearer ${(await make()).key}`)).rejects.toEqual(
      refusal('this server takes no API keys'),
    );
  });
});
