/** Opens an archive by the address that was typed: a folder, or `s3://bucket/prefix`. */
import { createFolderStore } from '../../../archive/folder-store.js';
import type { Store } from '../../../archive/store.js';
import { environment, proxyFor, readSecret } from '../../../config.js';
import { LonghaulError } from '../../../run/failures/errors.js';

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const segmentPattern = /^[A-Za-z0-9._=-]+$/;

/**
 * To be read, a folder must be there; to be written, it is made. Nothing is read or asked yet. Of S3, keys, region and endpoint come from the variables of AWS.
 * @throws LonghaulError `ARCHIVE_INVALID` for an address that is none, `CREDENTIALS_MISSING`
 */
export async function openArchive(address: string, use: 'read' | 'write'): Promise<Store> {
  const refuse = (what: string): LonghaulError => new LonghaulError('ARCHIVE_INVALID', `${address}: ${what}`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1];
  if (scheme === undefined) return createFolderStore(address, { mayBeMissing: use === 'write' });
  if (scheme !== 's3') throw refuse('write a folder, or s3://bucket/prefix');
  const [bucket = '', ...segments] = address.slice('s3://'.length).replace(/\/$/, '').split('/');
  if (!bucketPattern.test(bucket)) throw refuse(`"${bucket}" is no name of a bucket`);
  const odd = segments.find((part) => !segmentPattern.test(part) || part === '.' || part === '..');
  if (odd !== undefined)
    throw refuse(`"${odd}" cannot be a part of its prefix: write letters, digits, ".", "_", "=" and "-"`);
  const { createS3Store } = await import('../../../archive/s3-store.js'); // got, for those who need it
  return createS3Store({ bucket, prefix: segments.join('/'), ...s3Settings(address), proxyOf: proxyFor });
}

function s3Settings(address: string) {
  const env = environment();
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:\/\/[^/@?#]+\/*$/.test(endpoint)))
    throw new LonghaulError(
      'ARCHIVE_INVALID',
      `${address}: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is not an http(s) URL of a host`,
    );
  // Storage of one's own has no regions, and takes the first one of AWS.
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? (endpoint && 'us-east-1');
  if (region === undefined || !/^[a-z0-9-]{1,40}$/.test(region))
    throw new LonghaulError('ARCHIVE_INVALID', `${address}: set AWS_REGION to the region of the bucket`);
  const secret = (name: string): string => readSecret({ env: name }, { use: 'header', env });
  const sessionToken = env['AWS_SESSION_TOKEN'] ? secret('AWS_SESSION_TOKEN') : undefined;
  return {
    ...{ region, endpoint, sessionToken },
    accessKeyId: secret('AWS_ACCESS_KEY_ID'),
    secretAccessKey: secret('AWS_SECRET_ACCESS_KEY'),
  };
}
