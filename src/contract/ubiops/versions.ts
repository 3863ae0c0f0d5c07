/** Versions of deployments: an environment and a package, on a type of instance. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { Labels, labelFilter, nothing } from './fields.js';

/**
 * A version. `status` is `available` or `unavailable`, and others while it is built; one without instances may stay
 * `unavailable` although its package is built, so the state of its revision counts. `/v2` has the tag of its environment, which
 * `/v2.1` cannot state.
 */
export const Version = z.object({
  id: z.string().nullish(),
  deployment: z.string(),
  version: z.string(),
  default: z.boolean().nullish(),
  description: z.string().nullish(),
  environment: z.string().nullish(),
  environment_tag: z.string().nullish(),
  environment_display_name: z.string().nullish(),
  status: z.string().nullish(),
  active_revision: z.string().nullish(),
  latest_revision: z.string().nullish(),
  minimum_instances: z.number().nullish(),
  maximum_instances: z.number().nullish(),
  maximum_idle_time: z.number().nullish(),
  instance_type_group_id: z.string().nullish(),
  instance_type_group_name: z.string().nullish(),
  request_retention_mode: z.string().nullish(),
  request_retention_time: z.number().nullish(),
  labels: Labels.nullish(),
  creation_date: z.string().nullish(),
  last_updated: z.string().nullish(),
});

const whole = z.number().int().nonnegative();

/** What a version is made of; each may be changed later. */
const settings = {
  environment: z.string().min(1).optional(),
  /** `/v2` alone. */
  environment_tag: z.string().min(1).optional(),
  instance_type: z.string().min(1).optional(),
  instance_type_group_id: z.string().min(1).optional(),
  instance_type_group_name: z.string().min(1).optional(),
  minimum_instances: whole.optional(),
  maximum_instances: whole.optional(),
  /** Seconds. */
  maximum_idle_time: whole.optional(),
  description: z.string().optional(),
  labels: Labels.optional(),
  /** Without `full`, what a request was given and answered cannot be read back. */
  request_retention_mode: z.enum(['none', 'metadata', 'full']).optional(),
  /** Seconds; four weeks at most. */
  request_retention_time: whole.optional(),
  maximum_queue_size: whole.optional(),
  restart_request_interruption: z.boolean().optional(),
  scaling_strategy: z.string().optional(),
  instance_processes: z.number().int().positive().optional(),
  ports: z.array(z.looseObject({})).optional(),
  health_check: z.looseObject({}).optional(),
  /** `/v2` alone, as `args` is: what runs instead of the package. */
  command: z.unknown().optional(),
  args: z.unknown().optional(),
};

const ofTags = 'a version names a tag in /v2 only';
const ofCommands = 'a version has a command in /v2 only';
const lacks = { 'v2.1': { environment_tag: ofTags, command: ofCommands, args: ofCommands } };

const at = '/projects/{projectName}/deployments/{deploymentName}/versions';

/** The endpoints of versions. */
export const versions = {
  create: endpoint({
    method: 'POST',
    path: at,
    summary: 'Create a version of a deployment, without a package. The first one is its default.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployment_versions_create',
    lacks,
    replay: 'creates',
    found: {
      named: { version: 'version' },
      get: 'get',
      same: ['environment', 'environment_tag', 'instance_type_group_name', 'request_retention_mode'],
    },
    body: z.strictObject({ version: z.string().min(1).max(64), ...settings }),
    response: Version,
    status: 201,
  }),
  list: endpoint({
    method: 'GET',
    path: at,
    summary: 'List the versions of a deployment.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployment_versions_list',
    replay: 'safe',
    query: z.strictObject({ ...labelFilter }),
    response: z.array(Version),
  }),
  get: endpoint({
    method: 'GET',
    path: `${at}/{version}`,
    summary: 'Get a version.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployment_versions_get',
    replay: 'safe',
    response: Version,
  }),
  update: endpoint({
    method: 'PATCH',
    path: `${at}/{version}`,
    summary: 'Update a version.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployment_versions_update',
    lacks,
    replay: 'idempotent',
    body: z.strictObject({ version: z.string().min(1).max(64).optional(), ...settings }),
    response: Version,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: `${at}/{version}`,
    summary: 'Delete a version, unless a pipeline uses it or a schedule its being the default.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployment_versions_delete',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
} as const;
