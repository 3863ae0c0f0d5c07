/** Environments. In `/v2.1` they have revisions and builds, in `/v2` tags. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { Labels, before, labelFilter, nothing } from './fields.js';

/**
 * An environment. `/v2` has of it `id name project creation_date last_updated description labels system` alone. Those of the
 * platform itself (`system`) have no project. Its `status` tells of the build before until the newest one has ended, so
 * nothing is decided by it.
 */
export const Environment = z.object({
  id: z.string().nullish(),
  name: z.string().min(1),
  display_name: z.string().nullish(),
  base_environment: z.string().nullish(),
  project: z.string().nullish(),
  creation_date: z.string().nullish(),
  last_updated: z.string().nullish(),
  description: z.string().nullish(),
  labels: Labels.nullish(),
  gpu_required: z.boolean().nullish(),
  status: z.string().nullish(),
  /** Made with a package of a deployment: it is no environment of its own. */
  implicit: z.boolean().nullish(),
  hidden: z.boolean().nullish(),
  deprecated: z.boolean().nullish(),
  system: z.boolean().nullish(),
  supports_request_format: z.boolean().nullish(),
});

/** An environment with its revisions and builds: `null` where it has none, and left out by `/v2` and by its creation. */
export const EnvironmentDetail = Environment.extend({
  active_revision: z.string().nullish(),
  active_build: z.string().nullish(),
  latest_revision: z.string().nullish(),
  latest_build: z.string().nullish(),
});

/** A version of a deployment that uses an environment. */
const EnvironmentUsage = z.object({
  id: z.string().nullish(),
  deployment: z.string(),
  version: z.string(),
  environment: z.string(),
  environment_display_name: z.string().nullish(),
  status: z.string().nullish(),
});

const noDisplayName = 'an environment has a name only';

/** The endpoints of environments. */
export const environments = {
  create: endpoint({
    method: 'POST',
    path: '/projects/{projectName}/environments',
    summary: 'Create an environment. Without a base it is one for an own Docker image.',
    source: 'ubiops-environments-api.md#environments_create',
    lacks: {
      v2: {
        base_environment:
          'name the base where a tag is built: tags.build, base_environment_name and base_environment_tag',
        display_name: noDisplayName,
        supports_request_format: 'it is a field of the tag: tags.create',
      },
    },
    replay: 'creates',
    found: {
      named: { environmentName: 'name' },
      get: 'get',
      same: ['base_environment', 'supports_request_format'],
    },
    body: z.strictObject({
      name: z.string().min(1).max(1_024),
      /** `/v2.1` alone; `/v2` names the base of each build. */
      base_environment: z.string().min(1).optional(),
      display_name: z.string().max(1_024).optional(),
      description: z.string().max(400).optional(),
      labels: Labels.optional(),
      supports_request_format: z.boolean().optional(),
    }),
    response: Environment,
    status: 201,
  }),
  list: endpoint({
    method: 'GET',
    path: '/projects/{projectName}/environments',
    summary: 'List the environments of a project, in no stated order.',
    source: 'ubiops-environments-api.md#environments_list',
    lacks: { v2: { supports_request_format: 'it is a filter of tags.list' } },
    replay: 'safe',
    query: z.strictObject({
      ...labelFilter,
      environment_type: z.enum(['base', 'custom', 'all']).optional(),
      supports_request_format: z.boolean().optional(),
    }),
    response: z.array(Environment),
  }),
  get: endpoint({
    method: 'GET',
    path: '/projects/{projectName}/environments/{environmentName}',
    summary: 'Get an environment with the ids of its active and its latest revision and build.',
    source: 'ubiops-environments-api.md#environments_get',
    replay: 'safe',
    response: EnvironmentDetail,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/projects/{projectName}/environments/{environmentName}',
    summary: 'Update an environment. Labels are replaced as a whole; `/v2` cannot rename.',
    source: 'ubiops-environments-api.md#environments_update',
    lacks: { v2: { name: 'an environment cannot be renamed', display_name: noDisplayName } },
    replay: 'idempotent',
    body: z.strictObject({
      name: z.string().min(1).max(1_024).optional(),
      display_name: z.string().max(1_024).optional(),
      description: z.string().max(400).optional(),
      labels: Labels.optional(),
    }),
    response: EnvironmentDetail,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/projects/{projectName}/environments/{environmentName}',
    summary: 'Delete an environment that no version of a deployment uses.',
    source: 'ubiops-environments-api.md#environments_delete',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  usage: endpoint({
    ...before,
    method: 'GET',
    path: '/projects/{projectName}/environments/{environmentName}/usage',
    summary: 'List the versions of deployments that use an environment.',
    source: 'ubiops-environments-api.md#environments_usage',
    replay: 'safe',
    query: z.strictObject({ environment_type: z.string().optional() }),
    response: z.array(EnvironmentUsage),
  }),
} as const;
