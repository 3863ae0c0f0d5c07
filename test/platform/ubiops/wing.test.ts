/** UbiOps' wing over real HTTP, against a server that answers what is stated. */
import { once } from 'node:events';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPlatformClient } from '../../../src/platform/client.js';
import { createGate } from '../../../src/platform/gate.js';
import { probeConnection } from '../../../src/platform/probe.js';
import { ubiopsWing } from '../../../src/platform/ubiops/index.js';
import { ubiopsReadings } from '../../../src/platform/ubiops/readings.js';
import { platforms } from '../../../src/platform/wings.js';

interface Stated {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

let server: Server;
let answers: Stated[] = [];
let asked: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const line = `${request.method} ${request.url}`;
      asked.push({ line, headers: request.headers, body: bytes.toString() });
      const { status, body, headers } = answers.shift() ?? { status: 200, body: [] };
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers = [];
  asked = [];
});

const connect = ({
  dialect = 'v2.1',
  value = 'abc',
  kind = 'apiKey',
  path = '',
}: { dialect?: string; value?: string; kind?: 'apiKey' | 'bearer'; path?: string } = {}) =>
  createPlatformClient(ubiopsWing, {
    ...{ name: 'serve', dialect, requestTimeoutMs: 5_000, gate: createGate('serve') },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, // it listens on TCP
    credential: () => ({ kind, value }),
  });
const path = { projectName: 'p' };
const environment = { ...path, environmentName: 'e' };
const refused = (run: Promise<unknown>) =>
  run.then(
    () => ({}),
    (error: unknown) => error,
  );

describe('authorization', () => {
  it.each([
    ['abc', 'apiKey', 'Token abc'],
    ['Token abc', 'apiKey', 'Token abc'],
    ['Token Token abc', 'apiKey', 'Token abc'],
    ['Bearer abc', 'bearer', 'Bearer abc'],
  ] as const)('sends %j of kind %s as %j', async (value, kind, sent) => {
    await connect({ value, kind }).environments.list({ path });
    expect(asked[0]?.headers.authorization).toBe(sent);
  });

  it('shows no part of a key that is configured with its word', async () => {
    answers = [{ status: 400, body: { error: 'abcdef is odd' } }];
    const error = await refused(connect({ value: 'Token abcdef' }).environments.list({ path }));
    expect(error).toMatchObject({
      message: 'GET /projects/p/environments on serve answered 400: [redacted] is odd',
    });
  });
});

describe('the address', () => {
  it.each([
    ['v2.1', '', '/v2.1/projects/p/environments'],
    ['v2', '', '/v2/projects/p/environments'],
    ['v2', '/v2/', '/v2/projects/p/environments'],
    ['v2.1', '/gate/v2.1', '/gate/v2.1/projects/p/environments'],
  ])('of dialect %s at %j is %s', async (dialect, at, line) => {
    await connect({ dialect, path: at }).environments.list({ path });
    expect(asked[0]?.line).toBe(`GET ${line}`);
  });

  it('of another version is refused', () => {
    expect(() => connect({ dialect: 'v2.1', path: '/v2' })).toThrow(
      'connection serve: its url ends with /v2, and its dialect is v2.1: change one of them',
    );
  });

  it('has each name as one segment', async () => {
    answers = [{ status: 200, body: { name: 'a/b c' } }];
    await connect().environments.get({ path: { ...path, environmentName: 'a/b c' } });
    expect(asked[0]?.line).toBe('GET /v2.1/projects/p/environments/a%2Fb%20c');
  });
});

describe('refusals', () => {
  it.each([
    ['error', 404, { error: 'Deployment was not found' }, 'NOT_FOUND', 'Deployment was not found'],
    ['error_message', 400, { error_message: 'too long' }, 'REQUEST_REJECTED', 'too long'],
    ['detail', 401, { detail: 'Invalid token' }, 'CREDENTIALS_REJECTED', 'Invalid token'],
    ['a conflict', 409, { error: 'exists' }, 'CONFLICT', 'exists'],
    ['a size', 413, { error: 'Request Entity Too Large' }, 'REQUEST_REJECTED', 'Request Entity Too Large'],
    [
      'XML of the storage behind',
      403,
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>a &lt;&#32;&#x62;</Message></Error>',
      'PERMISSION_DENIED',
      'a < b',
    ],
    [
      'details of the storage behind',
      404,
      '<Error><Code>NoSuchKey</Code><Details>gone</Details></Error>',
      'NOT_FOUND',
      'gone',
    ],
  ] as const)('are read from %s', async (_, status, body, code, words) => {
    answers = [{ status, body }];
    expect(await refused(connect().environments.get({ path: environment }))).toMatchObject({
      code,
      message: `GET /projects/p/environments/e on serve answered ${status}: ${words}`,
      ambiguous: false,
    });
  });

  it.each([
    ['a server in between', { timestamp: 1, status: 404, error: 'Not Found', path: '/x' }],
    ['a page', '<html><Message>no</Message></html>'],
  ])('of %s are not the platform’s', async (_, body) => {
    answers = [{ status: 404, body }];
    expect(await refused(connect().environments.get({ path: environment }))).toMatchObject({
      code: 'PROXY_PAGE',
    });
  });

  it.each<[Record<string, string>, number]>([
    [{ 'x-ratelimit-reset': '7' }, 8_000],
    [{ 'x-ratelimit-reset': '7', 'retry-after': '30' }, 30_000],
    [{ 'x-ratelimit-reset': '40', 'retry-after': '3' }, 41_000],
    [{ 'x-ratelimit-reset': '86400' }, 86_401_000],
    [{ 'x-ratelimit-reset': '99999999999' }, 30 * 86_400_000],
    [{ 'x-ratelimit-reset': '1800000030', date: new Date(1_800_000_000_000).toUTCString() }, 31_000],
    [{ 'x-ratelimit-reset': '1800000030000', date: new Date(1_800_000_000_000).toUTCString() }, 31_000],
    [{ 'x-ratelimit-reset': '-5' }, 1_000],
  ])('ask to wait: %j', async (headers, retryAfterMs) => {
    answers = [{ status: 429, body: { error: 'slow down' }, headers }];
    expect(await refused(connect().environments.list({ path }))).toMatchObject({ retryAfterMs });
  });

  it('for too many requests hold until the reset and a second more', async () => {
    answers = [{ status: 429, body: { error: 'slow down' }, headers: { 'x-ratelimit-reset': '7' } }];
    const client = connect();
    expect(await refused(client.environments.list({ path }))).toMatchObject({
      ...{ code: 'PLATFORM_THROTTLED', retryAfterMs: 8_000, ambiguous: false },
    });
    expect(await refused(client.environments.list({ path }))).toMatchObject({ code: 'PLATFORM_THROTTLED' });
    expect(asked).toHaveLength(1);
  });
});

describe('an upload', () => {
  it('is a form of a file with its name and type', async () => {
    answers = [{ status: 201, body: { success: true, revision: 'r', build: 'b' } }];
    const file = { name: 'package.zip', type: 'application/zip', content: new TextEncoder().encode('PK') };
    expect(await connect().revisions.upload({ path: environment, body: { file } })).toMatchObject({
      build: 'b',
    });
    const [{ headers, body } = { headers: {}, body: '' }] = asked;
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(Number(headers['content-length'])).toBe(body.length);
    expect(body).toContain('Content-Disposition: form-data; name="file"; filename="package.zip"');
    expect(body).toContain('Content-Type: application/zip\r\n\r\nPK\r\n');
  });

  it('is a form of the text that names what is copied', async () => {
    answers = [{ status: 201, body: { revision: 'r', build: 'b' } }];
    await connect().revisions.upload({ path: environment, body: { source_environment: 'other' } });
    expect(asked[0]?.body).toContain('name="source_environment"\r\n\r\nother\r\n');
  });
});

describe('a download', () => {
  it.each([
    ['localhost', undefined],
    ['127.0.0.1', 'Token abc'],
  ])('follows to where the bytes are, with the key on its own host alone: %s', async (host, key) => {
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const location = `http://${host}:${port}/storage/x`;
    answers = [
      { status: 302, body: '', headers: { location } },
      { status: 200, body: 'PK' },
    ];
    const path = { ...environment, revisionId: 'r' };
    expect(await connect().revisions.download({ path })).toEqual(Buffer.from('PK'));
    expect(asked.map(({ line }) => line)).toEqual([
      ...['GET /v2.1/projects/p/environments/e/revisions/r/download', 'GET /storage/x'],
    ]);
    expect(asked[1]?.headers.authorization).toBe(key);
  });

  it('follows nowhere else', async () => {
    answers = [{ status: 302, body: '', headers: { location: 'file:///etc/passwd' } }];
    const path = { ...environment, revisionId: 'r' };
    expect(await refused(connect().revisions.download({ path }))).toMatchObject({ code: 'PROXY_PAGE' });
    answers = [{ status: 302, body: '', headers: { location: '/login' } }];
    expect(await refused(connect().environments.get({ path: environment }))).toMatchObject({
      code: 'PROXY_PAGE',
    });
    expect(asked).toHaveLength(2);
  });
});

describe('a request', () => {
  it('of text is sent as it is, and anything else as JSON', async () => {
    const { requests } = connect();
    const at = { path: { ...path, deploymentName: 'd' } };
    answers = [1, 2].map(() => ({ status: 201, body: { id: 'r', status: 'completed' } }));
    await requests.create({ ...at, body: 'hello there' });
    await requests.create({ ...at, body: { x: 1 } });
    expect(asked.map(({ body }) => body)).toEqual(['hello there', '{"x":1}']);
  });
});

describe('dialects', () => {
  it.each([
    ['v2.1', 'GET /projects/p/environments/e/tags/t on serve was not sent: the dialect v2.1 has no tags.get'],
    [
      'v2',
      'GET /projects/p/environments/e/revisions on serve was not sent: the dialect v2 has no revisions.list',
    ],
  ])('%s refuses what it does not have', async (dialect, message) => {
    const { tags, revisions } = connect({ dialect });
    const call =
      dialect === 'v2'
        ? revisions.list({ path: environment })
        : tags.get({ path: { ...environment, tagName: 't' } });
    expect(await refused(call)).toMatchObject({ code: 'REQUEST_REJECTED', message });
    expect(asked).toEqual([]);
  });

  it('of /v2 filter by system, and with the booleans of Python', async () => {
    const { environments, tags } = connect({ dialect: 'v2' });
    await environments.list({ path, query: { environment_type: 'custom', labels: 'a:b' } });
    await environments.list({ path, query: { environment_type: 'all' } });
    await tags.list({ path: environment, query: { supports_request_format: true } });
    expect(asked.map(({ line }) => line)).toEqual([
      'GET /v2/projects/p/environments?labels=a%3Ab&system=False',
      'GET /v2/projects/p/environments',
      'GET /v2/projects/p/environments/e/tags?supports_request_format=True',
    ]);
  });

  it('of /v2 name the environment of a version otherwise', async () => {
    const stated = { deployment: 'd', version: 'v1', environment_name: 'e', environment_tag: 't' };
    answers = [{ status: 201, body: stated }];
    const made = await connect({ dialect: 'v2' }).versions.create({
      path: { ...path, deploymentName: 'd' },
      body: { version: 'v1', environment: 'e', environment_tag: 't' },
    });
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      ...{ version: 'v1', environment_name: 'e', environment_tag: 't' },
    });
    expect(made).toMatchObject({ environment: 'e', environment_tag: 't' });
  });

  it('refuse what they have no word for', async () => {
    const body = { name: 'e', base_environment: 'python3-12' };
    expect(await refused(connect({ dialect: 'v2' }).environments.create({ path, body }))).toMatchObject({
      message:
        'environments.create: base_environment is not in /v2: name the base where a tag is built: tags.build, base_environment_name and base_environment_tag; nothing was sent',
    });
    const version = { version: 'v1', environment: 'e', environment_tag: 't' };
    const of = { path: { ...path, deploymentName: 'd' }, body: version };
    expect(await refused(connect().versions.create(of))).toMatchObject({
      message:
        'versions.create: environment_tag is not in /v2.1: a version names a tag in /v2 only; nothing was sent',
    });
    expect(asked).toEqual([]);
  });
});

describe('readings', () => {
  it('name the user of a token, and the projects of one of a service', async () => {
    answers = [{ status: 200, body: { email: 'ada@example.com' } }];
    expect(await ubiopsReadings.whoAmI(connect())).toBe('ada@example.com');
    answers = [
      { status: 403, body: { error: 'no user' } },
      { status: 200, body: [{ name: 'p' }] },
    ];
    expect(await ubiopsReadings.whoAmI(connect())).toBe('a service user of p');
  });

  it('tell the data of a request, in which the marker of a run stands', async () => {
    const dataOf = (data: object) => {
      answers = [{ status: 200, body: { id: 'r', status: 'completed', ...data } }];
      return ubiopsReadings.markedText(connect(), 'p/d/v1/r');
    };
    expect([await dataOf({ request_data: { a: 'lh:1' } }), await dataOf({ request_data: null })]).toEqual([
      ...['{"a":"lh:1"}', null],
    ]);
    expect(await dataOf({})).toBeNull();
  });

  it('say that a log goes on where there may be more lines, or the request has not ended', async () => {
    const isComplete = async (status: string, limit: number, endedMs?: number) => {
      const times = endedMs !== undefined && { time_completed: new Date(endedMs).toISOString() };
      answers = [
        { status: 200, body: { id: 'r', status, ...times } },
        { status: 200, body: [{ timestamp: 1, log: 'a' }] },
      ];
      const asking = { jobId: 'p/d/v1/r', after: undefined, limit };
      return (await ubiopsReadings.logPage(connect(), asking)).isComplete;
    };
    expect([
      await isComplete('completed', 2),
      await isComplete('completed', 1),
      await isComplete('processing', 2),
      await isComplete('completed', 2, Date.now()), // its last lines may come yet
      await isComplete('completed_with_warnings', 2, Date.now() - 30_000),
      await isComplete('completed', 2, Date.now() + 600_000), // the clock of a simulator runs fast
    ]).toEqual([true, false, false, false, true, true]);
  });

  it('page the log of a request by the microseconds of its lines, forward from its beginning', async () => {
    const request = { id: 'r', status: 'completed', time_created: '2023-11-14T22:13:20Z' };
    const pageOf = async (after: string | undefined) => {
      answers = [
        { status: 200, body: request },
        { status: 200, body: [{ timestamp: 1_700_000_000_000_001_000, log: 'auc=0.9' }] },
      ];
      return ubiopsReadings.logPage(connect(), { jobId: 'p/d/v1/r', after, limit: 10 });
    };
    const first = await pageOf(undefined);
    expect(first).toEqual({
      lines: [{ at: '2023-11-14T22:13:20.000Z', text: 'auc=0.9' }],
      after: '1700000000000002000',
      isComplete: true,
    });
    await pageOf(first.after);
    const lines = [asked[1], asked[3]].map((one) => decodeURIComponent(one?.line.replaceAll('+', ' ') ?? ''));
    const at = 'GET /v2.1/projects/p/logs?query=| deployment_request_id=`r`';
    expect(lines.map((line) => line.replace(/&end=\d{19}&/, '&end=later&'))).toEqual([
      `${at}&start=1699999940000000000&end=later&limit=10`,
      `${at}&start=1700000000000002000&end=later&limit=10`,
    ]);
    const [, end = ''] = /&end=(\d+)/.exec(lines[1] ?? '') ?? [];
    expect(Number(end) / 1e6).toBeGreaterThan(Date.now());
  });

  it('refuse what is no id of a request', async () => {
    const asking = { jobId: 'r', after: undefined, limit: 10 };
    expect(await refused(ubiopsReadings.logPage(connect(), asking))).toMatchObject({
      message: 'r is not <project>/<deployment>/<version>/<request>',
    });
  });
});

describe('a probe', () => {
  const connection = (dialect: string) => ({
    ...{ name: 'serve', dialect, requestTimeoutMs: 5_000, gate: createGate('serve') },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    credential: () => ({ kind: 'apiKey', value: 'abc' }) as const,
  });
  const missing = { status: 404, body: { error: 'There is no GET /v2.1/status' } };

  it('names the dialect that a platform answers to, where that is another one', async () => {
    answers = [missing, { status: 200, body: { status: 'ok' } }, { status: 200, body: { email: 'ada@x' } }];
    expect(await probeConnection(platforms.ubiops, connection('v2.1'))).toEqual({
      ...{ ok: false, code: 'NOT_FOUND' },
      line: 'NOT_FOUND: GET /status on serve answered 404: There is no GET /v2.1/status; it answers to v2: set `dialect: v2`',
    });
    expect(asked.map(({ line }) => line)).toEqual(['GET /v2.1/status', 'GET /v2/status', 'GET /v2/user']);
  });

  it('names the setting where the platform answers to none, and not where the credential is refused', async () => {
    answers = [missing, missing];
    const { line } = await probeConnection(platforms.ubiops, connection('v2.1'));
    expect(line).toContain('check its `url`, and its `dialect`, which is v2.1 (v2.1 or v2)');
    answers = [{ status: 401, body: { error: 'no' } }];
    expect(await probeConnection(platforms.ubiops, connection('v2.1'))).toMatchObject({
      line: 'CREDENTIALS_REJECTED: GET /status on serve answered 401: no',
    });
  });
});
