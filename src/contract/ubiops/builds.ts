/** Builds of revisions of environments. `/v2.1` alone. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { before } from './fields.js';

/** A build. `status` is one of `queued processing success failed cancelled`, and older ones have others. */
export const Build = z.object({
  id: z.string(),
  revision: z.string(),
  creation_date: z.string().nullish(),
  status: z.string().nullish(),
  /** At most 1024 characters; empty unless it has failed. */
  error_message: z.string().nullish(),
  trigger: z.string().nullish(),
  /** Bytes of its image. */
  size: z.number().nullish(),
});

const at = '/projects/{projectName}/environments/{environmentName}/revisions/{revisionId}/builds';

/** The endpoints of builds. */
export const builds = {
  list: endpoint({
    ...before,
    method: 'GET',
    path: at,
    summary: 'List the builds of a revision, in no stated order.',
    source: 'ubiops-environments-api.md#environment_builds_list',
    replay: 'safe',
    response: z.array(Build),
  }),
  get: endpoint({
    ...before,
    method: 'GET',
    path: `${at}/{buildId}`,
    summary: 'Get a build.',
    source: 'ubiops-environments-api.md#environment_builds_get',
    replay: 'safe',
    response: Build,
  }),
  update: endpoint({
    ...before,
    method: 'PATCH',
    path: `${at}/{buildId}`,
    summary: 'Cancel a build.',
    source: 'ubiops-environments-api.md#environment_builds_update',
    replay: 'idempotent',
    body: z.strictObject({ status: z.literal('cancelled') }),
    response: Build,
  }),
  dependencies: endpoint({
    ...before,
    method: 'GET',
    path: `${at}/{buildId}/dependency-files`,
    summary: 'List the dependency files of a build with their text.',
    source: 'ubiops-environments-api.md#environment_build_dependencies_list',
    replay: 'safe',
    response: z.array(z.object({ name: z.string().min(1), content: z.string().nullish() })),
  }),
} as const;
