/** What is asked about the platform, its projects and its logs. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { Labels, byCursor, cursorPage, labelFilter } from './fields.js';

/** Whether the platform is up; it needs no credential. */
export const status = {
  get: endpoint({
    method: 'GET',
    path: '/status',
    summary: 'Get whether the platform is up: `ok` or `fail`.',
    source: 'ubiops 4.14.0 docs/Status.md#service_status',
    replay: 'safe',
    response: z.object({ status: z.string() }),
  }),
} as const;

/** The caller. */
export const users = {
  self: endpoint({
    method: 'GET',
    path: '/user',
    summary: 'Get the user whose token it is.',
    source: 'ubiops 4.14.0 docs/User.md#user_get',
    replay: 'safe',
    response: z.object({ id: z.string().nullish(), email: z.string() }),
  }),
} as const;

const Project = z.object({
  id: z.string().nullish(),
  name: z.string(),
  organization_name: z.string().nullish(),
  labels: Labels.nullish(),
  suspended: z.boolean().nullish(),
  suspended_reason: z.string().nullish(),
});

/** Projects. */
export const projects = {
  list: endpoint({
    method: 'GET',
    path: '/projects',
    summary: 'List the projects that the caller may see.',
    source: 'ubiops 4.14.0 docs/Projects.md#projects_list',
    replay: 'safe',
    query: z.strictObject({ organization: z.string().optional(), ...labelFilter }),
    response: z.array(Project),
  }),
  get: endpoint({
    method: 'GET',
    path: '/projects/{projectName}',
    summary: 'Get a project.',
    source: 'ubiops 4.14.0 docs/Projects.md#projects_get',
    replay: 'safe',
    response: Project,
  }),
} as const;

/** Logs of builds, versions and requests. */
export const logs = {
  list: endpoint({
    method: 'GET',
    path: '/projects/{projectName}/logs',
    summary:
      'List log lines that a query selects, such as `| environment_name=`e` and environment_build_id=`b``; 5000 at most. From `start`, which is now unless stated, to `end`, which is yesterday: the newest first where `end` is earlier.',
    source: 'ubiops 4.14.0 docs/Projects.md#logs_list',
    replay: 'safe',
    query: z.strictObject({
      query: z.string().optional(),
      /** Both: ISO 8601, or nanoseconds since the epoch. */
      start: z.string().optional(),
      end: z.string().optional(),
      limit: z.number().int().max(5_000).optional(),
    }),
    response: z.array(
      z.object({
        /** Nanoseconds since the epoch: more than a number of JavaScript keeps exactly. */
        timestamp: z.number(),
        timestamp_str: z.string().nullish(),
        log: z.string(),
      }),
    ),
  }),
} as const;

/** Templates of deployments: that of training is one of them. */
export const training = {
  templates: endpoint({
    method: 'GET',
    path: '/template-deployments',
    summary: 'List the templates from which deployments are made, such as that of training.',
    source: 'ubiops 4.14.0 docs/Deployments.md#template_deployments_list',
    replay: 'safe',
    response: z.array(z.object({ id: z.string().nullish(), details: z.looseObject({}).nullish() })),
  }),
} as const;

/** What versions run on. */
export const instanceTypes = {
  list: endpoint({
    method: 'GET',
    path: '/projects/{projectName}/instance-types',
    summary: 'List the types of instances, by `cursor`.',
    source: 'ubiops 4.14.0 docs/Instances.md#instance_types_list',
    replay: 'safe',
    query: z.strictObject({ ...byCursor }),
    response: cursorPage(
      z.object({
        id: z.string().nullish(),
        name: z.string(),
        display_name: z.string().nullish(),
        credit_rate: z.number().nullish(),
      }),
    ),
  }),
  listGroups: endpoint({
    method: 'GET',
    path: '/projects/{projectName}/instance-type-groups',
    summary: 'List the groups of types of instances, by `cursor`.',
    source: 'ubiops 4.14.0 docs/Instances.md#instance_type_groups_list',
    replay: 'safe',
    query: z.strictObject({ ...byCursor }),
    response: cursorPage(z.object({ id: z.string().nullish(), name: z.string().nullish() })),
  }),
} as const;
