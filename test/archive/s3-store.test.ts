import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createS3Store, urlOf } from '../../src/archive/s3-store.js';
import type { Store } from '../../src/archive/store.js';
import { type S3Server, createS3Server } from '../support/s3-server.js';

const keys = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret/of+the=bucket' };
let server: S3Server;
beforeAll(async () => {
  server = await createS3Server({ bucket: 'kept', ...keys, pageSize: 2 });
});
afterAll(() => server.close());

const storeOf = (change: { readonly bucket?: string; readonly secretAccessKey?: string } = {}): Store =>
  createS3Store({
    ...{ bucket: 'kept', prefix: 'ml/longhaul', region: 'us-east-1', endpoint: server.url, firstPauseMs: 1 },
    ...keys,
    ...change,
  });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const failureOf = (
  promise: Promise<unknown>,
): Promise<{ readonly code: unknown; readonly message: string }> =>
  promise.then(
    () => ({ code: undefined, message: '' }),
    (error: unknown) => ({
      code: error instanceof Error && 'code' in error ? error.code : error,
      message: String(error),
    }),
  );

const listOf = (names: readonly string[], goesOn = false): string =>
  `<ListBucketResult><IsTruncated>${goesOn}</IsTruncated>${names.map((name) => `<Contents><Key>${name}</Key></Contents>`).join('')}</ListBucketResult>`;

/** A store whose requests are all answered by 200 and this. */
async function answering(
  answer: (url: URL) => string,
): Promise<{ readonly store: Store; readonly close: () => void }> {
  const odd = createServer((request, response) => {
    request.resume().on('end', () => response.end(answer(new URL(request.url ?? '/', 'http://s3'))));
  });
  odd.listen(0, '127.0.0.1');
  await once(odd, 'listening');
  const { port } = odd.address() as AddressInfo; // it listens on TCP
  const endpoint = `http://127.0.0.1:${port}`;
  const store = createS3Store({ bucket: 'kept', prefix: '', region: 'us-east-1', endpoint, ...keys });
  return {
    store,
    close: () => {
      odd.close();
      odd.closeAllConnections();
    },
  };
}

describe('an archive in S3', () => {
  it('writes, reads and lists below its prefix, with signatures that the storage verifies', async () => {
    const store = storeOf();
    const names = ['runs/a.k:1/1.json', 'runs/a.k:1/2.json', 'runs/a.k:1/3.json', 'runs/a.k:1/4.json'];
    for (const name of names) await store.write(name, Buffer.from(name));
    await store.write('runs/a.k:10/1.json', Buffer.from('of another run'));
    expect(server.objects.get('kept/ml/longhaul/runs/a.k:1/2.json')?.toString()).toBe('runs/a.k:1/2.json');
    expect(await all(store.list('runs/a.k:1/'))).toEqual(names);
    const read = await store.read('runs/a.k:1/4.json', 100);
    expect(Buffer.from(read ?? []).toString()).toBe('runs/a.k:1/4.json');
    expect(await store.read('runs/a.k:1/5.json', 100)).toBeNull();
    expect(await all(store.list('nothing/'))).toEqual([]);
  });

  it('sends a request again while the storage is overloaded, and gives up after some', async () => {
    server.failNext(2);
    await storeOf().write('again', Buffer.from('twice'));
    expect(server.objects.get('kept/ml/longhaul/again')?.toString()).toBe('twice');
    const before = server.requests.length;
    server.failNext(100);
    const failure = await failureOf(storeOf().read('again', 100));
    server.failNext(0);
    expect(server.requests.length - before).toBe(5);
    expect(failure).toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' });
    expect(failure.message).toContain('the bucket kept cannot be read');
    expect(failure.message).toContain('answered 503 SlowDown');
  });

  it('names a bucket that there is not, a key that is refused, and storage that is not there', async () => {
    const noBucket = await failureOf(storeOf({ bucket: 'none' }).write('x', Buffer.from('x')));
    expect(noBucket).toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect(noBucket.message).toContain('there is no bucket none');
    const refused = await failureOf(all(storeOf({ secretAccessKey: 'not-the-secret' }).list('runs/')));
    expect(refused).toMatchObject({ code: 'ARCHIVE_REFUSED' });
    expect(refused.message).toContain('answered 403 SignatureDoesNotMatch');
    expect(refused.message).not.toContain('not-the-secret');
    const nobody = createS3Store({
      ...{ bucket: 'kept', prefix: '', region: 'us-east-1', endpoint: 'http://127.0.0.1:1', firstPauseMs: 1 },
      ...keys,
    });
    expect(await failureOf(nobody.read('x', 1))).toEqual({
      code: 'ARCHIVE_UNAVAILABLE',
      message: 'LonghaulError: 127.0.0.1:1 did not answer: ECONNREFUSED',
    });
  });

  it('reads no more of an object than it is asked to', async () => {
    const store = storeOf();
    await store.write('large', Buffer.alloc(1_000_000));
    expect(await failureOf(store.read('large', 1_000))).toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect((await store.read('large', 1_000_000))?.length).toBe(1_000_000);
  });

  it.each<[string, (query: URLSearchParams) => string]>([
    ['lists in a format of its own', () => '<html>Please log in</html>'],
    ['names a key by what begins no character', () => listOf(['x/100%'])],
    ['lists what it was not asked for', () => listOf(['other/1'])],
    ['lists again what it has listed', () => listOf(['x/1', 'x/2'], true)],
    ['goes on after nothing', (query) => listOf(query.has('start-after') ? [] : ['x/1'], true)],
  ])('is refused where its storage %s', async (_, list) => {
    const odd = await answering((url) => list(url.searchParams));
    const listing = failureOf(all(odd.store.list('x/')));
    expect(await listing.finally(odd.close)).toEqual({
      code: 'ARCHIVE_INVALID',
      message: 'LonghaulError: s3://kept: its storage does not list as S3 does',
    });
  });

  it('takes nothing for written that a proxy has answered in the place of its storage', async () => {
    const proxy = await answering(() => '<html>Please log in</html>');
    const writing = failureOf(proxy.store.write('x/1', Buffer.from('one')));
    const failure = await writing.finally(proxy.close);
    expect(failure).toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' });
    expect(failure.message).toContain('answered 200 without an ETag');
  });

  it('asks AWS by the host of the bucket, and other storage by the path', () => {
    const aws = { bucket: 'kept', region: 'eu-central-1' };
    expect(urlOf(aws, 'a/b:c').href).toBe('https://kept.s3.eu-central-1.amazonaws.com/a/b%3Ac');
    expect(urlOf({ ...aws, bucket: 'kept.de' }, 'a').href).toBe(
      'https://s3.eu-central-1.amazonaws.com/kept.de/a',
    );
    expect(urlOf({ ...aws, endpoint: 'http://minio:9000/' }, '', { prefix: 'x' }).href).toBe(
      'http://minio:9000/kept/?prefix=x',
    );
  });
});
