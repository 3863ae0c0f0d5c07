/** Services of the configuration: what is refused, and how their secrets are kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig, serviceOf, documentsIn } from '../../src/config.js';
import { secretValuesOf } from '../../src/config/secret-values.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-services-'));
  writeFileSync(join(folder, 'token'), 'a-token\n');
  writeFileSync(join(folder, 'key'), 'a-key');
});
afterEach(() => rmSync(folder, { recursive: true }));

function configOf(services: object) {
  const file = join(folder, 'longhaul.yaml');
  writeFileSync(file, JSON.stringify({ services }));
  return loadConfig({ file, env: {} });
}
const url = 'https://features.example.com/v2';

describe('a service of the configuration', () => {
  it('is named with what it takes, and has its secrets read at each request', () => {
    const config = configOf({
      features: {
        ...{ url, methods: ['GET'], token: { file: join(folder, 'token') } },
        headers: { 'x-api-key': { file: join(folder, 'key') } },
      },
      reports: { url },
    });
    expect(documentsIn(config).services).toEqual(['features', 'reports']);
    expect(documentsIn(config).methodsOf('features')).toEqual(['GET']);
    expect(documentsIn(config).methodsOf('reports')).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
    expect(documentsIn(config).methodsOf('constructor')).toBeNull();
    const { features } = config.services;
    const service = features && serviceOf(features);
    expect(service?.headers()).toEqual({ 'x-api-key': 'a-key', authorization: 'Bearer a-token' });
    writeFileSync(join(folder, 'token'), 'another-token');
    expect(service?.headers()).toMatchObject({ authorization: 'Bearer another-token' });
    expect(secretValuesOf(config)()).toEqual(expect.arrayContaining(['another-token', 'a-key']));
  });

  it.each<[string, object, string]>([
    ['a password in its URL', { url: 'https://ada:secret@features.example.com' }, 'without a password'],
    ['a query in its URL', { url: `${url}?key=1` }, 'without a query'],
    ['the secret itself', { url, token: 'a-token' }, 'never the secret itself'],
    ['no method', { url, methods: [] }, 'services.features.methods'],
    ['a method that there is not', { url, methods: ['TRACE'] }, 'services.features.methods.0'],
    ['more time than a try has', { url, timeoutMs: 600_000 }, 'services.features.timeoutMs'],
    ['authorities for http', { url: 'http://f.example.com', ca: { file: 'ca.pem' } }, 'https URL only'],
  ])('is refused with %s', (_, settings, words) => {
    expect(() => configOf({ features: settings })).toThrow(words);
  });
});
