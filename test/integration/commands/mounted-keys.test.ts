/** A keys file that is mounted alone, as containers do: a real bind mount, in a mount namespace of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mountPointsIn } from '../../../src/access/mount-point.js';

const mainFile = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
let folder: string;
let mounted: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-mounted-'));
  mounted = join(folder, 'keys of the server.json');
  for (const file of [mounted, join(folder, 'host.json')]) writeFileSync(file, '{"keys":[]}');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Mounting needs privileges that a container of CI may lack: then only the reading of mountinfo is tested. */
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
if (!mayMount)
  console.warn('bind mounts are not possible here: keys files that are mounted alone are not tried');

/** Runs a command where `host.json` is mounted over the keys file of the server. */
function longhaul(
  args: readonly string[],
  more: NodeJS.ProcessEnv = { LONGHAUL_KEYS_FILE: mounted },
): { exitCode: number | null; stdout: string; stderr: string } {
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', join(folder, 'host.json'), mounted, process.execPath, mainFile, ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env['PATH'], LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0', ...more },
    },
  );
  return { exitCode: status, stdout, stderr };
}

describe('a keys file that is mounted as a single file', () => {
  it.each([
    ['server'],
    ['key', 'create', '--name', 'nightly', '--role', 'viewer'],
    ['key', 'list'],
    ['key', 'revoke', 'k3v9w2m1qa', '--reason', 'left'],
  ])('is refused with the reason by `longhaul %s %s`', (...args) => {
    if (!mayMount) return;
    const { exitCode, stderr } = longhaul(args);
    expect(stderr).toContain(
      `${mounted} is mounted as a single file: whoever has it mounted would never see a change of it, such as a revoked key; mount the folder that holds it (CONFIG_INVALID)`,
    );
    expect(exitCode).toBe(2);
    expect(readFileSync(join(folder, 'host.json'), 'utf8')).toBe('{"keys":[]}');
  });

  it.each([['server'], ['config', 'check']])(
    'is refused by `longhaul %s %s` as a file of `jwks` too',
    (...args) => {
      if (!mayMount) return;
      const issuer = { issuer: 'https://issuer.example', audience: 'longhaul', jwks: mounted, grants: {} };
      writeFileSync(join(folder, 'longhaul.yaml'), JSON.stringify({ access: { tokens: [issuer] } }));
      const { stdout, stderr } = longhaul(args, {});
      expect(stdout + stderr).toContain(`${mounted} is mounted as a single file`);
    },
  );

  it('is known by what Linux says of its mounts, also with a blank in its path', () => {
    expect(
      mountPointsIn(
        '22 1 0:20 / / rw - ext4 /dev/root rw\n90 22 0:20 /a /etc/my\\040keys.json ro,relatime shared:1 - ext4 /dev/root rw\n',
      ),
    ).toEqual(['/', '/etc/my keys.json']);
  });
});

describe('a keys file that is a folder', () => {
  it('is refused with the reason: Docker makes one where there was no file to mount', () => {
    mkdirSync(join(folder, 'keys.json'));
    const { status, stderr } = spawnSync(process.execPath, [mainFile, 'server'], {
      cwd: folder,
      encoding: 'utf8',
      env: { LONGHAUL_KEYS_FILE: join(folder, 'keys.json'), LONGHAUL_SERVER_ADDRESS: '127.0.0.1:0' },
    });
    expect(stderr).toContain(
      'keys.json is a folder: Docker makes one where a single file is mounted that is not there',
    );
    expect(status).toBe(2);
  });
});
