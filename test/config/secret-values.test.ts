import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config.js';
import { secretValuesOf } from '../../src/config/secret-values.js';

describe('what must not turn up in text', () => {
  afterEach(() => {
    for (const name of ['HTTPS_PROXY', 'no_proxy']) Reflect.deleteProperty(process.env, name);
  });
  const values = () => secretValuesOf(loadConfig({ env: {} }))();

  it('is the password of a proxy of the environment, also alone', () => {
    process.env['HTTPS_PROXY'] = 'http://ada:a-password@proxy:3128';
    process.env['no_proxy'] = 'http://ada:not-a-proxy@elsewhere';
    expect(values()).toEqual(['http://ada:a-password@proxy:3128', 'a-password']);
  });

  it('is the password of a proxy that is written without its scheme', () => {
    process.env['HTTPS_PROXY'] = 'ada:a-password@proxy:3128';
    expect(values()).toContain('a-password');
  });

  it('is what follows all words that stand before a secret, as it is sent', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-values-'));
    const file = join(folder, 'longhaul.yaml');
    writeFileSync(join(folder, 'key'), 'Token Bearer the-key');
    const apiKey = { file: join(folder, 'key') };
    const connections = { here: { platform: 'ubiops', url: 'https://here', apiKey } };
    writeFileSync(file, JSON.stringify({ connections }));
    expect(secretValuesOf(loadConfig({ file, env: {} }))()).toContain('the-key');
    rmSync(folder, { recursive: true });
  });

  it('is no proxy without a password', () => {
    process.env['HTTPS_PROXY'] = 'http://proxy:3128';
    expect(values()).toEqual([]);
  });
});
