/** Storage that speaks as S3 does, on loopback. It verifies each signature by an implementation of its own. */
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Server {
  readonly url: string;
  /** By `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  /** As many next requests are answered by 503. */
  failNext(requests: number): void;
  /** What was asked, as `PUT /bucket/key`. */
  readonly requests: readonly string[];
  close(): void;
}

export interface S3ServerOptions {
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Keys in a page of a list. */
  readonly pageSize?: number;
}

/** Listens on a free port, with one bucket. */
export async function createS3Server(options: S3ServerOptions): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  let failing = 0;
  const answer = (request: IncomingMessage, body: Buffer): readonly [number, string | Buffer] => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname).slice(1);
    requests.push(`${request.method ?? ''} /${key}`);
    if (failing > 0) {
      failing -= 1;
      return [503, error('SlowDown')];
    }
    if (!isSigned(request, url, body, options)) return [403, error('SignatureDoesNotMatch')];
    if (key.split('/')[0] !== options.bucket) return [404, error('NoSuchBucket')];
    if (url.searchParams.get('list-type') === '2') return [200, listed(url.searchParams, objects, options)];
    if (request.method === 'PUT') {
      objects.set(key, body);
      return [200, ''];
    }
    const object = objects.get(key);
    return object ? [200, object] : [404, error('NoSuchKey')];
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const [status, text] = answer(request, body);
      const etag = request.method === 'PUT' && status === 200 ? { ETag: '"1"' } : {};
      response.writeHead(status, etag).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    ...{ url: `http://127.0.0.1:${port}`, objects, requests },
    failNext: (count) => (failing = count),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const error = (code: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

function listed(
  query: URLSearchParams,
  objects: ReadonlyMap<string, Buffer>,
  { bucket, pageSize = 1_000 }: S3ServerOptions,
): string {
  const [prefix, after] = [query.get('prefix') ?? '', query.get('start-after') ?? ''];
  const keys = [...objects.keys()]
    .map((key) => key.slice(bucket.length + 1))
    .filter((key) => key.startsWith(prefix) && key > after)
    .sort();
  const page = keys.slice(0, pageSize);
  const contents = page.map((key) => `<Contents><Key>${encodeURIComponent(key)}</Key></Contents>`);
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${keys.length > page.length}</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

/** As “Authenticating Requests (AWS Signature Version 4)” of S3 says it. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer, options: S3ServerOptions): boolean {
  const { headers, method = '' } = request;
  const [, id, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const hash = createHash('sha256').update(body).digest('hex');
  if (id !== options.accessKeyId || headers['x-amz-content-sha256'] !== hash) return false;
  const strictly = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const canonical = [
    method,
    decodeURIComponent(url.pathname).split('/').map(strictly).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${strictly(name)}=${strictly(value)}`)
      .sort()
      .join('&'),
    ...names.split(';').map((name) => `${name}:${String(headers[name])}`),
    '',
    names,
    hash,
  ].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const hmac = (key: Buffer | string, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${options.secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks);
}
