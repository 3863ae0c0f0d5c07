/** Tags of environments: what is built, under a name of the caller's. `/v2` alone. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { nothing, since } from './fields.js';
import { TagPackage } from './packages.js';

/**
 * A tag, and the state of its build: `queued pending scanning initialising processing building` while it goes on, then
 * `available completed success running` or `failed cancelled`.
 */
export const Tag = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  environment: z.string(),
  creation_date: z.string().nullish(),
  status: z.string(),
  supports_request_format: z.boolean().nullish(),
  implicit: z.boolean().nullish(),
  deprecated: z.boolean().nullish(),
  /** Bytes of its image. */
  size: z.number().nullish(),
  /** At most 1024 characters. */
  error_message: z.string().nullish(),
  base_environment_name: z.string().nullish(),
  base_environment_tag: z.string().nullish(),
  /** Whether a build has succeeded. */
  built: z.boolean().nullish(),
});

const Success = z.object({ success: z.boolean() });

const at = '/projects/{projectName}/environments/{environmentName}/tags';

/** The endpoints of tags. */
export const tags = {
  create: endpoint({
    ...since,
    method: 'POST',
    path: at,
    summary: 'Create a tag of an environment. Without a name, the server gives it one.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_create',
    replay: 'creates',
    found: { named: { tagName: 'name' }, get: 'get', same: ['supports_request_format'] },
    body: z.strictObject({
      name: z.string().min(1).max(128).optional(),
      status: z.string().min(1).optional(),
      supports_request_format: z.boolean().optional(),
    }),
    response: Tag,
    status: 201,
  }),
  list: endpoint({
    ...since,
    method: 'GET',
    path: at,
    summary: 'List the tags of an environment, in no stated order.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_list',
    replay: 'safe',
    query: z.strictObject({ supports_request_format: z.boolean().optional() }),
    response: z.array(Tag),
  }),
  get: endpoint({
    ...since,
    method: 'GET',
    path: `${at}/{tagName}`,
    summary: 'Get a tag with the state of its build.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_get',
    replay: 'safe',
    response: Tag,
  }),
  update: endpoint({
    ...since,
    method: 'PATCH',
    path: `${at}/{tagName}`,
    summary: 'Cancel the build of a tag.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_update',
    replay: 'idempotent',
    body: z.strictObject({
      status: z.literal('cancelled').optional(),
      supports_request_format: z.boolean().optional(),
    }),
    response: Tag,
  }),
  delete: endpoint({
    ...since,
    method: 'DELETE',
    path: `${at}/{tagName}`,
    summary: 'Delete a tag that no version of a deployment uses.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_delete',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  build: endpoint({
    ...since,
    method: 'POST',
    path: `${at}/{tagName}/build`,
    summary: 'Upload a package to a tag, or copy that of another tag; its build starts at once.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_build',
    replay: 'creates',
    found: 'none',
    query: z.strictObject({
      base_environment_name: z.string().min(1).optional(),
      base_environment_tag: z.string().min(1).optional(),
    }),
    body: TagPackage,
    bodyEncoding: 'multipart',
    response: Success,
    status: 201,
  }),
  rebuild: endpoint({
    ...since,
    method: 'POST',
    path: `${at}/{tagName}/rebuild`,
    summary: 'Build a tag once more.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_rebuild',
    replay: 'creates',
    found: 'none',
    response: Success,
    status: 201,
  }),
  download: endpoint({
    ...since,
    method: 'GET',
    path: `${at}/{tagName}/download`,
    summary: 'Download the package of a tag.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_download',
    replay: 'safe',
    response: z.unknown(),
    encoding: 'bytes',
  }),
  usage: endpoint({
    ...since,
    method: 'GET',
    path: `${at}/{tagName}/usage`,
    summary: 'List the versions of deployments that use a tag.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_usage',
    replay: 'safe',
    response: z.array(
      z.object({
        id: z.string().nullish(),
        deployment: z.string(),
        version: z.string(),
        environment_name: z.string().min(1),
        environment_tag: z.string().min(1),
        status: z.string().nullish(),
      }),
    ),
  }),
  dependencies: endpoint({
    ...since,
    method: 'GET',
    path: `${at}/{tagName}/dependency-files`,
    summary: 'List the dependency files of a tag with their text.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tags_dependencies_list',
    replay: 'safe',
    response: z.array(z.object({ name: z.string().min(1), content: z.string().nullish() })),
  }),
} as const;
