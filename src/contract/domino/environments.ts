/** Environments and their revisions. Public API, and `/v4` where the public API has no equivalent. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { shellText } from '../shell-text.js';
import { enveloped, filled, nothing, page, paging } from './envelopes.js';

/**
 * A revision as the public API tells it. `status` is one of `queued starting pulling building pushing succeeded
 * failed killed`, and absent for a moment after the revision was created.
 */
export const Revision = z.object({
  id: z.string(),
  number: z.number().int(),
  status: z.string().nullish(),
});

/** `EnvironmentV1`. It has neither description nor Dockerfile; those are in `EnvironmentDetails`. */
export const Environment = z.object({
  id: z.string(),
  name: z.string(),
  archived: z.boolean(),
  /** `global`, `private` or `organization`; some deployments write them with a capital. */
  visibility: z.string(),
  owner: z.object({ id: z.string(), username: z.string() }).nullish(),
  /** The newest revision, whoever made it. */
  latestRevision: Revision.nullish(),
  /** The active revision: the one that a job runs unless it pins another. */
  selectedRevision: Revision.nullish(),
  restrictedRevision: Revision.nullish(),
});

/** `EnvironmentToolV1`: what a workspace can be opened with. */
const Tool = z.strictObject({
  name: z.string(),
  title: z.string(),
  startScripts: z.array(shellText),
  iconUrl: z.string().optional(),
  proxyConfig: z
    .strictObject({
      internalPath: z.string(),
      port: z.number().int(),
      requireSubdomain: z.boolean().optional(),
      rewrite: z.boolean().optional(),
    })
    .optional(),
  supportedFileExtensions: z.array(z.string()).optional(),
});

/** The part that a new environment and a new revision have in common: `NewEnvironmentRevisionV1`. */
const revisionFields = {
  /** Base image. Left out, the server may choose its own default. */
  image: z.string().optional(),
  dockerfileInstructions: shellText.optional(),
  summary: z.string().optional(),
  environmentVariables: z.array(z.strictObject({ key: z.string(), value: z.string() })).optional(),
  preSetupScript: shellText.optional(),
  postSetupScript: shellText.optional(),
  preRunScript: shellText.optional(),
  postRunScript: shellText.optional(),
  skipCache: z.boolean().optional(),
  supportedClusters: z.array(z.enum(['dask', 'mpi', 'ray', 'spark'])).optional(),
  tags: z.array(z.string()).optional(),
  useVpn: z.boolean().optional(),
  workspaceTools: z.array(Tool).optional(),
};

/** `NewEnvironmentRevisionV1`. */
export const NewRevision = z.strictObject(revisionFields);

/**
 * `NewEnvironmentV1`. Either `name`, `image` and `addBaseDependencies`, or `duplicateFromEnvironmentId` and
 * nothing else.
 */
export const NewEnvironment = z.strictObject({
  ...revisionFields,
  name: filled.optional(),
  addBaseDependencies: z.boolean().optional(),
  description: z.string().optional(),
  visibility: z.enum(['global', 'private']).optional(),
  duplicateFromEnvironmentId: z.string().optional(),
  isCurated: z.boolean().optional(),
  isRestricted: z.boolean().optional(),
  orgOwnerId: z.string().optional(),
  rebuildOnBaseChanges: z.enum(['never', 'followActive']).optional(),
});

/** A revision as `/v4` tells it. The status is Title-Case here. */
export const RevisionOverview = z.object({
  id: z.string(),
  number: z.number().int(),
  status: z.string().nullish(),
  isRestricted: z.boolean().optional(),
});

/** What a revision is made of. */
export const RevisionContent = z.object({
  /** Some deployments leave it out. */
  id: z.string().optional(),
  number: z.number().int().nullish(),
  summary: z.string().nullish(),
  dockerfileInstructions: z.string().nullish(),
  dockerImage: z.string().nullish(),
  preSetupScript: z.string().nullish(),
  postSetupScript: z.string().nullish(),
  preRunScript: z.string().nullish(),
  postRunScript: z.string().nullish(),
  isBuilt: z.boolean().optional(),
});

/** The `/v4` environment: its description, and what its newest revision is made of. */
export const EnvironmentDetails = z.object({
  id: z.string(),
  name: z.string(),
  archived: z.boolean().optional(),
  description: z.string().nullish(),
  visibility: z.string().optional(),
  owner: z.object({ id: z.string(), username: z.string() }).nullish(),
  latestRevision: RevisionOverview.nullish(),
  latestRevisionDetails: RevisionContent.nullish(),
  selectedRevision: RevisionOverview.nullish(),
  restrictedRevision: RevisionOverview.nullish(),
  /** Where some deployments put the image of the base. */
  base: z.object({ dockerImage: z.string().nullish() }).nullish(),
});

/** A page of the revisions whose build succeeded. Pages count from 1. */
const BuiltRevisions = z.object({
  revisions: z.array(
    z.object({
      id: z.string(),
      number: z.number().int(),
      /** Milliseconds since the epoch. */
      created: z.number(),
      active: z.boolean().optional(),
    }),
  ),
  pageInfo: z.object({
    currentPage: z.number().int(),
    pageSize: z.number().int(),
    totalPages: z.number().int(),
  }),
});

/** The endpoints of environments and revisions. */
export const environments = {
  list: endpoint({
    method: 'GET',
    path: '/api/environments/beta/environments',
    summary: 'List the environments that the caller may see. There is no filter by name.',
    source: 'domino-environments-api.md#list-environments',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('environments', Environment),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/environments/beta/environments',
    summary: 'Create an environment with its first revision, whose build starts at once.',
    source: 'domino-environments-api.md#create-environment',
    replay: 'creates',
    found: { in: 'listOwn', by: 'description', get: 'get', id: { environmentId: 'id' } },
    body: NewEnvironment,
    response: enveloped('environment', Environment),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/environments/v1/environments/{environmentId}',
    summary: 'Get an environment with its latest and its active revision.',
    source: 'domino-environments-api.md#get-environment',
    replay: 'safe',
    response: enveloped('environment', Environment),
  }),
  archive: endpoint({
    method: 'DELETE',
    path: '/api/environments/v1/environments/{environmentId}',
    summary: 'Archive an environment.',
    source: 'domino-environments-api.md#archive-environment',
    replay: 'idempotent',
    response: z.looseObject({}),
  }),
  createRevision: endpoint({
    method: 'POST',
    path: '/api/environments/beta/environments/{environmentId}/revisions',
    summary: 'Add a revision to an environment; its build starts at once.',
    source: 'domino-environments-api.md#create-revision',
    replay: 'creates',
    found: 'none',
    body: NewRevision,
    response: enveloped('environmentRevision', Revision),
  }),
  restrictRevision: endpoint({
    method: 'PATCH',
    path: '/api/environments/beta/environments/{environmentId}/revisions/{revisionId}',
    summary: 'Mark a revision as restricted, or not.',
    source: 'domino-environments-api.md#update-revision-restriction',
    replay: 'idempotent',
    body: z.strictObject({ isRestricted: z.boolean() }),
    response: z.object({ id: z.string() }),
  }),
  details: endpoint({
    method: 'GET',
    path: '/v4/environments/{environmentId}',
    summary: 'Get an environment with what its newest revision is made of.',
    source: 'domino-v4-subset.openapi.json#/environments/{environmentId}',
    replay: 'safe',
    response: EnvironmentDetails,
  }),
  listOwn: endpoint({
    method: 'GET',
    path: '/v4/environments/self',
    summary: 'List the caller’s own environments in one answer.',
    source: 'domino-v4-subset.openapi.json#/environments/self',
    replay: 'safe',
    query: z.strictObject({
      getOnlyActiveRevisions: z.boolean().optional(),
      isRestricted: z.boolean().optional(),
    }),
    response: z.array(EnvironmentDetails),
  }),
  getDefault: endpoint({
    method: 'GET',
    path: '/v4/environments/defaultEnvironment',
    summary: 'Get the deployment’s default environment.',
    source: 'domino-v4-subset.openapi.json#/environments/defaultEnvironment',
    replay: 'safe',
    response: EnvironmentDetails,
  }),
  getRevision: endpoint({
    method: 'GET',
    path: '/v4/environments/{environmentId}/environmentRevision/{revisionId}',
    summary: 'Get one revision and the state of its build, whichever revision is the newest.',
    source:
      'domino-v4-subset.openapi.json#/environments/{environmentId}/environmentRevision/{environmentRevisionId}',
    replay: 'safe',
    response: RevisionOverview,
  }),
  revisionDetails: endpoint({
    method: 'GET',
    path: '/v4/environments/environmentRevision/{revisionId}',
    summary: 'Get what one revision is made of.',
    source: 'domino-v4-subset.openapi.json#/environments/environmentRevision/{environmentRevisionId}',
    replay: 'safe',
    response: z.object({
      environmentRevision: RevisionContent,
      isLatestRevision: z.boolean().optional(),
      hasRunningBuild: z.boolean().optional(),
    }),
  }),
  listBuiltRevisions: endpoint({
    method: 'GET',
    path: '/v4/environments/{environmentId}/page/{page}/pageSize/{pageSize}/revisions',
    summary: 'List the revisions of an environment whose build succeeded, newest first.',
    source:
      'domino-v4-subset.openapi.json#/environments/{environmentId}/page/{page}/pageSize/{pageSize}/revisions',
    replay: 'safe',
    response: BuiltRevisions,
  }),
  cancelBuild: endpoint({
    method: 'POST',
    path: '/v4/environments/{environmentId}/environmentRevision/{revisionId}/cancel',
    summary: 'Cancel the build of a revision.',
    source:
      'domino-v4-subset.openapi.json#/environments/{environmentId}/environmentRevision/{environmentRevisionId}/cancel',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  setActive: endpoint({
    method: 'POST',
    path: '/v4/environments/{environmentId}/setactive',
    summary: 'Make a revision the active one.',
    source: 'domino-v4-subset.openapi.json#/environments/{environmentId}/setactive',
    replay: 'idempotent',
    query: z.strictObject({ revisionId: z.string() }),
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  rebuildRevision: endpoint({
    method: 'POST',
    path: '/v4/environments/rebuildrevision',
    summary: 'Build a revision again, after a build that failed through no fault of its own.',
    source: 'domino-v4-subset.openapi.json#/environments/rebuildrevision',
    replay: 'idempotent',
    body: z.strictObject({ revisionId: z.string() }),
    response: EnvironmentDetails,
    status: 201,
  }),
} as const;
