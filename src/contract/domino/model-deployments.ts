/** Model deployments: registered models that are served by a deployment target, such as SageMaker. No envelope. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled, nothing, page, paging } from './envelopes.js';

/** `ModelDeploymentConfiguration`: the targets’ types say what each part may hold. */
const Configuration = z.strictObject({
  deploymentType: z.strictObject({
    type: z.enum(['SYNC_ENDPOINT', 'ASYNC_ENDPOINT']),
    sharedConfig: z.record(z.string(), z.unknown()),
    /** By the name of a model. */
    modelConfigs: z.record(z.string(), z.unknown()),
  }),
  sharedConfig: z.record(z.string(), z.unknown()),
  modelConfigs: z.record(z.string(), z.unknown()),
});

/** `NewOrUpdatedModelDetail`. */
const DeployedModel = z.strictObject({
  name: filled,
  environmentId: z.string(),
  source: z.strictObject({
    registeredModelName: z.string(),
    registeredModelType: z.literal('MODELREGISTRY'),
    registeredModelVersion: z.number().int(),
  }),
});

const fields = {
  description: z.string().optional(),
  collaborators: z.array(z.strictObject({ id: z.string(), role: z.enum(['CONSUMER', 'OWNER']) })).optional(),
  isGloballyAccessible: z.boolean().optional(),
};

/** `NewModelDeployment`. Its `deploymentType`, which the schema requires beside, has no description and is left out. */
export const NewModelDeployment = z.strictObject({
  name: filled,
  deploymentTargetId: z.string(),
  resourceConfigurationId: z.string(),
  models: z.array(DeployedModel),
  configuration: Configuration,
  ...fields,
});

/** `UpdatedModelDeployment`: what is left out stays. */
export const ModelDeploymentUpdate = z.strictObject({
  name: filled.optional(),
  deploymentTargetId: z.string().optional(),
  resourceConfigurationId: z.string().optional(),
  models: z.array(DeployedModel).optional(),
  configuration: Configuration.optional(),
  ...fields,
});

/**
 * `ModelDeployment`. Its state is `STARTING`, `RUNNING`, `UPDATING`, `STOPPING`, `STOPPED`, `FAILED`, `DELETING` or
 * `DELETED`; without a status it is not known yet. Each change makes another version.
 */
export const ModelDeployment = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  version: z.number().int(),
  status: z.object({ state: z.string(), message: z.string().nullish() }).nullish(),
  deploymentTargetInfo: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  resourceConfigurationInfo: z.object({ id: z.string(), name: z.string().optional() }).optional(),
  models: z.array(z.object({ name: z.string() })).optional(),
});

/** The endpoints of model deployments. */
export const modelDeployments = {
  list: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelDeployments',
    summary: 'List model deployments.',
    source: 'domino-rest-api-reference.md#list-deployments',
    replay: 'safe',
    query: z.strictObject({
      name: z.string().optional(),
      projectId: z.string().optional(),
      deploymentTargetId: z.string().optional(),
      resourceConfigurationId: z.string().optional(),
      registeredModelName: z.string().optional(),
      /** Only beside `registeredModelName`. */
      registeredModelVersion: z.number().int().optional(),
      orderBy: z.string().optional(),
      ...paging,
    }),
    response: page('items', ModelDeployment),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/modelServing/v1/modelDeployments',
    summary: 'Deploy registered models to a deployment target. The deployment starts at once.',
    source: 'domino-rest-api-reference.md#create-deployment',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'items',
      pages: true,
      by: 'description',
      get: 'get',
      id: { deploymentId: 'id' },
    },
    body: NewModelDeployment,
    response: ModelDeployment,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}',
    summary: 'Get a model deployment and how it stands.',
    source: 'domino-rest-api-reference.md#get-deployment',
    replay: 'safe',
    response: ModelDeployment,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}',
    summary: 'Change a model deployment, as another version of it.',
    source: 'domino-rest-api-reference.md#update-deployment',
    replay: 'idempotent',
    body: ModelDeploymentUpdate,
    response: ModelDeployment,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}',
    summary: 'Delete a model deployment and what serves it.',
    source: 'domino-rest-api-reference.md#delete-deployment',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  start: endpoint({
    method: 'POST',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}/start',
    summary: 'Start a model deployment that is stopped or has failed. Others refuse it.',
    source: 'domino-rest-api-reference.md#startstop-deployment',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}/stop',
    summary: 'Stop a model deployment that is running. Others refuse it.',
    source: 'domino-rest-api-reference.md#startstop-deployment',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  logs: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}/logs/{logSuffix}',
    summary: 'Read a log of a model deployment.',
    source: 'domino-rest-api-reference.md#deployment-logs',
    replay: 'safe',
    response: z.array(
      z.object({
        log: z.string(),
        streamType: z.string().optional(),
        timestamp: z.string().optional(),
        timeNano: z.string().optional(),
      }),
    ),
  }),
  credentials: endpoint({
    method: 'GET',
    path: '/api/modelServing/v1/modelDeployments/{deploymentId}/credentials',
    summary: 'Get temporary credentials for the operations of a model deployment.',
    source: 'domino-rest-api-reference.md#deployment-credentials',
    replay: 'safe',
    secret: true,
    response: z.object({
      items: z.array(
        z.object({
          operationType: z.string(),
          credentialsType: z.string(),
          credentials: z.record(z.string(), z.string()),
          expirationTime: z.string(),
        }),
      ),
    }),
  }),
} as const;
