/** Model APIs: a model behind an HTTP endpoint, in numbered versions. Answers have no envelope. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled, nothing, page, paging } from './envelopes.js';

/** Where a version's code and model come from. */
export const ModelApiSource = z.strictObject({
  type: z.enum(['File', 'Registry']),
  /** For `File`: a path in the project, and the function in it that answers. */
  file: z.string().optional(),
  function: z.string().optional(),
  excludeFiles: z.array(z.string()).optional(),
  /** For `Registry`. */
  registeredModelName: z.string().optional(),
  registeredModelVersion: z.number().int().optional(),
});

/** `ModelApiVersionCreationRequest`. */
export const NewModelApiVersion = z.strictObject({
  projectId: z.string(),
  source: ModelApiSource,
  logHttpRequestResponse: z.boolean(),
  monitoringEnabled: z.boolean(),
  /** Left out, the version is deployed. */
  shouldDeploy: z.boolean().optional(),
  description: z.string().optional(),
  commitId: z.string().optional(),
  environmentId: z.string().optional(),
  recordInvocation: z.boolean().optional(),
  predictionDatasetResourceId: z.string().optional(),
  provenanceCheckpointId: z.string().optional(),
});

/** `ModelApiCreationRequest`. */
export const NewModelApi = z.strictObject({
  name: filled,
  description: z.string(),
  environmentId: z.string(),
  environmentVariables: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  isAsync: z.boolean(),
  strictNodeAntiAffinity: z.boolean(),
  version: NewModelApiVersion,
  replicas: z.number().int().optional(),
  hardwareTierId: z.string().optional(),
  resourceQuotaId: z.string().optional(),
  bundleId: z.string().optional(),
});

/** `PUT` replaces: what is left out is reset. */
export const ModelApiUpdate = z.strictObject({
  name: filled,
  description: z.string(),
  environmentId: z.string(),
  replicas: z.number().int(),
  hardwareTierId: z.string().optional(),
  resourceQuotaId: z.string().optional(),
});

/**
 * State of a version: `Preparing to build`, `Building`, `Starting`, `Running`, `Ready to run`, `Stopped`,
 * `Failed`, `Stalled`, `Unreachable`. While `isPending`, it is on its way to another one.
 */
export const Deployment = z.object({ status: z.string(), isPending: z.boolean() });

/** `ModelApiVersion`. Wait for the version that was created; the model API may still serve an older one. */
export const ModelApiVersion = z.object({
  id: z.string(),
  number: z.number().int().nullish(),
  modelApiId: z.string(),
  projectId: z.string(),
  commitId: z.string().nullish(),
  environmentRevisionId: z.string().nullish(),
  description: z.string().nullish(),
  source: z.object({
    type: z.string(),
    file: z.string().nullish(),
    function: z.string().nullish(),
    registeredModelName: z.string().nullish(),
    registeredModelVersion: z.number().int().nullish(),
  }),
  deployment: Deployment.nullish(),
});

/** `ModelApi`. `activeVersion` is the one that serves, or the first one while it is being made. */
export const ModelApi = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  environmentId: z.string(),
  isArchived: z.boolean(),
  replicas: z.number().int().optional(),
  hardwareTierId: z.string().nullish(),
  resourceQuotaId: z.string().nullish(),
  activeVersion: z
    .object({ id: z.string(), number: z.number().int().nullish(), deployment: Deployment.nullish() })
    .nullish(),
});

const logs = z.array(
  z.object({ log: z.string(), streamType: z.string().optional(), timestamp: z.number().optional() }),
);

/** `/v4` documents a list of states; real deployments answer a bare one. */
const DeploymentState = z.object({
  modelId: z.string().optional(),
  modelVersionId: z.string().optional(),
  status: z.string(),
});

/** The endpoints of model APIs. */
export const modelApis = {
  list: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelApis',
    summary: 'List model APIs. `name` may be read as a regular expression.',
    source: 'domino-rest-api-reference.md#list-model-apis',
    replay: 'safe',
    query: z.strictObject({
      projectId: z.string().optional(),
      environmentId: z.string().optional(),
      name: z.string().optional(),
      registeredModelName: z.string().optional(),
      registeredModelVersion: z.number().int().optional(),
      orderBy: z.string().optional(),
      ...paging,
    }),
    response: page('items', ModelApi),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/modelServing/v1/modelApis',
    summary: 'Create a model API with its first version.',
    source: 'domino-rest-api-reference.md#create-model-api',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'items',
      pages: true,
      within: { projectId: 'version.projectId' },
      by: 'description',
      get: 'get',
      id: { modelApiId: 'id' },
    },
    body: NewModelApi,
    response: ModelApi,
    status: 201,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelApis/{modelApiId}',
    summary: 'Get a model API.',
    source: 'domino-rest-api-reference.md#get-model-api',
    replay: 'safe',
    response: ModelApi,
  }),
  update: endpoint({
    method: 'PUT',
    path: '/api/modelServing/v1/modelApis/{modelApiId}',
    summary: 'Replace the settings of a model API.',
    source: 'domino-rest-api-reference.md#update-model-api',
    replay: 'idempotent',
    body: ModelApiUpdate,
    response: ModelApi,
  }),
  archive: endpoint({
    method: 'DELETE',
    path: '/api/modelServing/v1/modelApis/{modelApiId}',
    summary: 'Archive a model API and stop what it serves.',
    source: 'domino-rest-api-reference.md#delete-model-api',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  listVersions: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelApis/{modelApiId}/versions',
    summary: 'List the versions of a model API, newest first, in one answer.',
    source: 'domino-rest-api-reference.md#model-api-versions',
    replay: 'safe',
    response: z.array(ModelApiVersion),
  }),
  createVersion: endpoint({
    method: 'POST',
    path: '/api/modelServing/v1/modelApis/{modelApiId}/versions',
    summary: 'Add a version to a model API; it takes over once it runs.',
    source: 'domino-rest-api-reference.md#model-api-versions',
    replay: 'creates',
    found: { in: 'listVersions', by: 'description', get: 'getVersion', id: { versionId: 'id' } },
    body: NewModelApiVersion,
    response: ModelApiVersion,
    status: 201,
  }),
  getVersion: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelApis/{modelApiId}/versions/{versionId}',
    summary: 'Get a version of a model API and the state of its deployment.',
    source: 'domino-rest-api-reference.md#model-api-versions',
    replay: 'safe',
    response: ModelApiVersion,
  }),
  buildLogs: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelApis/{modelApiId}/versions/{versionId}/buildLogs',
    summary: 'Read the log of the build of a version.',
    source: 'domino-rest-api-reference.md#model-api-logs',
    replay: 'safe',
    query: z.strictObject({ buildId: z.string().optional(), sinceTimeNano: z.string().optional() }),
    response: z.object({ status: z.string().optional(), logs }),
  }),
  instanceLogs: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelApis/{modelApiId}/versions/{versionId}/instanceLogs',
    summary: 'Read the log of the running instances of a version.',
    source: 'domino-rest-api-reference.md#model-api-logs',
    replay: 'safe',
    query: z.strictObject({
      podName: z.string().optional(),
      containerName: z.string().optional(),
      sinceTimeNano: z.string().optional(),
      tail: z.boolean().optional(),
      maxResults: paging.limit,
    }),
    response: z.object({ logs }),
  }),
  startVersion: endpoint({
    method: 'POST',
    path: '/v4/models/{modelApiId}/{versionId}/startModelDeployment',
    summary: 'Start a version that was built or stopped.',
    source: 'domino-v4-subset.openapi.json#/v4/models/{modelId}/{modelVersionId}/startModelDeployment',
    replay: 'idempotent',
    response: z.union([z.array(DeploymentState), DeploymentState]),
  }),
  stopVersion: endpoint({
    method: 'POST',
    path: '/v4/models/{modelApiId}/{versionId}/stopModelDeployment',
    summary: 'Stop a version.',
    source: 'domino-v4-subset.openapi.json#/v4/models/{modelId}/{modelVersionId}/stopModelDeployment',
    replay: 'idempotent',
    response: z.union([z.array(DeploymentState), DeploymentState]),
  }),
} as const;
