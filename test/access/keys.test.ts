import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type NewKey,
  createKey,
  createKeyring,
  listKeys,
  newKeyId,
  revokeKey,
} from '../../src/access/keys.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-keys-'));
  file = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const newKey = (more: Partial<NewKey> = {}): NewKey => ({
  id: newKeyId(),
  name: 'nightly',
  role: 'operator',
  pipelines: ['*'],
  connections: ['*'],
  createdBy: 'ada',
  ...more,
});

describe('an API key', () => {
  it('has an id and 256 random bits, of which the file holds a hash only', async () => {
    const { key, summary } = await createKey(file, newKey({ id: 'abc1234567' }));
    expect(key).toMatch(/^lh_abc1234567_[\w-]{43}$/);
    const secret = key.slice('lh_abc1234567_'.length);
    expect(readFileSync(file, 'utf8')).not.toContain(secret);
    expect(JSON.stringify([summary, await listKeys(file)])).not.toContain('hash');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not made where its file cannot be written, and says why', async () => {
    await expect(createKey('/proc/keys.json', newKey())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: '/proc/keys.json.lock cannot be written: ENOENT',
    });
    writeFileSync(file, '');
    await expect(createKey(`${file}/keys.json`, newKey())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file} cannot be made: EEXIST`,
    });
  });

  it('is found with its grant in the text of the file', async () => {
    const { key, summary } = await createKey(file, newKey({ pipelines: ['train-and-deploy'] }));
    expect(createKeyring(readFileSync(file, 'utf8'), file).principalOf(key)).toEqual({
      id: summary.id,
      name: 'nightly',
      kind: 'key',
      grants: [{ role: 'operator', pipelines: ['train-and-deploy'], connections: ['*'] }],
    });
  });

  it('is not made with what the file could not hold', async () => {
    await expect(createKey(file, newKey({ id: 'NO', pipelines: [] }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('keys[0].pipelines'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stays revoked since when it was', async () => {
    const { summary } = await createKey(file, newKey());
    const first = await revokeKey(file, summary.id);
    const second = await revokeKey(file, summary.id);
    expect(first.already).toBe(false);
    expect(second).toEqual({ summary: first.summary, already: true });
    await expect(revokeKey(file, 'nosuchkey1')).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
  });
});

describe('the keys file', () => {
  it('loses nothing when many create and revoke at once, and leaves nothing beside it', async () => {
    const { summary } = await createKey(file, newKey({ name: 'old' }));
    const names = Array.from({ length: 20 }, (_, index) => `key ${index}`);
    await Promise.all([
      ...names.map((name) => createKey(file, newKey({ name }))),
      revokeKey(file, summary.id),
    ]);
    const keys = await listKeys(file);
    expect(keys.map(({ name }) => name).sort()).toEqual([...names, 'old'].sort());
    expect(keys.find(({ name }) => name === 'old')?.revokedAt).toBeDefined();
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('takes over the lock of a command that died', async () => {
    writeFileSync(`${file}.lock`, 'desk 1\n');
    const minuteAgo = Date.now() / 1_000 - 60;
    utimesSync(`${file}.lock`, minuteAgo, minuteAgo);
    await Promise.all([createKey(file, newKey()), createKey(file, newKey()), createKey(file, newKey())]);
    expect(await listKeys(file)).toHaveLength(3);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('may begin with a byte order mark', async () => {
    writeFileSync(file, '\uFEFF{"keys":[]}');
    await createKey(file, newKey());
    expect(await listKeys(file)).toHaveLength(1);
  });

  it.each(['ad\u200ba', 'ada\u202e', 'a\nb', 'ｃｌｉ'])(
    'takes no key of a name that misleads: %j',
    async (name) => {
      await expect(createKey(file, newKey({ name }))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
      await expect(createKey(file, newKey({ owner: name }))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    },
  );

  it('stays where a link points to', async () => {
    symlinkSync('real.json', file);
    writeFileSync(join(folder, 'real.json'), '{"keys":[]}');
    await createKey(file, newKey());
    expect(JSON.parse(readFileSync(join(folder, 'real.json'), 'utf8'))).toMatchObject({
      keys: [{ name: 'nightly' }],
    });
  });

  it.each<[string, (text: string) => string, string]>([
    ['is cut off', (text) => text.slice(0, -9), 'keys.json is not JSON'],
    ['is empty', () => '', 'keys.json is not JSON'],
    ['names another role', (text) => text.replace('operator', 'root'), 'keys.json: keys[0].role: '],
    ['lost a hash', (text) => text.replace(/"hash": "\w+"/, '"hash": ""'), 'keys.json: keys[0].hash: '],
    ['has a key that nobody knows', (text) => text.replace('"name"', '"nam"'), 'keys.json: keys[0]'],
    [
      'has an id twice',
      (text) => text.replace(/(\{\s+"id"[^}]+\})/, '$1, $1'),
      'keys.json: keys[1].id is there twice',
    ],
  ])('is refused when it %s, and not overwritten', async (_, spoil, message) => {
    await createKey(file, newKey());
    const spoiled = spoil(readFileSync(file, 'utf8'));
    writeFileSync(file, spoiled);
    await expect(createKey(file, newKey())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
    expect(readFileSync(file, 'utf8')).toBe(spoiled);
  });
});
