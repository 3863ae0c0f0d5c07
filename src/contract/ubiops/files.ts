/** Buckets and their files. A file's bytes do not come this way: the API names a signed address for them. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { Labels, labelFilter, nothing } from './fields.js';

const Bucket = z.object({
  id: z.string().nullish(),
  name: z.string(),
  provider: z.string().nullish(),
  project: z.string().nullish(),
  creation_date: z.string().nullish(),
  ttl: z.number().nullish(),
  description: z.string().nullish(),
  labels: Labels.nullish(),
});

const File = z.object({
  file: z.string(),
  size: z.number().nullish(),
  time_created: z.string().nullish(),
});

/** Where bytes are put (`PUT`) or read (`GET`), for a while; it is a secret. Azure's storage wants headers of its own. */
const SignedAddress = z.object({ url: z.string(), provider: z.string() });

const at = '/projects/{projectName}/buckets';
const within = `${at}/{bucketName}/files` as const;

/** The endpoints of buckets. */
export const buckets = {
  create: endpoint({
    method: 'POST',
    path: at,
    summary: 'Create a bucket.',
    source: 'ubiops 4.14.0 docs/Files.md#buckets_create',
    replay: 'creates',
    found: { named: { bucketName: 'name' }, get: 'get', same: ['provider'] },
    body: z.strictObject({
      name: z.string().min(1),
      provider: z.string().optional(),
      credentials: Labels.optional(),
      configuration: Labels.optional(),
      ttl: z.number().int().optional(),
      description: z.string().optional(),
      labels: Labels.optional(),
    }),
    response: Bucket,
    secret: true,
    status: 201,
  }),
  list: endpoint({
    method: 'GET',
    path: at,
    summary: 'List the buckets of a project.',
    source: 'ubiops 4.14.0 docs/Files.md#buckets_list',
    replay: 'safe',
    query: z.strictObject({ ...labelFilter }),
    response: z.array(Bucket),
  }),
  get: endpoint({
    method: 'GET',
    path: `${at}/{bucketName}`,
    summary: 'Get a bucket.',
    source: 'ubiops 4.14.0 docs/Files.md#buckets_get',
    replay: 'safe',
    response: Bucket,
  }),
  update: endpoint({
    method: 'PATCH',
    path: `${at}/{bucketName}`,
    summary: 'Update a bucket.',
    source: 'ubiops 4.14.0 docs/Files.md#buckets_update',
    replay: 'idempotent',
    body: z.strictObject({
      ttl: z.number().int().optional(),
      description: z.string().optional(),
      labels: Labels.optional(),
    }),
    response: Bucket,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: `${at}/{bucketName}`,
    summary: 'Delete a bucket with its files.',
    source: 'ubiops 4.14.0 docs/Files.md#buckets_delete',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
} as const;

/** The endpoints of files in buckets. */
export const files = {
  list: endpoint({
    method: 'GET',
    path: within,
    summary: 'List the files of a bucket, by `continuation_token`.',
    source: 'ubiops 4.14.0 docs/Files.md#files_list',
    replay: 'safe',
    pages: { items: 'files', by: 'token', ask: 'continuation_token', answer: 'continuation_token' },
    query: z.strictObject({
      prefix: z.string().optional(),
      delimiter: z.string().optional(),
      continuation_token: z.string().optional(),
      limit: z.number().int().max(1_000).optional(),
    }),
    response: z.object({
      files: z.array(File),
      prefixes: z.array(z.string()).nullish(),
      continuation_token: z.string().nullish(),
    }),
  }),
  get: endpoint({
    method: 'GET',
    path: `${within}/{file}`,
    summary: 'Get the size of a file and when it was made.',
    source: 'ubiops 4.14.0 docs/Files.md#files_get',
    replay: 'safe',
    response: File,
  }),
  upload: endpoint({
    method: 'POST',
    path: `${within}/{file}`,
    summary: 'Get the address to put a file’s bytes to; what was there is replaced.',
    source: 'ubiops 4.14.0 docs/Files.md#files_upload',
    replay: 'idempotent',
    query: z.strictObject({ upload_id: z.string().optional(), part_number: z.number().int().optional() }),
    body: z.strictObject({}),
    response: SignedAddress,
    secret: true,
    status: 201,
  }),
  download: endpoint({
    method: 'GET',
    path: `${within}/{file}/download`,
    summary: 'Get the address to read a file’s bytes from.',
    source: 'ubiops 4.14.0 docs/Files.md#files_download',
    replay: 'safe',
    response: SignedAddress,
    secret: true,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: `${within}/{file}`,
    summary: 'Delete a file.',
    source: 'ubiops 4.14.0 docs/Files.md#files_delete',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
} as const;
