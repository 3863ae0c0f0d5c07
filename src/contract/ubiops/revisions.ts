/** Revisions of environments: what is uploaded, and built. `/v2.1` alone. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { Build } from './builds.js';
import { before } from './fields.js';
import { EnvironmentPackage } from './packages.js';

/** A revision. Neither a checksum nor a size, a state or a build is in it. */
export const EnvironmentRevision = z.object({
  id: z.string(),
  environment: z.string(),
  creation_date: z.string().nullish(),
  created_by: z.string().nullish(),
  /** Whether its file is gone: it can be neither downloaded nor built again. */
  expired: z.boolean().nullish(),
});

const at = '/projects/{projectName}/environments/{environmentName}/revisions';

/** The endpoints of revisions of environments. */
export const revisions = {
  upload: endpoint({
    ...before,
    method: 'POST',
    path: at,
    summary:
      'Upload a package, or copy that of another environment: a new revision, whose build starts at once.',
    source: 'ubiops-environments-api.md#environment_revisions_file_upload',
    replay: 'creates',
    found: 'none',
    body: EnvironmentPackage,
    bodyEncoding: 'multipart',
    response: z.object({ success: z.boolean().nullish(), revision: z.string(), build: z.string() }),
    status: 201,
  }),
  list: endpoint({
    ...before,
    method: 'GET',
    path: at,
    summary: 'List the revisions of an environment, in no stated order.',
    source: 'ubiops-environments-api.md#environment_revisions_list',
    replay: 'safe',
    response: z.array(EnvironmentRevision),
  }),
  get: endpoint({
    ...before,
    method: 'GET',
    path: `${at}/{revisionId}`,
    summary: 'Get a revision of an environment.',
    source: 'ubiops-environments-api.md#environment_revisions_get',
    replay: 'safe',
    response: EnvironmentRevision,
  }),
  download: endpoint({
    ...before,
    method: 'GET',
    path: `${at}/{revisionId}/download`,
    summary: 'Download the package of a revision.',
    source: 'ubiops-environments-api.md#environment_revisions_file_download',
    replay: 'safe',
    response: z.unknown(),
    encoding: 'bytes',
  }),
  rebuild: endpoint({
    ...before,
    method: 'POST',
    path: `${at}/{revisionId}/rebuild`,
    summary: 'Build a revision once more: a new build.',
    source: 'ubiops-environments-api.md#environment_revisions_rebuild',
    replay: 'creates',
    found: 'none',
    response: Build,
    status: 201,
  }),
} as const;
