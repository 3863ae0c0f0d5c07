/** Files that are no configuration, and values that are not what they look like. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config.js';
import { LonghaulError } from '../../src/run/failures/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(content: string): string {
  const file = join(folder, 'longhaul.yaml');
  writeFileSync(file, content);
  return file;
}

describe('a file of keys that is taken for the configuration', () => {
  it.each([
    'DOMINO_API_KEY=hunter2-hunter2',
    'hunter2-hunter2',
    '- hunter2-hunter2',
    'connections: hunter2-hunter2',
    'connections: { domino-dev: hunter2-hunter2 }',
    'connections: [hunter2-hunter2]',
  ])('is refused and not shown: %s', (content) => {
    expect(() => loadConfig({ file: write(content), env: {} })).toThrow(/^(?!.*hunter2)/s);
    expect(() => loadConfig({ file: write(content), env: {} })).toThrow(LonghaulError);
  });
});

it('the usual file that is there and cannot be read is not taken for none', () => {
  const before = process.cwd();
  const here = mkdtempSync(join(tmpdir(), 'longhaul-config-'));
  mkdirSync(join(here, 'longhaul.yaml'));
  process.chdir(here);
  try {
    expect(() => loadConfig({ env: {} })).toThrow('longhaul.yaml cannot be read');
  } finally {
    process.chdir(before);
    rmSync(here, { recursive: true });
  }
});

it.each(['', 'false', 'true', '[7]', '"0x10"', '"1e3"', '" "'])(
  'a number is a number, and not what counts as one: %s',
  (written) => {
    expect(() => loadConfig({ file: write(`worker: { cachedRuns: ${written} }\n`), env: {} })).toThrow(
      'worker.cachedRuns',
    );
  },
);
