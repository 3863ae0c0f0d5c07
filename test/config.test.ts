import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectionOf, loadConfig, readApprovalSecret, readSecret, settingRows } from '../src/config.js';
import { LonghaulError } from '../src/run/failures/errors.js';

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

  it('fills in what is usual of each platform', () => {
    const yaml = `connections:
  plain: { platform: ubiops, url: 'https://api.ubiops.com', apiKey: { env: KEY } }
  tagged: { platform: ubiops, url: 'https://api.ubiops.com', apiKey: { env: KEY }, dialect: v2, requestsPerSecond: 9 }
`;
    const { connections } = loadConfig({ file: write(yaml), env: {} });
    expect(connections['plain']).toMatchObject({ dialect: 'v2.1', requestsPerSecond: 5 });
    expect(connections['tagged']).toMatchObject({ dialect: 'v2', requestsPerSecond: 9 });
  });

  it('refuses a dialect of another platform', () => {
    const file = write(`${connection}    dialect: v2\n`);
    expect(() => loadConfig({ file, env: {} })).toThrow(
      `${file}:6: connections.domino-dev.dialect is "v2": domino has \`v6\` and \`reference\`, ubiops \`v2.1\` and \`v2\``,
    );
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
    [
      'a key in the file',
      connection.replace('{ env: KEY }', 'abc'),
      {},
      'connections.domino-dev.apiKey must say where the secret is, never the secret itself: `{env: NAME}` or `{file: PATH}`',
    ],
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
    expect(() => loadConfig({ file: join(folder, 'none'), env: {} })).toThrow('read: it is not there');
    expect(() => loadConfig({ file: folder, env: {} })).toThrow('cannot be read: it is a folder');
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
    expect(() => readSecret({ env: 'NO_SUCH_KEY' }, { env: {} })).toThrow(
      'the environment variable NO_SUCH_KEY is not set',
    );
    expect(() => readSecret({ file: join(folder, 'none') })).toThrow('cannot be read: it is not there');
    expect(() => readSecret({ file: folder })).toThrow('cannot be read: it is a folder');
    writeFileSync(join(folder, 'empty'), '\n');
    expect(() => readSecret({ file: join(folder, 'empty') })).toThrow('is empty');
  });
});

describe('a secret', () => {
  const utf16 = Buffer.from('\uFEFFkey', 'utf16le');
  const read = (value: string | Uint8Array) => {
    const file = join(folder, 'secret');
    writeFileSync(file, value);
    return readSecret({ file }, { use: 'header' });
  };

  it.each(['key', 'key\r', 'key\r\n', ' key\t\n', '\uFEFFkey\n', '"key"', "'key'\r\n", '"key\r"'])(
    'is what is left of %j, in a variable as in a file',
    (value) => {
      expect(readSecret({ env: 'KEY' }, { use: 'header', env: { KEY: value } })).toBe('key');
      expect(read(value)).toBe('key');
    },
  );

  it.each([
    ['a line end within', 'ke\r\ny', 'has more than one line'],
    ['two keys', 'one\ntwo', 'has more than one line'],
    ['a control character', 'ke\u001by', 'holds a control character'],
    [
      'quotes of a text processor',
      '“key”',
      'holds a character that no header may have: only printable ASCII is allowed',
    ],
    [
      'a space that is none',
      'ke\u00a0y',
      'holds a character that no header may have: only printable ASCII is allowed',
    ],
    ['nothing but white space', ' \r\n', 'is empty'],
    ['nothing but quotes', '""', 'is empty'],
  ])('that is sent in a header is refused at once, by name and never shown, for %s', (_, value, message) => {
    const readEnv = () => readSecret({ env: 'DOMINO_KEY' }, { use: 'header', env: { DOMINO_KEY: value } });
    expect(readEnv).toThrow(
      new LonghaulError('CREDENTIALS_MISSING', `the environment variable DOMINO_KEY ${message}`),
    );
    expect(() => read(value)).toThrow(`${join(folder, 'secret')} ${message}`);
  });

  it('in a file that is UTF-16, or another file altogether, is refused', () => {
    expect(() => read(utf16)).toThrow(`${join(folder, 'secret')} is no UTF-8 text: is it UTF-16?`);
    expect(() => read(Buffer.from('p\u00e4ss', 'latin1'))).toThrow('/secret is no UTF-8 text');
    expect(() => read('x'.repeat(70_000))).toThrow(`${join(folder, 'secret')} is larger than any secret`);
    expect(() => readSecret({ file: '/dev/zero' })).toThrow('/dev/zero is larger than any secret');
  });

  it('that only signs may hold what no header may have', () => {
    expect(readSecret({ env: 'HOOK' }, { env: { HOOK: 'pässwörd' } })).toBe('pässwörd');
  });

  it('is checked alike for Temporal’s own key', () => {
    const load = (key: string) =>
      loadConfig({ file: write(connection), env: { TEMPORAL_API_KEY: key } }).temporal;
    expect(load('"key"\r\n').connectionOptions).toMatchObject({ apiKey: 'key' });
    expect(() => load('ke\ny')).toThrow('the environment variable TEMPORAL_API_KEY has more than one line');
  });
});

describe('a file of the configuration', () => {
  const refuse = (content: string | Uint8Array): string => {
    const file = join(folder, 'longhaul.yaml');
    writeFileSync(file, content);
    try {
      loadConfig({ file, env: {} });
    } catch (error) {
      if (error instanceof LonghaulError) return `${error.code} ${error.message.replace(folder, '…')}`;
      throw error;
    }
    return 'it was taken';
  };

  it('may use an anchor for a hundred connections', () => {
    const one = '{ platform: domino, url: "http://127.0.0.1:1", apiKey: { env: KEY } }';
    const rest = Array.from({ length: 100 }, (_, at) => `  c${at}: *one`);
    const { connections } = loadConfig({
      file: write(`connections:\n  first: &one ${one}\n${rest.join('\n')}\n`),
      env: {},
    });
    expect(Object.keys(connections)).toHaveLength(101);
  });

  it('is refused by its name, and not shown, when it is no text or far too large', () => {
    expect(refuse(Buffer.from('\uFEFFconnections: {}\n', 'utf16le'))).toBe(
      'CONFIG_INVALID …/longhaul.yaml is UTF-16: save it as UTF-8',
    );
    expect(refuse(Buffer.from([0, 1, 2, 3]))).toMatch(/^CONFIG_INVALID …\/longhaul\.yaml is not text/);
    expect(refuse('# x\n'.repeat(300_000))).toBe('CONFIG_INVALID …/longhaul.yaml is larger than 1 MiB');
    expect(refuse(`log: { level: ${'hunter2 '.repeat(5_000)} }`).length).toBeLessThan(400);
  });
});

describe('how a connection is reached', () => {
  const load = (more: string, url = 'https://domino.example.com') =>
    loadConfig({ file: write(connection.replace('http://127.0.0.1:8787', url) + more), env: {} }).connections[
      'domino-dev'
    ];
  const egress = (more: string) => {
    const settings = load(more);
    return settings && connectionOf('domino-dev', settings).egress();
  };
  const variables = [
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'NO_PROXY',
    'no_proxy',
    'ALL_PROXY',
  ];
  afterEach(() => {
    for (const name of variables) Reflect.deleteProperty(process.env, name);
  });

  it.each(['/domino', '/domino/', '/domino//'])('keeps the path of its URL: %s', (path) => {
    const settings = load('', `https://example.com${path}`);
    expect(settings && connectionOf('domino-dev', settings).url).toBe('https://example.com/domino');
  });

  it.each(['?a=1', '#top', '/domino?key=hunter2'])('has no query and no fragment in its URL: %s', (rest) => {
    const refused = () => load('', `https://example.com${rest}`);
    expect(refused).toThrow('must be an http(s) URL without a query or a fragment');
  });

  it.each([
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
    [{ https_proxy: 'proxy:3128' }, 'http://proxy:3128'],
    [{ ALL_PROXY: 'https://proxy' }, 'https://proxy'],
    [{ HTTP_PROXY: 'http://proxy:3128' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'domino.example.com' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'a, .example.com' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'other.example.com' }, 'http://proxy:3128'],
    [{}, undefined],
  ])('is by the environment: %j', (env, proxy) => {
    Object.assign(process.env, env);
    expect(egress('')).toEqual({ proxy, ca: undefined });
  });

  it.each(['http://127.0.0.1:8787', 'https://localhost:1', 'https://[::1]/x', 'http://127.8.0.1'])(
    'is straight on this machine, which a proxy would take for its own: %s',
    (url) => {
      for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']) process.env[name] = 'http://proxy:3128';
      const settings = load('', url);
      expect(settings && connectionOf('domino-dev', settings).egress().proxy).toBeUndefined();
    },
  );

  it('is by its own settings first, and `none` is straight', () => {
    process.env['HTTPS_PROXY'] = 'http://proxy:3128';
    expect(egress('    proxy: http://own:8080\n')).toMatchObject({ proxy: 'http://own:8080' });
    expect(egress('    proxy: none\n')).toMatchObject({ proxy: undefined });
    expect(egress('    proxy: false\n')).toMatchObject({ proxy: undefined });
    const file = join(folder, 'proxy');
    writeFileSync(file, 'http://ada:hunter2@own:8080\n');
    expect(egress(`    proxy: { file: ${file} }\n`)).toMatchObject({ proxy: 'http://ada:hunter2@own:8080' });
  });

  it('is refused, and a password is never shown, where a proxy or an authority is none', () => {
    for (const proxy of ['http://ada:hunter2@own:8080', 'socks5://own', 'own:8080', 'true']) {
      expect(() => load(`    proxy: ${proxy}\n`)).toThrow(
        'connections.domino-dev.proxy must be an http(s) URL',
      );
      expect(() => load(`    proxy: ${proxy}\n`)).not.toThrow('hunter2');
    }
    process.env['HTTPS_PROXY'] = 'socks5://ada:hunter2@proxy';
    expect(() => egress('')).toThrow(
      /^the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is not an http\(s\) URL$/,
    );
    const file = join(folder, 'ca.pem');
    expect(() => egress(`    proxy: none\n    ca: { file: ${file} }\n`)).toThrow(
      `${file}, the ca of a connection, cannot be read`,
    );
    writeFileSync(file, 'hunter2');
    expect(() => egress(`    proxy: none\n    ca: { file: ${file} }\n`)).toThrow(
      'holds no certificate in PEM',
    );
    writeFileSync(file, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expect(() => egress(`    proxy: none\n    ca: { file: ${file} }\n`)).toThrow(
      'holds a certificate that cannot be read: number 1',
    );
    expect(() => load('    ca: { file: x }\n', 'http://domino')).toThrow(
      'connections.domino-dev.ca is of use with an https URL only',
    );
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
