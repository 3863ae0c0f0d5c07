/** Revisions of versions of deployments: their packages. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { DeploymentPackage } from './packages.js';

/** A package and the state of its build: `queued building success failed`. */
export const DeploymentRevision = z.object({
  id: z.string(),
  version: z.string(),
  creation_date: z.string().nullish(),
  created_by: z.string().nullish(),
  status: z.string().nullish(),
  error_message: z.string().nullish(),
  has_request_method: z.boolean().nullish(),
  has_requests_method: z.boolean().nullish(),
  empty: z.boolean().nullish(),
});

const at = '/projects/{projectName}/deployments/{deploymentName}/versions/{version}/revisions';

/** The endpoints of packages. */
export const deploymentRevisions = {
  upload: endpoint({
    method: 'POST',
    path: at,
    summary: 'Upload a package to a version, or copy that of another one; its build starts at once.',
    source: 'ubiops 4.14.0 docs/Deployments.md#revisions_file_upload',
    replay: 'creates',
    found: 'none',
    body: DeploymentPackage,
    bodyEncoding: 'multipart',
    response: z.object({ success: z.boolean().nullish(), revision: z.string() }),
    status: 201,
  }),
  list: endpoint({
    method: 'GET',
    path: at,
    summary: 'List the packages of a version, in no stated order.',
    source: 'ubiops 4.14.0 docs/Deployments.md#revisions_list',
    replay: 'safe',
    response: z.array(DeploymentRevision),
  }),
  get: endpoint({
    method: 'GET',
    path: `${at}/{revisionId}`,
    summary: 'Get a package and the state of its build.',
    source: 'ubiops 4.14.0 docs/Deployments.md#revisions_get',
    replay: 'safe',
    response: DeploymentRevision,
  }),
  download: endpoint({
    method: 'GET',
    path: `${at}/{revisionId}/download`,
    summary: 'Download a package.',
    source: 'ubiops 4.14.0 docs/Deployments.md#revisions_file_download',
    replay: 'safe',
    response: z.unknown(),
    encoding: 'bytes',
  }),
  rebuild: endpoint({
    method: 'POST',
    path: `${at}/{revisionId}/rebuild`,
    summary: 'Build a package once more.',
    source: 'ubiops 4.14.0 docs/Deployments.md#revisions_rebuild',
    replay: 'creates',
    found: 'none',
    response: DeploymentRevision,
    status: 201,
  }),
} as const;
