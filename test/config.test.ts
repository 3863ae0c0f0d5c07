import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectionOf, loadConfig, readApprovalSecret, readSecret, settingRows } from '../src/config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (yaml: string): string => {
  const file = join(folder, 'longhaul.yaml');
  writeFileSync(file, yaml);
  return file;
};

const connection = `connections:
  domino-dev:
    platform: domino
    url: http://127.0.0.1:8787
    apiKey: { env: KEY }
`;

describe('loadConfig', () => {
  it('reads the file, fills in the defaults and lets the environment win', () => {
    const config = loadConfig({
      file: write(`${connection}log: { level: warn }\n`),
      env: { LONGHAUL_LOG_LEVEL: 'debug', LONGHAUL_CACHED_RUNS: '7' },
    });
    expect(config.log.level).toBe('debug');
    expect(config.worker).toMatchObject({
      cachedRuns: 7,
      activitySlots: 100,
      healthAddress: '127.0.0.1:9091',
    });
    expect(config.connections['domino-dev']).toMatchObject({
      dialect: 'v6',
      requestsPerSecond: 20,
      requestTimeoutMs: 30_000,
    });
  });

  it('takes Temporal’s settings by Temporal’s own names', () => {
    const { temporal } = loadConfig({
      file: write(connection),
      env: { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'ml' },
    });
    expect(temporal).toMatchObject({
      connectionOptions: { address: 'temporal.example:7233' },
      namespace: 'ml',
    });
  });

  it.each<[string, string, Record<string, string>, string]>([
    [
      'an unknown key',
      `${connection}  # here\nworkers: {}\n`,
      {},
      'longhaul.yaml: the file has an unknown key: workers',
    ],
    [
      'a value that does not fit, with its line',
      connection.replace('domino\n', 'sagemaker\n'),
      {},
      'longhaul.yaml:3: connections.domino-dev.platform is "sagemaker"',
    ],
    [
      'a connection without a credential',
      connection.replace('    apiKey: { env: KEY }\n', ''),
      {},
      'connections.domino-dev needs exactly one of `apiKey` and `token`',
    ],
    ['a key in the file', connection.replace('{ env: KEY }', 'abc'), {}, 'connections.domino-dev.apiKey'],
    [
      'a URL that is none',
      connection.replace('http://127.0.0.1:8787', 'domino'),
      {},
      'connections.domino-dev.url is "domino": must be an http(s) URL',
    ],
    ['YAML that is none', 'connections: [', {}, 'longhaul.yaml'],
    [
      'a bad environment variable',
      connection,
      { LONGHAUL_LOG_LEVEL: 'loud' },
      'LONGHAUL_LOG_LEVEL: log.level is "loud"',
    ],
  ])('refuses %s', (_, yaml, env, message) => {
    const file = write(yaml);
    expect(() => loadConfig({ file, env })).toThrow(message);
  });

  it('never shows a password that stands in a URL', () => {
    const file = write(connection.replace('http://127', 'http://ada:hunter2@127'));
    expect(() => loadConfig({ file, env: {} })).toThrow('connections.domino-dev.url');
    expect(() => loadConfig({ file, env: {} })).not.toThrow('hunter2');
  });

  it('never shows a secret that stands where its source belongs, and shows other values in lists', () => {
    const webhooks = write(`webhooks:
  incoming: { ci: { secrets: [hunter2], pipeline: x, input: {} } }
  outgoing: { ops: { url: "https://example.com", secret: hunter2 } }
access: { tokens: [{ issuer: 5 }] }
`);
    const load = () => loadConfig({ file: webhooks, env: {} });
    expect(load).toThrow('webhooks.incoming.ci.secrets.0');
    expect(load).toThrow('webhooks.outgoing.ops.secret');
    expect(load).toThrow('access.tokens.0.issuer is 5');
    expect(load).not.toThrow('hunter2');
  });

  it('says when a file that was named is not there, and goes on when none was named', () => {
    expect(() => loadConfig({ file: join(folder, 'none.yaml'), env: {} })).toThrow('cannot be read');
    expect(loadConfig({ env: { LONGHAUL_LOG_LEVEL: 'warn' } }).log.level).toBe('warn');
  });
});

describe('readSecret', () => {
  it('reads a file anew each time, so that a renewed secret is seen', () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'one\n');
    expect(readSecret({ file })).toBe('one');
    writeFileSync(file, 'two\n');
    expect(readSecret({ file })).toBe('two');
  });

  it('names what is missing', () => {
    expect(() => readSecret({ env: 'NO_SUCH_KEY' }, {})).toThrow(
      'the environment variable NO_SUCH_KEY is not set',
    );
    expect(() => readSecret({ file: join(folder, 'none') })).toThrow('cannot be read');
    writeFileSync(join(folder, 'empty'), '\n');
    expect(() => readSecret({ file: join(folder, 'empty') })).toThrow('is empty');
  });
});

describe('connectionOf', () => {
  it('prefers what is configured: a bearer token for a token', () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'tok');
    const yaml = connection.replace('apiKey: { env: KEY }', `token: { file: ${file} }`);
    const config = loadConfig({ file: write(yaml), env: {} }).connections['domino-dev'];
    expect(config && connectionOf('domino-dev', config).credential()).toEqual({
      kind: 'bearer',
      value: 'tok',
    });
  });
});

describe('settingRows', () => {
  it('lists every setting with its default and its variable', () => {
    expect(settingRows()).toContainEqual({
      key: 'worker.cachedRuns',
      env: 'LONGHAUL_CACHED_RUNS',
      standard: '500',
      description: 'Runs kept in memory; others are replayed when they move.',
    });
    expect(settingRows().map(({ key }) => key)).toEqual(
      expect.arrayContaining([
        'connections.<name>.url',
        'access.tokens[].issuer',
        'access.tokens[].grants.<value>.role',
        'webhooks.incoming.<name>.scheme',
        'webhooks.outgoing.<name>.url',
      ]),
    );
  });
});

describe('the secret that signs links of approvals', () => {
  it('is read anew each time, and is not there when none is configured', () => {
    expect(readApprovalSecret({ approvals: {} })).toBeUndefined();
    const file = join(folder, 'secret');
    for (const value of ['a'.repeat(32), 'b'.repeat(44)]) {
      writeFileSync(file, `${value}\n`);
      expect(readApprovalSecret({ approvals: { secret: { file } } })).toBe(value);
    }
  });

  it('is refused, unnamed, when it has less than 32 bytes', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, 'too short a secret, of 31 bytes');
    const read = () => readApprovalSecret({ approvals: { secret: { file } } });
    expect(read).toThrow('approvals.secret has less than 32 bytes');
    expect(read).not.toThrow('too short');
  });
});
