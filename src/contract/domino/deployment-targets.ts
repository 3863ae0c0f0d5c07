/** Where models are deployed outside of the platform: types of targets, targets, and their sizes. For administrators. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled, nothing, page, paging } from './envelopes.js';

const configuration = z.record(z.string(), z.unknown());

/** `DeploymentTargetType`; its schemas are JSON Schemas of what a configuration holds. */
const TargetType = z.object({
  id: z.string(),
  name: z.string(),
  dataPlaneId: z.string().optional(),
  operatorVersion: z.string().optional(),
  deploymentTargetConfigurationSchemas: z
    .object({ targetConfigSchema: configuration, resourceConfigSchema: configuration })
    .optional(),
});

/** `ResourceConfiguration`. */
const ResourceConfiguration = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  deploymentTargetId: z.string(),
  configuration,
  lastModified: z.string().optional(),
});

/** `DeploymentTarget`. */
const Target = z.object({
  id: z.string(),
  name: z.string(),
  deploymentTargetTypeId: z.string(),
  deploymentTargetTypeName: z.string().optional(),
  configuration,
  isGloballyAccessible: z.boolean().optional(),
  userAndOrganizationIds: z.array(z.string()).optional(),
  defaultResourceConfigurationId: z.string().nullish(),
  resourceConfigurations: z.array(ResourceConfiguration).optional(),
  lastModified: z.string().optional(),
});

/** `NewResourceConfiguration`. */
const NewResourceConfiguration = z.strictObject({
  name: filled,
  description: z.string().optional(),
  configuration,
  deploymentTargetId: z.string().optional(),
  isDefault: z.boolean().optional(),
});

/** `NewOrUpdatedResourceConfiguration`: with an id it is one that is there already. */
const NewOrUpdatedResourceConfiguration = z.strictObject({
  id: z.string().optional(),
  name: filled.optional(),
  description: z.string().optional(),
  configuration: configuration.optional(),
  isDefault: z.boolean().optional(),
});

/** The endpoints of deployment targets. */
export const deploymentTargets = {
  listTypes: endpoint({
    method: 'GET',
    path: '/api/admin/v1/deploymentTargetTypes',
    summary: 'List the types of deployment targets.',
    source: 'domino-rest-api-reference.md#list-deployment-target-types',
    replay: 'safe',
    response: z.array(TargetType),
  }),
  getType: endpoint({
    method: 'GET',
    path: '/api/admin/v1/deploymentTargetTypes/{typeId}',
    summary: 'Get a type of deployment targets.',
    source: 'domino-rest-api-reference.md#list-deployment-target-types',
    replay: 'safe',
    response: TargetType,
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/admin/v1/deploymentTargets',
    summary: 'List deployment targets.',
    source: 'domino-rest-api-reference.md#deployment-targets',
    replay: 'safe',
    query: z.strictObject({
      name: z.string().optional(),
      deploymentType: z.string().optional(),
      ...paging,
    }),
    response: page('items', Target),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/admin/v1/deploymentTargets',
    summary: 'Create a deployment target with its resource configurations.',
    source: 'domino-rest-api-reference.md#deployment-targets',
    replay: 'creates',
    found: 'none',
    body: z.strictObject({
      name: filled,
      deploymentTargetTypeId: z.string(),
      configuration,
      isGloballyAccessible: z.boolean(),
      userAndOrganizationIds: z.array(z.string()),
      resourceConfigurations: z.array(NewResourceConfiguration),
    }),
    response: Target,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/admin/v1/deploymentTargets/{targetId}',
    summary: 'Get a deployment target with its resource configurations.',
    source: 'domino-rest-api-reference.md#deployment-targets',
    replay: 'safe',
    response: Target,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/admin/v1/deploymentTargets/{targetId}',
    summary: 'Change a deployment target. A list of resource configurations replaces the one it has.',
    source: 'domino-rest-api-reference.md#deployment-targets',
    replay: 'idempotent',
    body: z.strictObject({
      name: filled.optional(),
      configuration: configuration.optional(),
      isGloballyAccessible: z.boolean().optional(),
      userAndOrganizationIds: z.array(z.string()).optional(),
      resourceConfigurations: z.array(NewOrUpdatedResourceConfiguration).optional(),
    }),
    response: Target,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/api/admin/v1/deploymentTargets/{targetId}',
    summary: 'Delete a deployment target.',
    source: 'domino-rest-api-reference.md#deployment-targets',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  listResources: endpoint({
    method: 'GET',
    path: '/api/admin/v1/deploymentTargets/{targetId}/resourceConfigurations',
    summary: 'List the resource configurations of a deployment target.',
    source: 'domino-rest-api-reference.md#resource-configurations',
    replay: 'safe',
    query: z.strictObject({ name: z.string().optional(), ...paging }),
    response: page('items', ResourceConfiguration),
  }),
  createResource: endpoint({
    method: 'POST',
    path: '/api/admin/v1/deploymentTargets/{targetId}/resourceConfigurations',
    summary: 'Add a resource configuration to a deployment target.',
    source: 'domino-rest-api-reference.md#resource-configurations',
    replay: 'creates',
    found: {
      in: 'listResources',
      items: 'items',
      pages: true,
      by: 'description',
      get: 'getResource',
      id: { configId: 'id' },
    },
    body: NewResourceConfiguration,
    response: ResourceConfiguration,
  }),
  getResource: endpoint({
    method: 'GET',
    path: '/api/admin/v1/deploymentTargets/{targetId}/resourceConfigurations/{configId}',
    summary: 'Get a resource configuration.',
    source: 'domino-rest-api-reference.md#resource-configurations',
    replay: 'safe',
    response: ResourceConfiguration,
  }),
  updateResource: endpoint({
    method: 'PATCH',
    path: '/api/admin/v1/deploymentTargets/{targetId}/resourceConfigurations/{configId}',
    summary: 'Change a resource configuration. The body names it too.',
    source: 'domino-rest-api-reference.md#resource-configurations',
    replay: 'idempotent',
    body: z.strictObject({
      id: z.string(),
      name: filled.optional(),
      description: z.string().optional(),
      configuration: configuration.optional(),
    }),
    response: ResourceConfiguration,
  }),
  deleteResource: endpoint({
    method: 'DELETE',
    path: '/api/admin/v1/deploymentTargets/{targetId}/resourceConfigurations/{configId}',
    summary: 'Delete a resource configuration.',
    source: 'domino-rest-api-reference.md#resource-configurations',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
} as const;
