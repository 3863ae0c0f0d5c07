/**
 * An archive in a bucket of S3 or of storage that speaks as S3 does (MinIO, Ceph, R2 …): three requests of its REST API,
 * signed by AWS Signature Version 4.
 */
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { RequestError, got } from 'got';
import { createAgents } from '../egress/agents.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { Store } from './store.js';

export interface S3Options {
  readonly bucket: string;
  /** What all keys begin with; empty, or without `/` at its ends. */
  readonly prefix: string;
  readonly region: string;
  /** The URL of other storage than that of AWS, which is asked with the bucket in the path. */
  readonly endpoint?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** The proxy on the way to a URL; `undefined`: straight. */
  readonly proxyOf?: (url: string) => string | undefined;
  /** Pause before a request that failed is sent again, doubled each time; half a second unless stated. */
  readonly firstPauseMs?: number;
}

/** Each request may be sent again: a key always gets the same attempt, and parts of the manifest have keys of their own. */
const retries = 4;
const timeoutMs = { connect: 10_000, request: 120_000 } as const;
/** A page of a list has at most 1,000 keys of at most 1,024 bytes. */
const maxListBytes = 8 * 1024 * 1024;

interface Asked {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
}

interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** Whether it names what it has stored, as S3 does: a proxy may answer anything in its place. */
  readonly isStored: boolean;
  /** Where S3 says that the bucket is. */
  readonly region: string | undefined;
}

/** Creates the store. Nothing is asked yet. */
export function createS3Store(options: S3Options): Store {
  const { bucket, prefix } = options;
  const where = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  const root = prefix === '' ? '' : `${prefix}/`;
  const agent = createAgents({ proxy: options.proxyOf?.(urlOf(options, '').href) }, { keepAlive: true });
  const ask = async (asked: Asked): Promise<Answer> => {
    const answer = await send({ ...options, agent, where }, asked);
    if (answer.status === 200 || isMissingKey(answer)) return answer;
    throw refusalOf(answer, asked, options);
  };
  return {
    where,
    async *list(below) {
      for (let after: string | undefined; ;) {
        const query = {
          'list-type': '2',
          'encoding-type': 'url',
          prefix: `${root}${below}`,
          ...(after !== undefined && { 'start-after': after }),
        };
        const page = pageOf(await ask({ method: 'GET', key: '', query, maxBytes: maxListBytes }));
        const last = page?.keys.at(-1);
        // One that lists again what it has listed, or lists nothing and says that it goes on, would end early or never.
        const isOdd = page?.keys.some((key) => !key.startsWith(query.prefix) || key <= (after ?? ''));
        if (page === null || isOdd || (page.goesOn && last === undefined))
          throw new LonghaulError('ARCHIVE_INVALID', `${where}: its storage does not list as S3 does`);
        yield* page.keys.map((key) => key.slice(root.length));
        if (!page.goesOn) return;
        after = last;
      }
    },
    read: async (key, maxBytes) => {
      const answer = await ask({ method: 'GET', key: `${root}${key}`, maxBytes });
      return answer.status === 200 ? answer.bytes : null;
    },
    write: async (key, body) => {
      const asked = { method: 'PUT', key: `${root}${key}`, body, maxBytes: maxListBytes } as const;
      const answer = await ask(asked);
      if (answer.status !== 200) throw refusalOf(answer, asked, options);
      if (!answer.isStored)
        throw new LonghaulError(
          'ARCHIVE_UNAVAILABLE',
          `the bucket ${bucket} cannot be written: ${urlOf(options, '').host} answered 200 without an ETag, as no S3 does; is it a proxy?`,
        );
    },
  };
}

/** The bucket is in the name of the host at AWS, and in the path elsewhere, or where no certificate fits its name. */
export function urlOf(
  { bucket, region, endpoint }: Pick<S3Options, 'bucket' | 'region' | 'endpoint'>,
  key: string,
  query: Readonly<Record<string, string>> = {},
): URL {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const isHost = endpoint === undefined && !bucket.includes('.');
  const base =
    endpoint?.replace(/\/+$/, '') ?? `https://${isHost ? `${bucket}.` : ''}s3.${region}.amazonaws.com`;
  const url = new URL(`${base}/${isHost ? '' : `${bucket}/`}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

async function send(
  options: S3Options & { readonly agent: ReturnType<typeof createAgents>; readonly where: string },
  { method, key, query, body, maxBytes }: Asked,
): Promise<Answer> {
  const { accessKeyId, secretAccessKey, sessionToken, region, firstPauseMs = 500 } = options;
  const url = urlOf(options, key, query);
  const signed = await new AwsV4Signer({
    ...{ method, url: url.href, region, accessKeyId, secretAccessKey, service: 's3' },
    ...(sessionToken !== undefined && { sessionToken }),
    // Signed with the body, so that the storage refuses one that does not arrive as it was sent.
    headers: {
      'x-amz-content-sha256': createHash('sha256')
        .update(body ?? '')
        .digest('hex'),
    },
  }).sign();
  const tooLarge = new AbortController();
  const asking = got(signed.url, {
    method,
    headers: Object.fromEntries(signed.headers),
    ...(body && { body }),
    responseType: 'buffer',
    agent: options.agent,
    timeout: timeoutMs,
    signal: tooLarge.signal,
    followRedirect: false,
    throwHttpErrors: false,
    retry: {
      limit: retries,
      methods: ['GET', 'PUT'],
      statusCodes: [408, 429, 500, 502, 503, 504],
      maxRetryAfter: 30_000,
      calculateDelay: ({ attemptCount, computedValue, retryAfter }) =>
        computedValue === 0 ? 0 : (retryAfter ?? firstPauseMs * 2 ** (attemptCount - 1)),
    },
  });
  void asking.on('downloadProgress', ({ transferred }) => {
    if (transferred > maxBytes + 65_536) tooLarge.abort();
  });
  try {
    const { statusCode, rawBody, headers } = await asking;
    const named = headers['x-amz-bucket-region'];
    return {
      status: statusCode,
      bytes: rawBody.subarray(0, maxBytes + 1),
      isStored: headers.etag !== undefined,
      region: typeof named === 'string' ? named : undefined,
    };
  } catch (error) {
    if (tooLarge.signal.aborted)
      throw new LonghaulError('ARCHIVE_INVALID', `${options.where}: ${key} is larger than ${maxBytes} bytes`);
    if (!(error instanceof RequestError)) throw error;
    // Its message may name what was asked and how.
    throw new LonghaulError('ARCHIVE_UNAVAILABLE', `${url.host} did not answer: ${error.code}`);
  }
}

/** The code of an error, such as `NoSuchBucket`. Nothing else of it is shown: it may repeat the request. */
const codeOf = ({ bytes }: Answer): string =>
  /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(new TextDecoder().decode(bytes))?.[1] ?? '';

const isMissingKey = (answer: Answer): boolean => answer.status === 404 && codeOf(answer) === 'NoSuchKey';

function refusalOf(
  answer: Answer,
  { method }: Asked,
  { bucket, region, ...options }: S3Options,
): LonghaulError {
  const { host } = urlOf({ bucket, region, ...options }, '');
  const code = codeOf(answer);
  const said = `${host} answered ${answer.status}${code === '' ? '' : ` ${code}`}`;
  if (code === 'NoSuchBucket')
    return new LonghaulError('ARCHIVE_INVALID', `there is no bucket ${bucket}: ${said}`);
  if (answer.region !== undefined && answer.region !== region && answer.status < 500)
    return new LonghaulError(
      'ARCHIVE_INVALID',
      `the bucket ${bucket} is in another region than ${region}: ${said}; set AWS_REGION`,
    );
  const verb = method === 'GET' ? 'read' : 'written';
  if (answer.status === 401 || answer.status === 403)
    return new LonghaulError('ARCHIVE_REFUSED', `the bucket ${bucket} cannot be ${verb}: ${said}`);
  return new LonghaulError('ARCHIVE_UNAVAILABLE', `the bucket ${bucket} cannot be ${verb}: ${said}`);
}

/** A page of a list; `null` for anything else. Keys are asked for in the encoding of URLs, in which none holds a character of XML. */
function pageOf({ bytes }: Answer): { readonly keys: readonly string[]; readonly goesOn: boolean } | null {
  const text = new TextDecoder().decode(bytes);
  if (!/<\/ListBucketResult>\s*$/.test(text)) return null;
  try {
    const keys = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) =>
      decodeURIComponent(key.replaceAll('+', ' ')),
    );
    return { keys, goesOn: text.includes('<IsTruncated>true</IsTruncated>') };
  } catch {
    return null; // a "%" that begins no character
  }
}
