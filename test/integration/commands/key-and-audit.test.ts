/** `longhaul key` and `longhaul audit` as their users meet them. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthenticator } from '../../../src/access/authenticator.js';
import { runCommand } from '../../support/command.js';
import { type ProgramEnd, runProgram } from '../../support/program.js';

const mainFile = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
const secret = /lh_[a-z0-9]{10}_[\w-]{43}/;
let folder: string;
let keysFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-key-'));
  keysFile = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

function longhaul(...args: string[]): Promise<ProgramEnd> {
  return longhaulWith({ LONGHAUL_KEYS_FILE: keysFile }, args);
}

const longhaulWith = (env: Readonly<Record<string, string>>, args: readonly string[]) =>
  runCommand(args, { cwd: folder, env });

/** In a process of its own. */
const longhaulApart = (...args: string[]): Promise<ProgramEnd> =>
  runProgram(process.execPath, [mainFile, ...args], {
    cwd: folder,
    env: { LONGHAUL_KEYS_FILE: keysFile, PATH: '/bin' },
  });

const idOf = (key: string): string => key.split('_')[1] ?? '';

describe('longhaul key', () => {
  it('prints a new key alone and once, lists it without its secret, and revokes it', async () => {
    const created = await longhaulApart('key', 'create', '--name', 'nightly', '--role', 'operator');
    const key = created.stdout.trim();
    expect(key).toMatch(new RegExp(`^${secret.source}$`));
    expect(created.stderr).toBe(`Key ${idOf(key)} has the role operator. It is not shown again.\n`);
    const authenticator = createAuthenticator({ keysFile, tokens: [] });
    expect(await authenticator.authenticate(`Bearer ${key}`)).toMatchObject({ name: 'nightly' });

    const listed = await longhaul('key', 'list');
    expect(listed.stdout).toMatch(/^ID {10}NAME +ROLE +PIPELINES +CONNECTIONS +CREATED +EXPIRES +STATUS\n/);
    expect(listed.stdout).toMatch(new RegExp(`\n${idOf(key)}  nightly  operator  .* never    valid\n$`));
    const rows: unknown = JSON.parse((await longhaul('key', 'list', '-o', 'json')).stdout);
    expect(rows).toMatchObject([{ id: idOf(key), status: 'valid' }]);
    expect(JSON.stringify(rows)).not.toContain('hash');

    const revoked = await longhaul('key', 'revoke', key, '--reason', 'left the team');
    expect(revoked).toMatchObject({ exitCode: 0, stdout: `${idOf(key)} is revoked\n` });
    expect((await longhaul('key', 'revoke', idOf(key), '--reason', 'again')).stdout).toContain(
      'was revoked at',
    );
    expect((await longhaul('key', 'list')).stdout).toContain('revoked');

    const trail = (await longhaul('audit', '--object', idOf(key))).stdout;
    expect(trail).toMatch(/^TIME +ACTOR +ACTION +OBJECT +OUTCOME +WHY\n/);
    expect(trail.match(/key\.(create|revoke) +\w+ +ok: \w+/g)).toHaveLength(3);
    expect(trail).toContain('left the team');
    const folderOfAudit = join(folder, '.longhaul/audit');
    for (const file of readdirSync(folderOfAudit))
      expect(readFileSync(join(folderOfAudit, file), 'utf8')).not.toMatch(secret);
  });

  it('writes the key and what it may as JSON', async () => {
    const { stdout } = await longhaul(
      ...['key', 'create', '--name', 'n', '--role', 'viewer', '--pipelines', 'train-and-deploy'],
      ...['--expires', '90d', '-o', 'json'],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      key: expect.stringMatching(secret),
      role: 'viewer',
      pipelines: ['train-and-deploy'],
      connections: ['*'],
      expiresAt: expect.any(String),
    });
  });

  it('loses no key when 20 commands create one at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const created = await Promise.all(
      names.map((name) => longhaulApart('key', 'create', '--name', name, '--role', 'viewer')),
    );
    expect(created.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
    const authenticator = createAuthenticator({ keysFile, tokens: [] });
    const holders = await Promise.all(
      created.map(({ stdout }) => authenticator.authenticate(`Bearer ${stdout.trim()}`)),
    );
    expect(holders.map(({ name }) => name)).toEqual(names);
    expect(await longhaul('audit', '--verify')).toMatchObject({
      exitCode: 0,
      stdout: '40 lines in 20 files: whole\n',
    });
  });

  it.each<[string, string[], number, string]>([
    ['an unknown id', ['revoke', 'nosuchkey1', '--reason', 'x'], 4, 'there is no key nosuchkey1'],
    ['no id', ['revoke', 'lh_x', '--reason', 'x'], 2, 'that is not the id of a key'],
    ['an unknown role', ['create', '--name', 'n', '--role', 'root'], 2, 'viewer, operator, admin'],
    [
      'an unknown pipeline',
      ['create', '--name', 'n', '--role', 'viewer', '--pipelines', 'x'],
      2,
      'no pipeline "x"',
    ],
    [
      'an unknown connection',
      ['create', '--name', 'n', '--role', 'viewer', '--connections', 'x'],
      2,
      'connection "x"',
    ],
    [
      'a format that would lose the key',
      ['create', '--name', 'n', '--role', 'viewer', '-o', 'ids'],
      2,
      'lose the key',
    ],
  ])('refuses %s', async (_, args, exitCode, message) => {
    const outcome = await longhaul('key', ...args);
    expect(outcome).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('says how the keys file is configured when it is not', async () => {
    const outcome = await longhaulWith({}, ['key', 'list']);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain('access.keysFile is not set: add `access: { keysFile: PATH }` to');
  });

  it('creates nothing when the audit log cannot be written', async () => {
    writeFileSync(join(folder, '.longhaul'), '');
    const outcome = await longhaul('key', 'create', '--name', 'n', '--role', 'admin');
    expect(outcome).toMatchObject({
      exitCode: 9,
      stdout: '',
      stderr: expect.stringContaining('AUDIT_UNAVAILABLE'),
    });
    expect(readdirSync(folder)).toEqual(['.longhaul']);
  });
});

describe('longhaul audit', () => {
  it('says that nothing fits, and finds by outcome, code and time', async () => {
    expect(await longhaul('audit')).toMatchObject({ exitCode: 0, stdout: '', stderr: 'No entry matches.\n' });
    await longhaul('key', 'revoke', 'nosuchkey1', '--reason', 'x');
    const failed = await longhaul('audit', '--outcome', 'failed', '--since', '1h', '-o', 'jsonl');
    expect(JSON.parse(failed.stdout)).toMatchObject({
      action: 'key.revoke',
      actorKind: 'local',
      outcome: 'failed',
      code: 'KEY_UNKNOWN',
      reason: 'x',
    });
    expect((await longhaul('audit', '--outcome', 'ok')).stdout).toBe('');
  });

  it('exits 1 and names the line when one was changed', async () => {
    await longhaul('key', 'create', '--name', 'n', '--role', 'viewer');
    const directory = join(folder, '.longhaul/audit');
    const [name = ''] = readdirSync(directory);
    const text = readFileSync(join(directory, name), 'utf8');
    writeFileSync(join(directory, name), text.replace('key.create', 'key.revoke'));
    expect(await longhaul('audit', '--verify')).toMatchObject({
      exitCode: 1,
      stdout: `${name}:1 was changed\n2 lines in 1 file: 1 broken\n`,
    });
  });
});

describe('longhaul config check', () => {
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

  it('counts the keys, names what is wrong with their file, and is silent where there is none', async () => {
    await longhaul('key', 'create', '--name', 'n', '--role', 'viewer');
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{');
    const sealedConfig = join(folder, 'sealed.yaml');
    writeFileSync(sealedConfig, 'audit: { key: { env: AUDIT_KEY } }\n');
    const check = async (more: Record<string, string>) =>
      (await longhaulWith({ ...env, ...more }, ['config', 'check'])).stdout;
    const [whole, spoiled, none] = await Promise.all([
      check({ LONGHAUL_KEYS_FILE: keysFile }),
      check({ LONGHAUL_KEYS_FILE: broken }),
      check({}),
    ]);
    expect(whole).toMatch(/✔ access +1 valid key, 0 issuers/);
    expect(spoiled).toMatch(/✖ access +.*broken\.json is not JSON/);
    expect(none).not.toContain('access');
    expect(none).toMatch(/✔ audit +the log is not sealed: .*; set audit\.key\n/);
    const sealed = (key: string) => check({ LONGHAUL_CONFIG: sealedConfig, AUDIT_KEY: key });
    expect(await sealed('k'.repeat(32))).toMatch(/✔ audit +the log is sealed by audit\.key\n/);
    expect(await sealed('short')).toMatch(/✖ audit +audit\.key has less than 32 bytes\n/);
  });

  it('asks nobody when it is offline, and names the key, the secrets and the audit folder that are missing', async () => {
    const settings = join(folder, 'offline.yaml');
    const apiKey = `{ file: ${join(folder, 'domino')} }`;
    writeFileSync(
      settings,
      `connections: { domino-prod: { platform: domino, url: "https://domino.invalid", apiKey: ${apiKey} } }\n`,
    );
    const check = (more: Record<string, string> = {}) =>
      longhaulWith({ ...env, LONGHAUL_CONFIG: settings, LONGHAUL_KEYS_FILE: keysFile, ...more }, [
        'config',
        'check',
        '--offline',
      ]);
    const before = await check();
    expect(before.stdout).toContain(`${keysFile} has no valid key: make one with \`longhaul key create\``);
    expect(before.stdout).toContain(`${join(folder, 'domino')} cannot be read: it is not there`);
    expect(before.exitCode).toBe(2);
    await longhaul('key', 'create', '--name', 'n', '--role', 'viewer');
    writeFileSync(join(folder, 'domino'), 'secret\n');
    const after = await check();
    expect(after.stdout).toMatch(/✔ domino-prod +its credential is there/);
    expect(after.stdout).not.toContain('Temporal');
    expect(after.exitCode).toBe(0);
    const unrecorded = await check({ LONGHAUL_AUDIT_DIRECTORY: settings });
    expect(unrecorded.stdout).toContain(`✖ audit          ${settings} is no folder\n`);
    expect(unrecorded.exitCode).toBe(9);
  });

  it('says of each probe whether its secret is there and its URL allowed, and asks none', async () => {
    const file = join(folder, 'probes.yaml');
    writeFileSync(
      file,
      JSON.stringify({
        probes: {
          drift: { url: 'http://127.0.0.1:1/drift?key=k', internal: true, token: { env: 'DRIFT' } },
          silent: { url: 'http://127.0.0.1:1/', internal: true, headers: { 'x-key': { env: 'NOWHERE' } } },
          inside: { url: 'https://10.0.0.7/metrics' },
          open: { url: 'http://metrics.example.com/' },
        },
      }),
    );
    const { stdout } = await longhaulWith({ ...env, LONGHAUL_CONFIG: file, DRIFT: 'hunter2' }, [
      'config',
      'check',
    ]);
    expect(stdout).toMatch(/✔ probe drift +127\.0\.0\.1:1 is internal, with its secret\n/);
    expect(stdout).toMatch(
      /✖ probe silent +CREDENTIALS_MISSING: the environment variable NOWHERE is not set\n/,
    );
    expect(stdout).toMatch(/✖ probe inside +10\.0\.0\.7: 10\.0\.0\.7 is not a public address; say/);
    expect(stdout).toMatch(/✖ probe open +metrics\.example\.com: its URL is not https; say/);
    expect(stdout).not.toContain('hunter2');
  });
});
