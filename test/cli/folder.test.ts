import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFolder } from '../../src/cli/folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const read = () => readFolder({ path: ['revision', 'files'], folder });

describe('a folder as a value of an input', () => {
  it('is the texts of its files by their path', async () => {
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'requirements.txt'), 'pandas==2.2.3\n');
    writeFileSync(join(folder, 'lib', 'ä.txt'), 'é');
    expect(await read()).toEqual({
      path: ['revision', 'files'],
      value: { 'lib/ä.txt': 'é', 'requirements.txt': 'pandas==2.2.3\n' },
    });
  });

  it.each<[string, () => void, RegExp]>([
    ['is not there', () => rmSync(folder, { recursive: true }), /cannot be read/],
    ['is empty', () => undefined, /holds no files/],
    [
      'holds what is no text',
      () => writeFileSync(join(folder, 'model.bin'), Buffer.from([0xff, 0xfe, 0x00])),
      /model\.bin is no text in UTF-8; .*sourceEnvironment/,
    ],
    [
      'is too large',
      () => writeFileSync(join(folder, 'a'), 'x'.repeat(300_000)),
      /is larger than 256 KiB; .*sourceEnvironment/,
    ],
    [
      'leads elsewhere',
      () => symlinkSync('/etc/passwd', join(folder, 'passwd')),
      /passwd is neither a file nor a folder/,
    ],
  ])('that %s is refused with what to do', async (_, make, message) => {
    make();
    const refused = read();
    await expect(refused).rejects.toThrow(message);
    mkdirSync(folder, { recursive: true });
  });
});
