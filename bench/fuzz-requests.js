/** Hostile requests: valid ones of every route of an OpenAPI document, each with something done to it. */

/** Numbers in [0, 1) of a seed (mulberry32). */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const nasty = [
  ...['', ' ', '0', '-1', '1e9', '1e999', 'NaN', 'null', 'true', '[]', '{}', '*', '%', '%00', '%zz', '..'],
  ...['../../etc/passwd', '..%2f..%2fetc', '%252e%252e%252f', '/', '//', '\\', '~', ';a=1', '#x', '?x=1'],
  ...[`' OR '1'='1`, `x') OR ('1'='1`, '"', '`', '$(id)', '{{7*7}}', '${7*7}', '<script>alert(1)</script>'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'schlüssel', '日本語', '\u202e'],
  ...[
    'a\r\nx-evil: 1',
    'a\nb',
    'a\u0000b',
    '\ud800',
    'x'.repeat(300),
    'x'.repeat(5_000),
    '2026-02-30T00:00:00Z',
  ],
  ...[
    'http://169.254.169.254/',
    'file:///etc/passwd',
    '127.0.0.1',
    'Bearer lh_x_y',
    'Bearer a.b.c',
    'Basic eDp5',
  ],
];
const oddValues = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    -0,
    '',
    [],
    {},
    [[]],
    [null],
    { a: 1 },
    { $ne: null },
    { from: '/a' },
  ],
  ...nasty,
];
const headerNames = [
  ...[
    'content-type',
    'accept',
    'prefer',
    'last-event-id',
    'idempotency-key',
    'authorization',
    'x-request-id',
  ],
  ...[
    'host',
    'expect',
    'content-encoding',
    'x-http-method-override',
    'sec-fetch-site',
    'origin',
    'range',
    'te',
  ],
  ...[
    'cookie',
    'if-none-match',
    'traceparent',
    'webhook-id',
    'webhook-signature',
    'x-hub-signature-256',
    'upgrade',
  ],
];
const wholeBytes = 255 * 1_024;
const slowBodies = [
  '"'.repeat(wholeBytes),
  '\\"'.repeat(wholeBytes / 2),
  `"${'\\"'.repeat(wholeBytes / 2)}`,
  '\\'.repeat(wholeBytes),
  `{"a"${' '.repeat(wholeBytes)}`,
  `[${'"a",'.repeat(wholeBytes / 4)}1]`,
  `["\\ud83d\\ude00",${'0,'.repeat(wholeBytes / 2 - 20)}0]`,
  `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join()}}`,
  `{"input":{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join()}}}`,
  JSON.stringify({ reason: 'x'.repeat(wholeBytes) }),
  JSON.stringify({ cron: [`${'1,'.repeat(wholeBytes / 3)}1 * * * *`] }),
];
const contentTypes = [
  ...[
    'application/json; charset=utf-16',
    'text/plain',
    'application/xml',
    'multipart/form-data',
    'a/b/c',
    '',
  ],
  ...['application/x-www-form-urlencoded', 'application/json;'.repeat(50), 'APPLICATION/JSON', '*/*'],
];
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const strayPaths = [
  ...[
    '/',
    '/docs',
    '/docs/',
    '/docs/json',
    '/docs/yaml',
    '/docs/static/index.html',
    '/docs/static/..%2f..%2fx',
  ],
  ...[
    '/v1',
    '/v1/',
    '/v2/runs',
    '/v1/../livez',
    '//livez',
    '/LIVEZ',
    '/livez/',
    '/.env',
    '/v1/runs;x',
    '*',
    '/%',
  ],
];

/** Request n: a function of the seed and n alone. `runs` is how many runs `fuzz-0`, `fuzz-1`, … there are. */
export function createHostileRequests({ document, seed, input, runs }) {
  // Each reading of /metrics begins the time over that the delay of the event loop is told of.
  const operations = operationsOf(document)
    .filter(({ path }) => path !== '/metrics')
    .flatMap((operation) => Array(operation.operationId === 'startRun' ? 4 : 1).fill(operation));
  return (index) => {
    const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
    const pick = (list) => list[Math.floor(random() * list.length)];
    const chance = (share) => random() < share;
    const tools = { random, pick, chance, document, input, runs };
    if (chance(0.08)) return noise(tools);
    const request = validRequest(pick(operations), tools);
    for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) pick(mutations)(request, tools);
    return withBytes(request, tools);
  };
}

const operationsOf = ({ paths }) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );

function validRequest({ path, method, operationId, parameters = [], requestBody }, tools) {
  const { pick, chance, document, input, runs } = tools;
  const names = {
    pipeline: 'train-and-deploy',
    // Few that are there: without a worker, the server waits a while for what only a worker knows.
    runId: chance(0.05)
      ? `train-and-deploy.fuzz-${pick([...Array(runs).keys()])}`
      : 'train-and-deploy.nothing',
  };
  const query = [];
  const headers = {};
  for (const { name, in: place, required, schema } of parameters) {
    if (place === 'query' && chance(0.3)) query.push([name, String(sampleOf(schema, document, tools))]);
    if (place === 'header' && (required || chance(0.3)))
      headers[name] = String(sampleOf(schema, document, tools));
  }
  if (operationId === 'startRun') headers['idempotency-key'] = `fuzz-${pick([...Array(2 * runs).keys()])}`;
  delete headers.prefer; // it would wait for runs that never end; a mutation sets it
  const content = requestBody?.content?.['application/json'];
  const body = content && sampleOf(content.schema, document, tools);
  if (body !== undefined) headers['content-type'] = 'application/json';
  return {
    method,
    path: path.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? 'x'),
    query,
    headers,
    body: operationId === 'startRun' ? { ...body, input: structuredClone(input) } : body,
  };
}

/** A value that fits a JSON Schema, more or less. */
function sampleOf(schema, document, tools, depth = 0) {
  const { pick } = tools;
  if (schema === undefined || depth > 6) return {};
  if (schema.$ref) return sampleOf(at(document, schema.$ref), document, tools, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return pick(schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return sampleOf(pick(branches), document, tools, depth + 1);
  if (schema.type === 'object')
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([key, inner]) => [
        key,
        sampleOf(inner, document, tools, depth + 1),
      ]),
    );
  if (schema.type === 'array') return [sampleOf(schema.items, document, tools, depth + 1)];
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (schema.type === 'boolean') return true;
  return schema.format === 'date-time' ? '2026-11-21T00:00:00Z' : 'train';
}

const at = (document, reference) =>
  reference
    .slice(2)
    .split('/')
    .reduce((inner, key) => inner?.[key], document);

/** What is done to a request. Each works on the request in place. */
const mutations = [
  (request, { pick }) => (request.method = pick(methods)),
  (request, { pick }) => (request.path = pick(strayPaths)),
  (request, { pick }) => {
    const parts = request.path.split('/');
    parts[Math.max(1, parts.length - 1)] = pick(nasty);
    request.path = parts.join('/');
  },
  (request, { pick }) =>
    (request.path += pick(['/', '//', '%00', '%2e%2e', '.json', ';x', '/../x', '/events'])),
  (request, { pick, chance }) => {
    const names = ['status', 'limit', 'cursor', 'step', 'startedAfter', 'since', 'actor', 'x', '__proto__'];
    const name = pick([...names, ...request.query.map(([one]) => one)]);
    request.query.push([name, pick(nasty)]);
    if (chance(0.3)) request.query.push([name, pick(nasty)]);
  },
  (request, { pick }) => (request.headers[pick(headerNames)] = pick(nasty)),
  (request, { pick }) => (request.headers['content-type'] = pick(contentTypes)),
  (request, { pick }) => (request.headers.prefer = `wait=${pick(['0', '1', '121', 'x', '1;wait=2', '-1'])}`),
  (request) => delete request.headers['idempotency-key'],
  (request, { pick }) => (request.headers['idempotency-key'] = pick(nasty)),
  (request, tools) => (request.body = replaced(request.body, tools)),
  (request, tools) => (request.body = replaced(request.body, tools)),
  (request, { pick }) => {
    const odd = { [pick(nasty.slice(1))]: pick(oddValues) };
    request.body = typeof request.body === 'object' ? { ...request.body, ...odd } : odd;
  },
  (request, { pick }) => (request.body = pick(oddValues)),
  (request, { pick }) =>
    (request.bytes = pick(['truncate', 'flip', 'insert', 'repeat', 'large', 'slow', 'deep', 'partial'])),
  (request, { pick }) => (request.bytes = pick(['truncate', 'flip', 'insert', 'repeat', 'twice', 'deep'])),
];

/** The value with one leaf or branch replaced or left out. */
function replaced(value, tools) {
  const { pick, chance } = tools;
  if (typeof value !== 'object' || value === null || chance(0.3)) return pick(oddValues);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(oddValues);
  const key = pick(keys);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  if (chance(0.2)) delete copy[key];
  else copy[key] = replaced(value[key], tools);
  return copy;
}

function withBytes({ method, path, query, headers, body, bytes }, tools) {
  const encode = tools.chance(0.8) ? encodeURIComponent : String;
  const search = query.map(([name, value]) => `${name}=${safely(encode, value)}`).join('&');
  const request = { method, headers, path: search === '' ? path : `${path}?${search}` };
  if (body === undefined && bytes === undefined) return request;
  const whole = Buffer.from(JSON.stringify(body) ?? '');
  if (!('content-type' in headers)) headers['content-type'] = 'application/json';
  return { ...request, ...(bytes === 'partial' && { partial: true }), body: spoiled(whole, bytes, tools) };
}

function safely(encode, value) {
  try {
    return encode(value);
  } catch {
    return '%ED%A0%80'; // half a character
  }
}

function spoiled(whole, how, { random, pick }) {
  const place = Math.floor(random() * whole.length);
  const noisy = Buffer.from(
    Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() * 256)),
  );
  switch (how) {
    case 'truncate':
      return whole.subarray(0, place);
    case 'flip': {
      const copy = Buffer.from(whole);
      if (copy.length > 0) copy[place] ^= 1 << Math.floor(random() * 8);
      return copy;
    }
    case 'insert':
      return Buffer.concat([whole.subarray(0, place), noisy, whole.subarray(place)]);
    case 'repeat':
      return Buffer.concat([whole, whole]);
    case 'twice':
      return Buffer.from(whole.toString().replace(/^\{("[^"]*")/, '{$1:1,$1'));
    case 'deep':
      return Buffer.from(pick(['[', '{"a":']).repeat(Math.floor(random() * 5_000)));
    case 'large':
      return Buffer.alloc(200_000 + Math.floor(random() * 200_000), pick(['[', ' ', '"', '1', '{"']));
    case 'slow': // what costs a reader the most that begins anew at each sign, or works on each item
      return Buffer.from(pick(slowBodies));
    default:
      return whole;
  }
}

/** Bytes that are hardly HTTP. */
function noise({ random, pick, chance }) {
  const raw = Buffer.from(
    Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256)),
  );
  if (chance(0.4))
    return { method: 'NOISE', raw: Buffer.concat([raw, Buffer.from('\r\n\r\n')]), partial: true };
  const lines = [
    `${pick([...methods, 'G\u0001T', ''])} ${pick([...strayPaths, ...nasty])} ${pick(['HTTP/1.1', 'HTTP/1.0', 'HTTP/9', ''])}`,
    ...(chance(0.8) ? ['host: 127.0.0.1'] : []),
    ...Array.from({ length: Math.floor(random() * 6) }, () => `${pick(headerNames)}: ${pick(nasty)}`),
    ...(chance(0.2)
      ? [`content-length: ${pick(['-1', '5', '1e9', '99999999999999999999', 'x', '5, 6'])}`]
      : []),
    ...(chance(0.2)
      ? [`transfer-encoding: ${pick(['chunked', 'xchunked', 'chunked, gzip', ' chunked'])}`]
      : []),
  ];
  const text = `${lines.join(pick(['\r\n', '\n', '\r']))}\r\n\r\n${chance(0.3) ? raw.toString('latin1') : ''}`;
  return { method: 'NOISE', raw: Buffer.from(text, 'latin1'), partial: true };
}
