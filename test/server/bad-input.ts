/**
 * What a caller may do wrong, on purpose or not, and the exact answer to it. One table: the tests send every row to
 * a real server, and docs/reference/http-errors.md is generated from it. It imports nothing, so that both can read it.
 */

/** A request, byte for byte. */
export interface BadRequest {
  readonly method: string;
  readonly path: string;
  /** Besides `host` and `connection`; a name may be there twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array;
  /** Announced but not sent: the answer must come without it. */
  readonly announcedBytes?: number;
  /** Sent in place of all of the above. */
  readonly raw?: string;
}

/** What must come back. */
export interface ExpectedAnswer {
  readonly status: number;
  /** Of the problem; left out for answers that are none. */
  readonly code?: string;
  /** Of one of its fields. */
  readonly pointer?: string;
  /** A part of its detail. */
  readonly detail?: string;
}

/** One row: the attack in a sentence, the request, the answer. */
export interface BadInput {
  readonly attack: string;
  readonly request: BadRequest;
  readonly answer: ExpectedAnswer;
}

/** Rows that belong together. */
export interface BadInputGroup {
  readonly title: string;
  /**
   * Which server they are sent to. `usual`: no access configured, Temporal up, no worker. `with-worker`: on a stage
   * of its own, with a worker and the run of `failedKey`.
   */
  readonly server: 'usual' | 'without-temporal' | 'with-worker';
  readonly rows: readonly BadInput[];
}

/** A key that the test has used, for `usualInput`. */
export const takenKey = 'taken';
/** A key that the test has used for `failingInput`: its run has failed at `gate`. */
export const failedKey = 'failed';
/** The test puts a cursor of another list here. */
export const otherCursor = 'CURSOR-OF-ANOTHER-LIST';
/** The test puts the token of a link here that is genuine, of a run that there is not. */
export const genuineLink = 'A-GENUINE-LINK';
/** A workflow that the test has started and that is no run. */
export const otherWorkflowId = 'delivery.x.y';

/** An input that is right, for the connection of the stage. */
export const usualInput = {
  connection: 'domino-test',
  project: 'ada/iris',
  train: { command: 'python train.py' },
};

/** The same, of a run that its gate ends. */
export const failingInput = { ...usualInput, gate: { conditions: ['accuracy >= 2'] } };

const startPath = '/v1/pipelines/train-and-deploy/runs';
const json = ['content-type', 'application/json'] as const;
const key = ['idempotency-key', 'bad-input'] as const;
const usualBody = JSON.stringify({ input: usualInput });
const malformed = { status: 400, code: 'REQUEST_MALFORMED' } as const;
const noRoute = { status: 404, code: 'ROUTE_NOT_FOUND' } as const;
const noRun = { status: 404, code: 'RUN_NOT_FOUND' } as const;

const start = (change: Partial<BadRequest> = {}): BadRequest => ({
  method: 'POST',
  path: startPath,
  headers: [json, key],
  body: usualBody,
  ...change,
});
const get = (path: string, headers: BadRequest['headers'] = []): BadRequest => ({
  method: 'GET',
  path,
  headers,
});
const post = (path: string, body: unknown): BadRequest => ({
  method: 'POST',
  path,
  headers: [json],
  body: JSON.stringify(body),
});
const raw = (text: string): BadRequest => ({ method: '', path: '', headers: [], raw: text });
const nested = (levels: number): string => `${'{"input":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

const body = (attack: string, text: string | Uint8Array, answer: ExpectedAnswer): BadInput => ({
  attack,
  request: start({ body: text }),
  answer,
});

const bodies: readonly BadInput[] = [
  body('A body that is cut short', '{"input":{', { ...malformed, detail: 'the body is not JSON' }),
  body('A body that is no JSON', 'input=1', { ...malformed, detail: 'the body is not JSON' }),
  body('JSON with a comment', '{/* */"input":{}}', { ...malformed, detail: 'the body is not JSON' }),
  body('Two JSON values', `${usualBody}${usualBody}`, { ...malformed, detail: 'the body is not JSON' }),
  body('A number that is none', '{"input":NaN}', { ...malformed, detail: 'the body is not JSON' }),
  body('An empty body', '', { ...malformed, detail: 'the body is empty' }),
  body('A body of blanks', ' \r\n\t', { ...malformed, detail: 'the body is empty' }),
  body('A body that is not UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), {
    ...malformed,
    detail: 'the body is not UTF-8',
  }),
  body('An overlong UTF-8 form of “/”', Uint8Array.from([0x22, 0xc0, 0xaf, 0x22]), {
    ...malformed,
    detail: 'the body is not UTF-8',
  }),
  body('A body in UTF-16', Uint8Array.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), {
    ...malformed,
    detail: 'the body is not UTF-8',
  }),
  body('A body of 21 levels', nested(21), { ...malformed, detail: 'nested deeper than 20' }),
  body('A body of 100,000 brackets', '['.repeat(100_000), { ...malformed, detail: 'nested deeper than 20' }),
  body('A key twice in one object', `{"input":{},"input":${JSON.stringify(usualInput)}}`, {
    ...malformed,
    detail: 'the key "input" twice',
  }),
  body('Half of a surrogate pair', `{"input":{},"reason":"\\ud800"}`, {
    ...malformed,
    detail: 'half of a surrogate pair',
  }),
  body('A key twice, once spelled with an escape', `{"input":{"a":1,"\\u0061":2}}`, {
    ...malformed,
    detail: 'the key "a" twice',
  }),
  body('The key `__proto__`', '{"input":{"__proto__":{"admin":true}}}', {
    ...malformed,
    detail: 'the key "__proto__"',
  }),
  body('The key `__proto__`, spelled with an escape', '{"input":{"\\u005f_proto__":1}}', {
    ...malformed,
    detail: 'the key "__proto__"',
  }),
  body('The key `constructor`', '{"input":{},"constructor":{"prototype":{"admin":true}}}', {
    ...malformed,
    detail: 'constructor',
  }),
  body('A list in place of the object', '[]', malformed),
  body('`null` in place of the object', 'null', malformed),
  body('A string in place of the object', '"input"', malformed),
  body('No input', '{}', { ...malformed, pointer: '/input' }),
  body('An unknown field', JSON.stringify({ input: usualInput, tenant: 'other' }), {
    ...malformed,
    detail: 'tenant',
  }),
  body('An empty reason', JSON.stringify({ input: usualInput, reason: ' ' }), {
    ...malformed,
    pointer: '/reason',
  }),
  body('A reason of the wrong type', JSON.stringify({ input: usualInput, reason: 1 }), {
    ...malformed,
    pointer: '/reason',
  }),
  body('A reason of 1,001 characters', JSON.stringify({ input: usualInput, reason: 'x'.repeat(1_001) }), {
    ...malformed,
    pointer: '/reason',
  }),
  {
    attack: 'A body of 10 MB, announced: it is refused before it is read',
    request: start({ body: '', announcedBytes: 10_000_000 }),
    answer: { status: 413, code: 'BODY_TOO_LARGE', detail: '256 KiB' },
  },
  {
    attack: 'A body of 257 KiB',
    request: start({ body: JSON.stringify({ input: 'x'.repeat(257 * 1024) }) }),
    answer: { status: 413, code: 'BODY_TOO_LARGE' },
  },
  {
    attack: 'A body of 257 KiB in chunks, its length not announced',
    request: raw(
      `POST ${startPath} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\nidempotency-key: k\r\ntransfer-encoding: chunked\r\n\r\n40400\r\n${'['.repeat(0x40400)}\r\n0\r\n\r\n`,
    ),
    answer: { status: 413, code: 'BODY_TOO_LARGE' },
  },
];

/** One field of the input after another with a value that does not fit. */
const fields: readonly BadInput[] = (
  [
    ['/connection', 1],
    ['/connection', ''],
    ['/connection', 'x'.repeat(65)],
    ['/project', 'iris'],
    ['/project', ['ada/iris']],
    ['/project', 'ada/iris/../other'],
    ['/train', null],
    ['/train/command', ''],
    ['/train/command', 7],
    ['/train/command', 'x'.repeat(4_001)],
    ['/train/title', {}],
    ['/train/hardwareTier', false],
    ['/train/commitId', 'HEAD; rm -rf /'],
    ['/train/gitRef', 'main'],
    ['/train/gitRef/type', 'commit'],
    ['/train/logLines', '20'],
    ['/train/logLines', -1],
    ['/train/logLines', 1.5],
    ['/train/logLines', 1e9],
    ['/environment/id', '../../etc'],
    ['/environment/id', { $ne: '' }],
    ['/revision/dockerfile', 0],
    ['/gate/conditions', []],
    ['/gate/conditions/0', 'accuracy > drop table'],
    ['/gate/baseline', 'best'],
    ['/register/model', ''],
    ['/register/experimentRunId', 'x'],
    ['/register/description', 'x'.repeat(1_001)],
    ['/deploy/modelApi', 3],
    ['/deploy/replicas', 0],
    ['/deploy/replicas', 1e9],
    ['/deploy/environmentId', 'a/b'],
    ['/cleanup', 'yes'],
    ['/url', 'http://169.254.169.254/'],
    ['/train/env', {}],
  ] as const
).map(([pointer, value]) => ({
  attack: `\`${pointer}\` of the input is \`${shown(value)}\``,
  request: start({ body: JSON.stringify({ input: put(usualInput, pointer.slice(1).split('/'), value) }) }),
  answer: { status: 422, code: 'INPUT_INVALID', pointer: pointerOf(pointer) },
}));

/** Unknown fields are told at the object that has them. */
function pointerOf(pointer: string): string {
  if (pointer === '/url') return '/input';
  return pointer === '/train/env' ? '/input/train' : `/input${pointer}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 10)}… (${text.length - 2} characters)` : text;
}

function put(target: object, [name = '', ...rest]: readonly string[], value: unknown): object {
  const own = Object.entries(target).find(([one]) => one === name)?.[1] as unknown;
  const inner = typeof own === 'object' && own !== null ? own : {};
  if (name === '0') return [value];
  return { ...target, [name]: rest.length === 0 ? value : put(inner, rest, value) };
}

const header = (attack: string, headers: BadRequest['headers'], answer: ExpectedAnswer): BadInput => ({
  attack,
  request: start({ headers }),
  answer,
});
const badKey = (attack: string, value: string): BadInput =>
  header(attack, [json, ['idempotency-key', value]], {
    ...malformed,
    pointer: '/headers/idempotency-key',
  });

const headers: readonly BadInput[] = [
  header('Text in place of JSON', [['content-type', 'text/plain'], key], {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  }),
  header('A form, as a web page can send it', [['content-type', 'application/x-www-form-urlencoded'], key], {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  }),
  header('A content type that is none', [['content-type', 'application/json/../x'], key], {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  }),
  header('No content type', [key], { status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' }),
  header('A compressed body', [json, key, ['content-encoding', 'gzip']], {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  }),
  header('No `Idempotency-Key`', [json], { ...malformed, pointer: '/headers/idempotency-key' }),
  badKey('An empty `Idempotency-Key`', ''),
  badKey('An empty `Idempotency-Key` in quotation marks', '""'),
  badKey('An `Idempotency-Key` of 129 characters', 'k'.repeat(129)),
  badKey('An `Idempotency-Key` with a slash', '../../etc/passwd'),
  badKey('An `Idempotency-Key` with a quote', `a' OR '1'='1`),
  badKey('An `Idempotency-Key` with a character beyond ASCII', 'schlüssel'),
  badKey('An `Idempotency-Key` that begins with a dot', '.hidden'),
  header('Two `Idempotency-Key` headers', [json, ['idempotency-key', 'a'], ['idempotency-key', 'b']], {
    ...malformed,
    pointer: '/headers/idempotency-key',
  }),
  {
    attack: 'A key that was used with another input',
    request: start({
      headers: [json, ['idempotency-key', takenKey]],
      body: JSON.stringify({ input: { ...usualInput, project: 'ada/other' } }),
    }),
    answer: { status: 422, code: 'RUN_KEY_REUSED', detail: 'nothing was started' },
  },
  ...['0', '121', '-1', 'soon', '', '1e3', '1.5'].map((wait) =>
    header(`\`Prefer: wait=${wait}\``, [json, key, ['prefer', `wait=${wait}`]], {
      ...malformed,
      pointer: '/headers/prefer',
    }),
  ),
  {
    attack: 'A name of this machine that is not its own (DNS rebinding)',
    request: raw('GET /v1/runs HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n'),
    answer: { status: 401, code: 'UNAUTHENTICATED', detail: 'only callers of this machine' },
  },
  {
    attack: 'A request that a web page of elsewhere makes',
    request: get('/v1/runs', [['sec-fetch-site', 'cross-site']]),
    answer: { status: 401, code: 'UNAUTHENTICATED' },
  },
  {
    attack: '`X-HTTP-Method-Override` on a list: it stays a list',
    request: get('/v1/runs', [['x-http-method-override', 'DELETE']]),
    answer: { status: 200 },
  },
  {
    attack: '`_method` in the query',
    request: get('/v1/runs?_method=POST'),
    answer: { ...malformed, pointer: '/query' },
  },
];

const names: readonly BadInput[] = [
  {
    attack: 'A pipeline that there is not',
    request: start({ path: '/v1/pipelines/other/runs' }),
    answer: { status: 404, code: 'PIPELINE_UNKNOWN', detail: 'train-and-deploy' },
  },
  {
    attack: 'A pipeline by the name of a property of every object',
    request: start({ path: '/v1/pipelines/constructor/runs' }),
    answer: { status: 404, code: 'PIPELINE_UNKNOWN' },
  },
  {
    attack: 'A pipeline with a name of 65 characters',
    request: start({ path: `/v1/pipelines/${'p'.repeat(65)}/runs` }),
    answer: { ...malformed, pointer: '/path/pipeline' },
  },
  {
    attack: 'A connection that is not configured',
    request: start({ body: JSON.stringify({ input: { ...usualInput, connection: 'other' } }) }),
    answer: { status: 422, code: 'CONNECTION_UNKNOWN', pointer: '/input/connection' },
  },
  {
    attack: 'A connection by the name of a property of every object',
    request: start({ body: JSON.stringify({ input: { ...usualInput, connection: 'constructor' } }) }),
    answer: { status: 422, code: 'CONNECTION_UNKNOWN', pointer: '/input/connection' },
  },
  { attack: 'A run that there is not', request: get('/v1/runs/train-and-deploy.nothing'), answer: noRun },
  {
    attack: 'A workflow that is no run',
    request: get(`/v1/runs/${otherWorkflowId}`),
    answer: noRun,
  },
  {
    attack: 'Cancelling a workflow that is no run',
    request: post(`/v1/runs/${otherWorkflowId}/cancel`, { reason: 'r' }),
    answer: noRun,
  },
  {
    attack: 'Cleaning up after a workflow that is no run',
    request: post(`/v1/runs/${otherWorkflowId}/cleanup`, {}),
    answer: noRun,
  },
  {
    attack: 'Cleaning up after a run that goes on',
    request: post(`/v1/runs/train-and-deploy.${takenKey}/cleanup`, {}),
    answer: { status: 409, code: 'RUN_GOES_ON' },
  },
  {
    attack: 'Cleaning up for a reason that is empty',
    request: post(`/v1/runs/train-and-deploy.${takenKey}/cleanup`, { reason: ' ' }),
    answer: { ...malformed, pointer: '/reason' },
  },
  {
    attack: 'Resolving a workflow that is no run',
    request: post(`/v1/runs/${otherWorkflowId}/resolve`, { action: 'abort', step: 's', reason: 'r' }),
    answer: noRun,
  },
  {
    attack: 'Resetting a workflow that is no run',
    request: post(`/v1/runs/${otherWorkflowId}/reset`, { step: 'train', reason: 'r' }),
    answer: noRun,
  },
  {
    attack: 'A reset without a step',
    request: post(`/v1/runs/${otherWorkflowId}/reset`, { reason: 'r' }),
    answer: { status: 400, code: 'REQUEST_MALFORMED', pointer: '/step' },
  },
  {
    attack: 'The history of a workflow that is no run',
    request: get(`/v1/runs/${otherWorkflowId}/history`),
    answer: noRun,
  },
  {
    attack: 'The history of an attempt that is no id',
    request: get(`/v1/runs/${otherWorkflowId}/history?attempt=first`),
    answer: { status: 400, code: 'REQUEST_MALFORMED', pointer: '/query/attempt' },
  },
  {
    attack: 'Following a workflow that is no run',
    request: get(`/v1/runs/${otherWorkflowId}/events`),
    answer: noRun,
  },
  ...(
    [
      ['A path that climbs', '..%2f..%2fetc%2fpasswd'],
      ['A path that climbs, encoded twice', '%252e%252e%252fetc'],
      ['A zero byte', 'train-and-deploy.a%00b'],
      ['Upper case in the pipeline', 'Train-And-Deploy.taken'],
      ['No key', 'train-and-deploy.'],
      ['No pipeline', '.taken'],
      ['A quote', `train-and-deploy.a'b`],
      ['A line break', 'train-and-deploy.a%0d%0aset-cookie:x'],
      ['Characters beyond ASCII', 'train-and-deploy.%C3%BC'],
      ['A wildcard', '*'],
    ] as const
  ).map(([attack, id]) => ({
    attack: `${attack} in the id of a run`,
    request: get(`/v1/runs/${id}`),
    answer: { ...malformed, pointer: '/path/runId' },
  })),
  {
    attack: 'A percent sign that encodes nothing',
    request: get('/v1/runs/%zz'),
    answer: malformed,
  },
  {
    attack: 'An id of 201 characters',
    request: get(`/v1/runs/train-and-deploy.${'k'.repeat(184)}`),
    answer: { ...malformed, pointer: '/path/runId' },
  },
  {
    attack: 'An id of 10,000 characters',
    request: get(`/v1/runs/train-and-deploy.${'k'.repeat(10_000)}`),
    answer: malformed,
  },
  { attack: 'A path that climbs out of the API', request: get('/v1/../../etc/passwd'), answer: noRoute },
  {
    attack: 'A path that climbs out of the pages',
    request: get('/docs/static/..%2f..%2f..%2fpackage.json'),
    answer: noRoute,
  },
  {
    attack: 'A page with a zero byte in its name',
    request: get('/docs/static/index.html%00.png'),
    answer: noRoute,
  },
  {
    attack: 'A page with a name of 5,000 characters',
    request: get(`/docs/static/${'x'.repeat(5_000)}`),
    answer: noRoute,
  },
  { attack: 'Two slashes', request: get('//v1/runs'), answer: noRoute },
  { attack: 'Two slashes inside', request: get('/v1//runs'), answer: noRoute },
  { attack: 'A slash at the end', request: get('/v1/runs/'), answer: malformed },
  { attack: 'Upper case in the path', request: get('/V1/runs'), answer: noRoute },
  { attack: 'A semicolon in the path', request: get('/v1/runs;admin=1'), answer: noRoute },
  {
    attack: 'A whole URL of somebody else as the path',
    request: get('http://evil.example/v1/other'),
    answer: noRoute,
  },
];

const query = (attack: string, text: string, answer: Partial<ExpectedAnswer> = {}): BadInput => ({
  attack,
  request: get(`/v1/runs?${text}`),
  answer: { ...malformed, ...answer },
});

const lists: readonly BadInput[] = [
  query('A condition spliced into the status', `status=failed'%20OR%20'1'='1`, { pointer: '/query/status' }),
  query('A condition spliced into the connection', `connection=x'%20OR%20'1'%3D'1`, {
    pointer: '/query/connection',
  }),
  query('A condition spliced into the step', `step=x'%29%20OR%20%28'1'%3D'1`, { pointer: '/query/step' }),
  query('A name that no pipeline can have', 'pipeline=Other', { pointer: '/query/pipeline' }),
  query('A code that there is not', 'failure=NOPE', { pointer: '/query/failure' }),
  query('A parameter twice', 'status=failed&status=running', { pointer: '/query/status' }),
  query('A parameter with brackets', 'status[$ne]=failed', { pointer: '/query' }),
  query('An unknown parameter', 'tenant=other', { pointer: '/query', detail: 'tenant' }),
  query('`__proto__` as a parameter', '__proto__[admin]=1', { pointer: '/query' }),
  query('A day in place of a time', 'startedAfter=2026-11-21', { pointer: '/query/startedAfter' }),
  query('A time that there is not', 'startedAfter=2026-02-30T00:00:00Z', { pointer: '/query/startedAfter' }),
  query('A time without a zone', 'startedBefore=2026-11-21T00:00:00', { pointer: '/query/startedBefore' }),
  ...['0', '-1', '1e9', '1000000000', '1.5', 'all', ''].map((limit) =>
    query(`\`limit=${limit}\``, `limit=${limit}`, { pointer: '/query/limit' }),
  ),
  query('A cursor of another list', `status=failed&cursor=${otherCursor}`, {
    detail: 'not one of this list',
  }),
  query('A cursor that is none', 'cursor=garbage', { detail: 'not one of this list' }),
  query('An empty cursor', 'cursor=', { detail: 'not one of this list' }),
  query('A cursor of 2,001 characters', `cursor=${'c'.repeat(2_001)}`, { pointer: '/query/cursor' }),
  {
    attack: 'A limit of the audit beyond its highest',
    request: get('/v1/audit?limit=1001'),
    answer: { ...malformed, pointer: '/query/limit' },
  },
  {
    attack: 'An outcome of the audit that there is not',
    request: get('/v1/audit?outcome=maybe'),
    answer: { ...malformed, pointer: '/query/outcome' },
  },
  {
    attack: 'Following from an event id of 201 characters',
    request: get(`/v1/runs/train-and-deploy.${takenKey}/events`, [['last-event-id', 'e'.repeat(201)]]),
    answer: { ...malformed, pointer: '/headers/last-event-id' },
  },
  {
    attack: 'A log of a step that has no name',
    request: get(`/v1/runs/train-and-deploy.${takenKey}/logs?step=..%2f`),
    answer: { ...malformed, pointer: '/query/step' },
  },
  {
    attack: 'A log that is followed a bit',
    request: get(`/v1/runs/train-and-deploy.${takenKey}/logs?follow=1`),
    answer: { ...malformed, pointer: '/query/follow' },
  },
];

const retrainings = (attack: string, text: string, answer: Partial<ExpectedAnswer> = {}): BadInput => ({
  attack,
  request: get(`/v1/retrainings?${text}`),
  answer: { ...malformed, ...answer },
});

const ledger: readonly BadInput[] = [
  retrainings('A condition spliced into the model', `model=x'%20OR%20'1'='1`, { pointer: '/query/model' }),
  retrainings('A model that is a name alone', 'model=iris-api', { pointer: '/query/model' }),
  retrainings('A condition spliced into the schedule', `schedule=x'%20OR%20'1'%3D'1`, {
    pointer: '/query/schedule',
  }),
  retrainings('An outcome that there is not', 'outcome=maybe', { pointer: '/query/outcome' }),
  retrainings('A day in place of a time', 'since=2026-11-21', { pointer: '/query/since' }),
  retrainings('A limit beyond the highest', 'limit=201', { pointer: '/query/limit' }),
  retrainings('A cursor that is none', 'cursor=garbage', { detail: 'not one of this list' }),
  retrainings('An unknown parameter', 'status=failed', { pointer: '/query', detail: 'status' }),
];

const badQuery = { status: 422, code: 'INPUT_INVALID' } as const;
const failures = (attack: string, query: string, answer: ExpectedAnswer): BadInput => ({
  attack,
  request: get(`/v1/failures?query=${query}`),
  answer,
});

const causes: readonly BadInput[] = [
  failures('An empty query', '%20', { ...badQuery, detail: 'it is empty' }),
  failures('A query with a key that there is not', 'colour=red', {
    ...badQuery,
    detail: 'a key of status,',
  }),
  failures('A query with a key twice', 'step=train%20step=build', { ...badQuery, detail: 'there twice' }),
  failures('A query of a time that there is not', 'since=25:99', {
    ...badQuery,
    detail: '10:03 (today, in UTC)',
  }),
  failures('A condition spliced into a query', `model=a/b/c/d'%20OR%20'1'='1`, {
    ...badQuery,
    detail: 'without quotation marks',
  }),
  failures('A query of 1001 characters', 'x'.repeat(1_001), { ...malformed, pointer: '/query/query' }),
  failures('Two queries', 'step=train&query=step=build', { ...malformed, pointer: '/query/query' }),
];

const diff = (attack: string, text: string, answer: ExpectedAnswer): BadInput => ({
  attack,
  request: get(`/v1/runs/train-and-deploy.${takenKey}/diff?${text}`),
  answer,
});

const comparisons: readonly BadInput[] = [
  diff('A run that there is not', 'with=train-and-deploy.nobody', noRun),
  diff('A workflow that is no run', `with=${otherWorkflowId}`, noRun),
  diff('A run id that is none', 'with=../../etc', { ...malformed, pointer: '/query/with' }),
  diff('Two runs at once', 'with=retrain.a&with=retrain.b', { ...malformed, pointer: '/query/with' }),
  diff('A parameter that there is not', 'against=retrain.a', { ...malformed, detail: 'against' }),
  diff('A run before which none has succeeded', '', { ...noRun, detail: 'name the run to compare it with' }),
];

const linkPath = '/v1/approvals/AbCd';
const formHeader = ['content-type', 'application/x-www-form-urlencoded'] as const;
const noLink = { ...noRoute, detail: 'no such link' } as const;
const genuinePath = `/v1/approvals/${genuineLink}`;
const form = (attack: string, text: string, answer: ExpectedAnswer = malformed): BadInput => ({
  attack,
  request: { method: 'POST', path: genuinePath, headers: [formHeader], body: text },
  answer,
});
const decide = 'action=approve&reason=r';

const links: readonly BadInput[] = [
  { attack: 'A link that is none', request: get(linkPath), answer: noLink },
  { attack: 'A link of noise', request: get('/v1/approvals/%00%ff..%2f'), answer: malformed },
  { attack: 'A link with markup', request: get('/v1/approvals/%3Cscript%3E'), answer: noLink },
  {
    attack: 'A link of 513 characters',
    request: get(`/v1/approvals/${'A'.repeat(513)}`),
    answer: { ...malformed, detail: 'longer than any name' },
  },
  {
    attack: 'Deciding by a link that is none',
    request: { method: 'POST', path: linkPath, headers: [formHeader], body: decide },
    answer: noLink,
  },
  {
    attack: 'A form of 11 KiB for a link that is none, which is not read',
    request: { method: 'POST', path: linkPath, headers: [formHeader], body: 'x'.repeat(11 * 1024) },
    answer: noLink,
  },
  form('Deciding by a link of a run that there is not', decide, noLink),
  form('A form without an action', 'reason=r', { ...malformed, pointer: '/action' }),
  form('An action that there is not', 'action=delete&reason=r', { ...malformed, pointer: '/action' }),
  form('A form without a reason', 'action=approve&reason=%20', { ...malformed, pointer: '/reason' }),
  form('A field twice', `${decide}&action=reject`, { ...malformed, detail: 'a field twice' }),
  form('Deciding in the name of another', `${decide}&actor=root`, { ...malformed, detail: 'actor' }),
  form('A form of 11 KiB', `${decide}&x=${'x'.repeat(11 * 1024)}`, {
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: '10 KiB',
  }),
  {
    attack: 'JSON in place of the form',
    request: post(genuinePath, { action: 'approve', reason: 'r' }),
    answer: { status: 415, code: 'MEDIA_TYPE_UNSUPPORTED', detail: 'the form of the page' },
  },
];

const steer = (
  attack: string,
  verb: string,
  sent: unknown,
  answer: ExpectedAnswer = malformed,
): BadInput => ({
  attack,
  request: post(`/v1/runs/train-and-deploy.${takenKey}/${verb}`, sent),
  answer,
});
const abort = { action: 'abort', step: 'train', reason: 'r' };

const steering: readonly BadInput[] = [
  steer('Cancelling without a reason', 'cancel', {}, { ...malformed, pointer: '/reason' }),
  steer(
    'Cancelling in the name of another',
    'cancel',
    { reason: 'r', by: 'root' },
    { ...malformed, detail: 'by' },
  ),
  steer(
    'Cancelling for a list of reasons',
    'cancel',
    { reason: ['r'] },
    { ...malformed, pointer: '/reason' },
  ),
  steer('Approving without a reason', 'approve', {}, { ...malformed, pointer: '/reason' }),
  steer(
    'Approving in the name of another',
    'approve',
    { reason: 'r', actor: 'root' },
    { ...malformed, detail: 'actor' },
  ),
  steer('Approving in another spelling', 'Approve', { reason: 'r' }, noRoute),
  steer(
    'Rejecting a run that can ask nothing',
    'reject',
    { reason: 'r' },
    { status: 409, code: 'APPROVAL_NOT_AWAITED' },
  ),
  steer(
    'A resolution that there is not',
    'resolve',
    { ...abort, action: 'delete' },
    { ...malformed, pointer: '/action' },
  ),
  steer(
    'A resolution without a reason',
    'resolve',
    { action: 'abort', step: 'train' },
    { ...malformed, pointer: '/reason' },
  ),
  steer(
    'A resolution of a step that is a number',
    'resolve',
    { ...abort, step: 1 },
    { ...malformed, pointer: '/step' },
  ),
  steer('A resolution by another', 'resolve', { ...abort, actor: 'root' }, { ...malformed, detail: 'actor' }),
  steer(
    'Retrying freshly, “yes”',
    'resolve',
    { ...abort, action: 'retry', fresh: 'yes' },
    { ...malformed, pointer: '/fresh' },
  ),
  steer(
    'Skipping without an output',
    'resolve',
    { ...abort, action: 'skip' },
    { ...malformed, pointer: '/output' },
  ),
];

const replayPath = `/v1/runs/train-and-deploy.${failedKey}/replay`;
const misfit = { status: 422, code: 'REPLAY_INVALID' } as const;
const noFit = { status: 422, code: 'INPUT_INVALID' } as const;
const reason = { plan: '0123456789abcdef', reason: 'r' };
const lowered = { 'gate.conditions.0': 'accuracy >= 0.1' };

const plan = (attack: string, asked: object, answer: ExpectedAnswer): BadInput => ({
  attack,
  request: post(`${replayPath}-plan`, asked),
  answer,
});
const replay = (attack: string, asked: object, answer: ExpectedAnswer): BadInput => ({
  attack,
  request: post(replayPath, asked),
  answer,
});

const exportedStep = { name: 'train', tries: 1, references: [], state: { status: 'failed' } };

const replays: readonly BadInput[] = [
  plan('A step that there is not', { from: 'fly' }, { ...misfit, detail: 'no step "fly"; its steps are' }),
  plan('A step by the name of a property of every object', { from: 'constructor' }, misfit),
  plan('A step that is no name', { from: '../train' }, { ...malformed, pointer: '/from' }),
  plan('A step that is a list', { from: ['train'] }, { ...malformed, pointer: '/from' }),
  plan('A step that the input does not have', { from: 'deploy' }, { ...misfit, detail: 'not in the input' }),
  plan('An option that there is not', { force: true }, { ...malformed, detail: 'force' }),
  plan('Stopping first, “yes”', { stopFirst: 'yes' }, { ...malformed, pointer: '/stopFirst' }),
  plan('Skipping a step that there is not', { skip: { fly: null } }, misfit),
  plan('Skipping a property of every object', { skip: { toString: null } }, misfit),
  plan(
    'Skipping without the output that a later step reads',
    { skip: { train: null } },
    { ...misfit, detail: '--skip train needs an output, which "gate" reads' },
  ),
  plan(
    'Skipping with an output that lacks what later steps read',
    { skip: { train: { jobId: 'j' } } },
    { ...misfit, detail: 'the output of "train" lacks' },
  ),
  plan('Skipping with a text for an output', { skip: { train: 'done' } }, misfit),
  plan('A fresh step that makes nothing', { fresh: ['gate'] }, { ...misfit, detail: 'makes nothing' }),
  plan(
    'An edit that does not fit the input',
    { set: { 'train.command': 5 } },
    { ...noFit, pointer: '/set/train.command' },
  ),
  plan(
    'An edit of a part that there is not',
    { set: { 'train.colour': 'red' } },
    { ...noFit, pointer: '/set/train.colour' },
  ),
  plan('An edit without a path', { set: { '': 1 } }, malformed),
  plan('An edit by a path of points', { set: { '...': 1 } }, noFit),
  plan('An edit that moves the run to another connection', { set: { connection: 'other' } }, misfit),
  plan('An edit of `constructor.prototype`', { set: { 'constructor.prototype.admin': true } }, noFit),
  plan('An edit of `__proto__`', { set: { '__proto__.admin': true } }, noFit),
  plan('An edit of `__proto__` within a part', { set: { 'train.__proto__.command': 'id' } }, noFit),
  plan(
    'More edits than anybody writes, each of which makes the input anew',
    { set: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`train.${index}`, index])) },
    { ...misfit, detail: 'edits at most 100 values' },
  ),
  plan(
    'More values than anything has, in few bytes',
    { skip: { train: Array.from({ length: 10_001 }, () => 0) } },
    { ...malformed, detail: 'more than 10000 values' },
  ),
  {
    attack: 'Edits with the key `__proto__`',
    request: { ...post(`${replayPath}-plan`, {}), body: '{"set":{"__proto__":{"admin":true}}}' },
    answer: { ...malformed, detail: 'the key "__proto__"' },
  },
  plan(
    'A fork with a key that is none',
    { forkTo: '../a' },
    { ...misfit, detail: 'is not usable for a run' },
  ),
  plan('A fork to a run that there is', { forkTo: failedKey }, { ...misfit, detail: 'already' }),
  replay('A plan that is stale', { ...reason, set: lowered }, { status: 409, code: 'REPLAY_STALE' }),
  replay('A hash that is none', { ...reason, plan: 'all' }, { ...malformed, pointer: '/plan' }),
  replay('No hash', { reason: 'r' }, { ...malformed, pointer: '/plan' }),
  replay('No reason', { plan: reason.plan }, { ...malformed, pointer: '/reason' }),
  replay('A reason of blanks', { ...reason, reason: '  ' }, { ...malformed, pointer: '/reason' }),
  replay('In the name of another', { ...reason, by: 'root' }, { ...malformed, detail: 'by' }),
  replay('For a campaign', { ...reason, campaign: 'c' }, { ...malformed, detail: 'campaign' }),
  {
    attack: 'A replay of a run that there is not',
    request: post('/v1/runs/train-and-deploy.nothing/replay', reason),
    answer: noRun,
  },
  {
    attack: 'A replay of a replay',
    request: post(`/v1/runs/replay.train-and-deploy.${failedKey}/replay`, reason),
    answer: noRun,
  },
  {
    attack: 'A plan for a path that climbs',
    request: post('/v1/runs/..%2f..%2fetc%2fpasswd/replay-plan', {}),
    answer: { ...malformed, pointer: '/path/runId' },
  },
  {
    attack: 'An exported attempt that is none',
    request: post('/v1/replay-plans', { exported: {} }),
    answer: { ...misfit, detail: 'the file is no exported attempt' },
  },
  {
    attack: 'An exported attempt of more steps than any run has',
    request: post('/v1/replay-plans', {
      exported: { ...exportedFrom('domino-test'), steps: Array.from({ length: 3_000 }, () => ({})) },
    }),
    answer: { ...misfit, detail: 'steps: Too big' },
  },
  {
    attack: 'An exported attempt of more generations than anybody waits for',
    request: post('/v1/replay-plans', {
      exported: { ...exportedFrom('domino-test'), steps: [{ ...exportedStep, generation: 3_000_000 }] },
    }),
    answer: { ...misfit, detail: 'steps.0.generation: Too big' },
  },
  {
    attack: 'No exported attempt',
    request: post('/v1/replay-plans', {}),
    answer: { ...malformed, pointer: '/exported' },
  },
  {
    attack: 'An exported attempt of a connection that is not configured',
    request: post('/v1/replay-plans', { exported: exportedFrom('other') }),
    answer: { status: 422, code: 'CONNECTION_UNKNOWN' },
  },
  {
    attack: 'An exported attempt with an output that lacks what later steps read',
    request: post('/v1/replay-plans', { exported: exportedFrom('domino-test', { jobId: 'j' }) }),
    answer: { ...misfit, detail: 'the output of "train" lacks' },
  },
];

/** An attempt that nobody has made. */
function exportedFrom(connection: string, output?: object): object {
  return {
    format: 'longhaul.attempt/1',
    runId: 'train-and-deploy.of-nobody',
    attemptId: 'a',
    firstAttemptId: 'a',
    pipeline: 'train-and-deploy',
    connection,
    input: { ...usualInput, connection },
    inputDigest: 'd',
    trigger: { kind: 'http' },
    status: 'failed',
    steps: [output ? { ...exportedStep, state: { status: 'succeeded', output } } : exportedStep],
    startedAt: '2026-01-01T00:00:00Z',
  };
}

const usualSchedule = {
  name: 'refused',
  pipeline: 'train-and-deploy',
  cron: ['0 2 * * *'],
  input: usualInput,
};
const invalid = { status: 400, code: 'SCHEDULE_INVALID' } as const;
const noSchedule = { status: 404, code: 'SCHEDULE_UNKNOWN' } as const;

const schedule = (attack: string, change: object, answer: Partial<ExpectedAnswer>): BadInput => ({
  attack,
  request: post('/v1/schedules', { ...usualSchedule, ...change }),
  answer: { ...invalid, ...answer },
});

const schedules: readonly BadInput[] = [
  schedule(
    'A line of cron with minute 60',
    { cron: ['60 2 * * *'] },
    { pointer: '/cron/0', detail: 'is no minute' },
  ),
  schedule('A line of cron with six fields', { cron: ['0 0 2 * * *'] }, { detail: 'has five' }),
  schedule('30 February', { cron: ['0 2 30 2 *'] }, { pointer: '/cron/0', detail: 'never comes' }),
  schedule(
    'A line of cron that restricts both kinds of days',
    { cron: ['0 2 1 * mon'] },
    { pointer: '/cron/0', detail: 'For either, write two lines' },
  ),
  schedule(
    'A calendar that never comes',
    { calendar: [{ month: 'apr', dayOfMonth: 31 }] },
    { pointer: '/calendar/0', detail: 'never comes' },
  ),
  schedule(
    'A time zone that there is not',
    { timeZone: 'Mars/Base' },
    { pointer: '/timeZone', detail: 'no time zone "Mars/Base"' },
  ),
  schedule('A start that there is not', { startAt: '2027-02-30T00:00:00Z' }, { pointer: '/startAt' }),
  schedule('An interval that is none', { every: 'often' }, { pointer: '/every', detail: 'such as 90s' }),
  schedule('No time at all', { cron: undefined }, { pointer: '/cron', detail: 'is missing' }),
  schedule('A pause without a reason', { paused: true }, { pointer: '/note', detail: 'is missing' }),
  schedule('A name that climbs', { name: '../runs' }, { pointer: '/name' }),
  schedule('A field that there is not', { owner: 'root' }, { detail: 'owner' }),
  schedule(
    'A schedule of a pipeline that there is not',
    { pipeline: 'other' },
    { status: 404, code: 'PIPELINE_UNKNOWN', pointer: '/pipeline' },
  ),
  schedule(
    'A schedule with an input that does not fit',
    { input: { ...usualInput, project: 'iris' } },
    { status: 422, code: 'INPUT_INVALID', pointer: '/input/project', detail: 'must be "owner/name"' },
  ),
  schedule(
    'A schedule on a connection that is not configured',
    { input: { ...usualInput, connection: 'elsewhere' } },
    { status: 422, code: 'CONNECTION_UNKNOWN', pointer: '/input/connection' },
  ),
  {
    attack: 'A list in place of a definition',
    request: post('/v1/schedules', [usualSchedule]),
    answer: malformed,
  },
  {
    attack: 'A look at a schedule that there is not',
    request: get('/v1/schedules/none'),
    answer: noSchedule,
  },
  {
    attack: 'A schedule with a name that is none',
    request: get('/v1/schedules/A_B'),
    answer: { ...malformed, pointer: '/path/name' },
  },
  {
    attack: 'Replacing a schedule that there is not',
    request: { ...post('/v1/schedules/refused', usualSchedule), method: 'PUT' },
    answer: noSchedule,
  },
  {
    attack: 'Deleting a schedule that there is not',
    request: { method: 'DELETE', path: '/v1/schedules/none', headers: [] },
    answer: noSchedule,
  },
  {
    attack: 'Pausing a schedule without a reason',
    request: post('/v1/schedules/none/pause', {}),
    answer: { ...malformed, pointer: '/reason' },
  },
  {
    attack: 'Triggering with an overlap policy that there is not',
    request: post('/v1/schedules/none/trigger', { overlap: 'SKIP' }),
    answer: { ...malformed, pointer: '/overlap' },
  },
  {
    attack: 'A backfill from 31 November',
    request: post('/v1/schedules/none/backfill', {
      start: '2026-11-31T00:00:00Z',
      end: '2026-12-02T00:00:00Z',
    }),
    answer: { ...malformed, pointer: '/start' },
  },
  {
    attack: 'A backfill of more runs than there may ever be',
    request: post('/v1/schedules/none/backfill', {
      start: '2025-01-01T00:00:00Z',
      end: '2026-01-01T00:00:00Z',
      max: 1_000_000,
    }),
    answer: { ...malformed, pointer: '/max' },
  },
  {
    attack: 'More next times than there may be',
    request: get('/v1/schedules/none/next?count=1001'),
    answer: { ...malformed, pointer: '/query/count' },
  },
  {
    attack: 'A condition spliced into a list of schedules',
    request: get(`/v1/schedules?connection=x'%20OR%20'1'%3D'1`),
    answer: { ...malformed, pointer: '/query/connection' },
  },
];

const methods: readonly BadInput[] = [
  ...['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) => ({
    attack: `${method} on a list`,
    request: { method, path: '/v1/runs', headers: [] },
    answer: noRoute,
  })),
  {
    attack: 'HEAD on a list',
    request: { method: 'HEAD', path: '/v1/runs', headers: [] },
    answer: { status: 404 },
  },
  { attack: 'POST on a list', request: post('/v1/runs', {}), answer: noRoute },
  {
    attack: 'A path that there is not, with a body that never comes: it is refused before it is read',
    request: { method: 'POST', path: '/nowhere', headers: [json], body: '', announcedBytes: 200_000 },
    answer: noRoute,
  },
  {
    attack: 'A compressed body that never comes',
    request: start({ headers: [json, key, ['content-encoding', 'gzip']], body: '', announcedBytes: 200_000 }),
    answer: { status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' },
  },
  { attack: 'GET where only POST is', request: get(startPath), answer: noRoute },
  {
    attack: 'DELETE on a run',
    request: { method: 'DELETE', path: `/v1/runs/train-and-deploy.${takenKey}`, headers: [] },
    answer: noRoute,
  },
];

const lines = (...text: readonly string[]): BadRequest => raw(`${text.join('\r\n')}\r\n\r\n`);
const unreadable = { ...malformed, detail: 'not HTTP that can be read' };

const sockets: readonly BadInput[] = [
  {
    attack: 'Noise in place of HTTP',
    request: raw('\u0016\u0003\u0001\u0000 hello\r\n\r\n'),
    answer: unreadable,
  },
  { attack: 'A request line that is none', request: raw('GET\r\n\r\n'), answer: unreadable },
  { attack: 'HTTP/9.9', request: raw('GET /livez HTTP/9.9\r\n\r\n'), answer: unreadable },
  {
    attack: 'A method that there is not',
    request: raw('BREW /coffee HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'),
    answer: unreadable,
  },
  {
    attack: '`Content-Length` and `Transfer-Encoding` at once (request smuggling)',
    request: raw(
      `POST ${startPath} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`,
    ),
    answer: unreadable,
  },
  {
    attack: 'Two lengths that differ',
    request: lines(
      `POST ${startPath} HTTP/1.1`,
      'host: 127.0.0.1',
      'content-length: 2',
      'content-length: 40',
      '',
      '{}',
    ),
    answer: unreadable,
  },
  {
    attack: 'A length that is no number',
    request: lines(`POST ${startPath} HTTP/1.1`, 'host: 127.0.0.1', 'content-length: -1'),
    answer: unreadable,
  },
  {
    attack: 'A transfer encoding with a disguise',
    request: lines(`POST ${startPath} HTTP/1.1`, 'host: 127.0.0.1', 'transfer-encoding: xchunked', '', '0'),
    answer: unreadable,
  },
  {
    attack: 'A chunk whose length is no number',
    request: raw(
      `POST ${startPath} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    ),
    answer: unreadable,
  },
  {
    attack: 'A blank before the colon of a header',
    request: lines('GET /livez HTTP/1.1', 'host : 127.0.0.1'),
    answer: unreadable,
  },
  {
    attack: 'A header that is folded over two lines',
    request: lines('GET /livez HTTP/1.1', 'host: 127.0.0.1', 'x-a: 1', ' x-b: 2'),
    answer: unreadable,
  },
  {
    attack: 'A bare line feed that begins another header',
    request: lines('GET /livez HTTP/1.1', 'host: 127.0.0.1', 'x-request-id: a\nx-evil: 1'),
    answer: unreadable,
  },
  {
    attack: 'A zero byte in a header',
    request: lines('GET /livez HTTP/1.1', 'host: 127.0.0.1', 'x-request-id: a\u0000b'),
    answer: unreadable,
  },
  {
    attack: 'No `Host`',
    request: lines('GET /livez HTTP/1.1', 'connection: close'),
    answer: { ...malformed, detail: 'Host is missing' },
  },
  {
    attack: 'Two `Host` headers',
    request: lines('GET /v1/runs HTTP/1.1', 'host: 127.0.0.1', 'host: evil.example', 'connection: close'),
    answer: { ...malformed, detail: 'Host is there twice' },
  },
  {
    attack: 'Headers of 20,000 bytes',
    request: lines('GET /livez HTTP/1.1', 'host: 127.0.0.1', `x-a: ${'a'.repeat(20_000)}`),
    answer: { status: 431, code: 'REQUEST_MALFORMED' },
  },
  {
    attack: 'A request id with what an answer must not repeat',
    request: get('/livez', [['x-request-id', '<script>alert(1)</script>']]),
    answer: { status: 200 },
  },
  {
    attack: 'An upgrade to another protocol',
    request: lines('GET /livez HTTP/1.1', 'host: 127.0.0.1', 'connection: upgrade', 'upgrade: h2c'),
    answer: { status: 200 },
  },
  {
    attack: 'An expectation that there is not: it is ignored',
    request: lines('GET /livez HTTP/1.1', 'host: 127.0.0.1', 'connection: close', 'expect: miracle'),
    answer: { status: 200 },
  },
];

const campaign = (attack: string, change: object, answer: Partial<ExpectedAnswer>): BadInput => ({
  attack,
  request: {
    ...post('/v1/campaigns', { query: 'failure=JOB_FAILED', reason: 'r', ...change }),
    headers: [json, key],
  },
  answer: { ...malformed, ...answer },
});
const unfit = { status: 422, code: 'CAMPAIGN_INVALID' } as const;

const campaigns: readonly BadInput[] = [
  campaign('A query that matches nothing', {}, { ...unfit, detail: 'no run matches the query' }),
  campaign(
    'A condition spliced into the query',
    { query: `connection=x' OR '1'='1` },
    { status: 422, code: 'INPUT_INVALID', pointer: '/query' },
  ),
  campaign('An empty query', { query: '' }, { status: 422, code: 'INPUT_INVALID', pointer: '/query' }),
  campaign('A query of 1,001 characters', { query: 'f'.repeat(1_001) }, { pointer: '/query' }),
  campaign('A campaign without a reason', { reason: ' ' }, { pointer: '/reason' }),
  campaign('Half a canary', { canary: 0.5 }, { pointer: '/canary' }),
  campaign('Less than no canary', { canary: -1 }, { pointer: '/canary' }),
  campaign('More runs than a campaign may have', { limit: 2_001 }, { pointer: '/limit' }),
  campaign('A pace without a unit', { pace: '10' }, { ...unfit, pointer: '/pace' }),
  campaign('A pace of nothing', { pace: '0/minute' }, { ...unfit, pointer: '/pace' }),
  campaign('A rule of more than all', { stopWhen: 'failures>101%' }, { ...unfit, pointer: '/stopWhen' }),
  campaign('A wait that never ends', { startWithin: '31d' }, { ...unfit, pointer: '/startWithin' }),
  campaign('A field that there is not', { runs: ['train-and-deploy.x'] }, { detail: 'runs' }),
  {
    attack: 'A campaign without a key',
    request: post('/v1/campaigns', { query: 'failure=JOB_FAILED', reason: 'r' }),
    answer: { ...malformed, pointer: '/headers/idempotency-key' },
  },
  {
    attack: 'A campaign that there is not',
    request: get('/v1/campaigns/none'),
    answer: { status: 404, code: 'CAMPAIGN_UNKNOWN' },
  },
  {
    attack: 'A name of a campaign that climbs',
    request: get('/v1/campaigns/..%2Fruns'),
    answer: { ...malformed, pointer: '/path/name' },
  },
  {
    attack: 'Starting a campaign without a reason',
    request: post('/v1/campaigns/none/start', {}),
    answer: { ...malformed, pointer: '/reason' },
  },
  {
    attack: 'Doing with a campaign what cannot be done',
    request: post('/v1/campaigns/none/explode', { reason: 'r' }),
    answer: noRoute,
  },
  {
    attack: 'A list of campaigns with a cursor that is none',
    request: get('/v1/campaigns?cursor=garbage'),
    answer: { ...malformed, detail: 'not one of this list' },
  },
];

const connections: readonly BadInput[] = [
  {
    attack: 'A connection that there is not',
    request: get('/v1/connections/none'),
    answer: { status: 404, code: 'CONNECTION_NOT_FOUND', detail: 'there is no connection "none"' },
  },
  {
    attack: 'A name of a connection that every object has',
    request: get('/v1/connections/constructor'),
    answer: { status: 404, code: 'CONNECTION_NOT_FOUND' },
  },
  {
    attack: 'Resuming a connection without a reason',
    request: post('/v1/connections/domino-test/resume', {}),
    answer: { ...malformed, pointer: '/reason' },
  },
  {
    attack: 'Resuming a connection that there is not',
    request: post('/v1/connections/none/resume', { reason: 'r' }),
    answer: { status: 404, code: 'CONNECTION_NOT_FOUND' },
  },
];

const away = { status: 503, code: 'TEMPORAL_UNREACHABLE' } as const;
const withoutTemporal: readonly BadInput[] = [
  { attack: 'A start', request: start(), answer: away },
  { attack: 'A list', request: get('/v1/runs'), answer: away },
  { attack: 'A look at a run', request: get('/v1/runs/train-and-deploy.any'), answer: away },
  { attack: 'Following a run', request: get('/v1/runs/train-and-deploy.any/events'), answer: away },
  {
    attack: 'Cancelling a run',
    request: post('/v1/runs/train-and-deploy.any/cancel', { reason: 'r' }),
    answer: away,
  },
  { attack: 'A list of schedules', request: get('/v1/schedules'), answer: away },
  { attack: 'A look at a schedule', request: get('/v1/schedules/any'), answer: away },
  { attack: 'A list of campaigns', request: get('/v1/campaigns'), answer: away },
  { attack: 'A look at a campaign', request: get('/v1/campaigns/any'), answer: away },
  { attack: 'A look at a connection', request: get('/v1/connections/domino-test'), answer: away },
  { attack: 'The question whether the server is ready', request: get('/readyz'), answer: away },
  { attack: 'The question whether the server lives', request: get('/livez'), answer: { status: 200 } },
  { attack: 'The list of pipelines', request: get('/v1/pipelines'), answer: { status: 200 } },
];

/**
 * The table. Rows about keys, tokens and signatures of webhooks are added as further groups, each with the server
 * that it needs; test/integration/bad-input.test.ts starts one server per kind.
 */
export const badInput: readonly BadInputGroup[] = [
  { title: 'Bodies', server: 'usual', rows: bodies },
  { title: 'Fields of the input', server: 'usual', rows: fields },
  { title: 'Headers', server: 'usual', rows: headers },
  { title: 'Names and paths', server: 'usual', rows: names },
  { title: 'Lists', server: 'usual', rows: lists },
  { title: 'The ledger of retrainings', server: 'usual', rows: ledger },
  { title: 'Causes of failures', server: 'usual', rows: causes },
  { title: 'Comparing runs', server: 'usual', rows: comparisons },
  { title: 'Links of approvals', server: 'usual', rows: links },
  { title: 'Steering a run', server: 'usual', rows: steering },
  { title: 'Replays', server: 'with-worker', rows: replays },
  { title: 'Schedules', server: 'usual', rows: schedules },
  { title: 'Campaigns', server: 'usual', rows: campaigns },
  { title: 'Methods', server: 'usual', rows: methods },
  { title: 'Bytes on the socket', server: 'usual', rows: sockets },
  { title: 'Connections', server: 'usual', rows: connections },
  { title: 'Without Temporal', server: 'without-temporal', rows: withoutTemporal },
];

/** What the server does that is no answer to a single request; the tests have these names. */
export const behaviours = {
  slow: 'Callers that send headers or a body slowly are cut off with 408 after 15 to 25 s; good traffic is answered meanwhile.',
  once: '200 posts at once with one key start one run: one answer is 201, the others are 200, all name the same run.',
  nothing: 'None of these requests starts a run, makes a schedule or a campaign.',
} as const;
