/** Files that are no configuration, and values that are not what they look like. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadConfig, proxyFor } from '../../src/config.js';
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
    ['profile = 7', 'profile must be a table'],
    ['[profile]\ndefault = "hunter2"', 'profile.default must be a table'],
    ['[profile.default]\naddress = 7233', 'profile.default.address must be a text in quotes'],
    ['[profile.default]\nnamespace = ["hunter2"]', 'profile.default.namespace must be a text in quotes'],
    ['[profile.default]\napi_key = 1979-05-27', 'profile.default.api_key must be a text in quotes'],
    ['[profile.default]\ntls = true', 'profile.default.tls must be a table'],
    [
      '[profile.default.tls]\ndisabled = "true"',
      'profile.default.tls.disabled must be true or false, without quotes',
    ],
    [
      '[profile.default.tls]\nserver_ca_cert_path = 0',
      'profile.default.tls.server_ca_cert_path must be a text in quotes',
    ],
    [
      '[profile.default.tls]\nclient_key_data = {}',
      'profile.default.tls.client_key_data must be a text in quotes',
    ],
    ['[profile.default]\ngrpc_meta = "hunter2"', 'profile.default.grpc_meta must be a table'],
    ['[profile.default.grpc_meta]\nx = 1', 'profile.default.grpc_meta.x must be a text in quotes'],
    ['[profile.default]\ncodec = 1', 'profile.default.codec must be a table'],
    ['key = "hunter2"', 'the file has no [profile.<name>] section'],
  ])('is told of by its key and what is allowed, and not shown: %s', (content, problem) => {
    expect(toml(content)).toThrow(
      `Temporal’s settings (TEMPORAL_…, temporal.toml): ${join(folder, 'temporal.toml')}: ${problem}`,
    );
    expect(toml(content)).toThrow(LonghaulError);
    expect(toml(content)).toThrow(/^(?!.*hunter2)/s);
  });

  it('is read of the profile that is used, where the file has others for other tools', () => {
    toml('[profile.other]\naddress = 1\n[profile.default]\naddress = "t.example:7233"\n');
    const load = (more: object) =>
      loadConfig({
        file: write('{}'),
        env: { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml'), ...more },
      }).temporal;
    expect(load({}).connectionOptions.address).toBe('t.example:7233');
    expect(load({ TEMPORAL_ADDRESS: 'u:1' }).connectionOptions.address).toBe('u:1');
    expect(() => load({ TEMPORAL_PROFILE: 'other' })).toThrow('profile.other.address must be a text');
    expect(() => load({ TEMPORAL_PROFILE: 'third' })).toThrow("Profile 'third' not found");
    expect(() => load({ TEMPORAL_PROFILE: 'third', TEMPORAL_CONFIG_FILE: '/not/there' })).toThrow(
      "Profile 'third' not found",
    );
    expect(load({ TEMPORAL_CONFIG_FILE: '/not/there' }).connectionOptions.address).toBeUndefined();
    expect(() => load({ TEMPORAL_CONFIG_FILE: folder })).toThrow('cannot be read: it is a folder');
  });

  it.each([
    [{ TEMPORAL_TLS: 'hunter2' }, 'TEMPORAL_TLS must be true or false'],
    [{ TEMPORAL_ADDRESS: 'http://hunter2:7233' }, 'the address must be host:port, such as'],
    [{ TEMPORAL_TLS_CLIENT_CERT_DATA: 'hunter2' }, 'a client certificate and its key must both be there'],
    [{ TEMPORAL_TLS_CLIENT_KEY_PATH: 'hunter2' }, 'a client certificate and its key must both be there'],
  ])('and variables are refused where the SDK would take them for something else: %j', (env, problem) => {
    const load = () => loadConfig({ file: write('{}'), env });
    expect(load).toThrow(`Temporal’s settings (TEMPORAL_…, temporal.toml): ${problem}`);
    expect(load).toThrow(/^(?!.*hunter2)/s);
  });

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

it.each<[string, (url: string) => object]>([
  ['connections.a.url', (url) => ({ connections: { a: { platform: 'domino', url, apiKey: { env: 'K' } } } })],
  ['services.a.url', (url) => ({ services: { a: { url } } })],
  ['probes.a.url', (url) => ({ probes: { a: { url } } })],
  ['webhooks.outgoing.a.url', (url) => ({ webhooks: { outgoing: { a: { url, secret: { env: 'K' } } } } })],
  ['tracing.endpoint', (endpoint) => ({ tracing: { endpoint } })],
  [
    'access.tokens.0.jwks',
    (jwks) => ({ access: { tokens: [{ issuer: 'i', audience: 'a', jwks, grants: {} }] } }),
  ],
])('%s holds no password and names nobody', (key, settingsWith) => {
  const load = (url: string) => () => loadConfig({ file: write(JSON.stringify(settingsWith(url))), env: {} });
  for (const url of ['https://ada:hunter2@host/x', 'https://hunter2@host', 'https://\tada:hunter2@host']) {
    expect(load(url)).toThrow(new RegExp(`: ${key} must be [^\n]*without a password[^\n]*$`));
    expect(load(url)).toThrow(/^(?!.*hunter2)/s);
  }
  expect(load('https://host/x@y')).not.toThrow();
});

it.each(['https://ada:hunter2@host', 'https://host/?a=b', 'https://host/#x'])(
  'links do not lead to an address that they would break, or that tells a password: %s',
  (url) => {
    const load = () => loadConfig({ file: write(`server: { publicUrl: '${url}' }\n`), env: {} });
    expect(load).toThrow('server.publicUrl');
    expect(load).toThrow(/^(?!.*hunter2)/s);
  },
);

it.each([
  [
    'server: { address: "127.0.0.1:65536" }',
    'server.address is "127.0.0.1:65536": must have a port below 65536',
  ],
  ['connections: { __proto__: { platform: domino } }', 'there is no key "__proto__" at line 1, column 16'],
  [
    'connections: { Prod: { platform: domino } }',
    'connections.Prod has a name that is not allowed: must be lower-case letters, digits and "-"',
  ],
  [
    'services: { a: { url: "https://a", token: { env: K }, headers: { Authorization: { env: L } } } }',
    'services.a.headers has `Authorization` beside `token`: leave one of them out',
  ],
  [
    'probes: { a: { url: "https://a", token: { env: K }, headers: { authorization: { env: L } } } }',
    'probes.a.headers has `Authorization` beside `token`: leave one of them out',
  ],
  [
    'services: { a: { url: "https://a", headers: { X-A: { env: K }, x-a: { env: L } } } }',
    'services.a.headers has a header twice',
  ],
  [
    'services: { a: { url: "https://a", headers: { Content-Length: { env: K } } } }',
    'services.a.headers must have none of content-length,',
  ],
  ['tracing: { endpoint: "https://a/?b=c" }', 'must be an http(s) URL without a query or a fragment'],
  ['audit: { stdout: banana }', 'audit.stdout is "banana": must be true or false'],
])('is refused, with what is allowed: %s', (content, problem) => {
  expect(() => loadConfig({ file: write(content), env: {} })).toThrow(problem);
});

it('an empty variable of Temporal says nothing, as one of ours', () => {
  const env = { TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: '', TEMPORAL_PROFILE: '' };
  const { temporal } = loadConfig({ file: write('{}'), env });
  expect(temporal.namespace).toBeUndefined();
  expect(temporal.connectionOptions).toEqual({});
});

it('a fault is one line, whatever a key is called', () => {
  expect(() =>
    loadConfig({ file: write('connections: { "a\\n✔ all is well": { platform: domino } }\n'), env: {} }),
  ).toThrow(/^[^\n]*connections\.a\\n✔ all is well[^\n]*$/);
});

it('a proxy whose password cannot be decoded is refused, and not shown', () => {
  process.env['HTTPS_PROXY'] = 'http://ada:hun%ter2@proxy';
  try {
    expect(() => proxyFor('https://platform.example')).toThrow(
      /^the proxy that [^%]* has a `%` in its user or its password that must be written `%25`$/,
    );
  } finally {
    Reflect.deleteProperty(process.env, 'HTTPS_PROXY');
  }
});

it('the usual file that is there and cannot be read is not taken for none', () => {
  const before = process.cwd();
  const here = mkdtempSync(join(tmpdir(), 'longhaul-config-'));
  mkdirSync(join(here, 'longhaul.yaml'));
  process.chdir(here);
  try {
    expect(() => loadConfig({ env: {} })).toThrow('longhaul.yaml cannot be read: it is a folder');
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
