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

describe('a file of Temporal’s settings that cannot be read', () => {
  const toml = (content: string) => {
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, content);
    return () => loadConfig({ file: write('{}'), env: { TEMPORAL_CONFIG_FILE: file } });
  };

  it.each([
    ['a key that is not closed', '[profile.default]\napi_key = "hunter2-hunter2\naddress = "a:1"\n', 2, 27],
    ['a key without quotes', '[profile.default]\n\napi_key = hunter2-hunter2\n', 3, 11],
    [
      'a private key of several lines',
      '[profile.default.tls]\nclient_key_data = "-----BEGIN PRIVATE KEY-----\nhunter2hunter2"\n',
      ...[2, 47],
    ],
  ])('is told of by line and column, and not shown: %s', (_, content, line, column) => {
    expect(toml(content)).toThrow(
      new RegExp(`^Temporal’s settings[^\\n]*: Invalid TOML [^\\n]* at line ${line}, column ${column}$`),
    );
    expect(toml(content)).toThrow(/^(?!.*(?:hunter2|BEGIN))/s);
  });
});

it.each(['https://ada:hunter2@host', 'https://host/?a=b', 'https://host/#x'])(
  'links do not lead to an address that they would break, or that tells a password: %s',
  (url) => {
    const load = () => loadConfig({ file: write(`server: { publicUrl: '${url}' }\n`), env: {} });
    expect(load).toThrow('server.publicUrl');
    expect(load).toThrow(/^(?!.*hunter2)/s);
  },
);

it('a fault is one line, whatever a key is called', () => {
  expect(() =>
    loadConfig({ file: write('connections: { "a\\n✔ all is well": { platform: domino } }\n'), env: {} }),
  ).toThrow(/^[^\n]*connections\.a\\n✔ all is well[^\n]*$/);
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
