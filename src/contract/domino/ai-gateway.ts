/** The AI gateway: named endpoints that lead to models of other providers, with their keys. For administrators. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** An endpoint of the gateway. It never holds the key of its provider. */
const GatewayEndpoint = z.object({ name: z.string(), provider: z.string(), model: z.string() });

/** Who may use an endpoint. */
const Permissions = z.object({ isEveryoneAllowed: z.boolean(), userIds: z.array(z.string()) });

/** The endpoints of the AI gateway. */
export const aiGateway = {
  list: endpoint({
    method: 'GET',
    path: '/api/aigateway/v1/endpoints',
    summary: 'List the endpoints of the gateway that the caller may use, newest first.',
    source: 'domino-rest-api-reference.md#list-endpoints',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('endpoints', GatewayEndpoint),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/aigateway/v1/endpoints',
    summary: 'Create an endpoint with the key of its provider. The name is unique.',
    source: 'domino-rest-api-reference.md#create-endpoint',
    replay: 'creates',
    found: 'none',
    secret: true,
    body: z.strictObject({
      name: filled,
      provider: filled,
      model: filled,
      providerApiKey: filled,
    }),
    response: enveloped('endpoint', GatewayEndpoint),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/aigateway/v1/endpoints/{endpointName}',
    summary: 'Get an endpoint.',
    source: 'domino-rest-api-reference.md#get-endpoint',
    replay: 'safe',
    response: enveloped('endpoint', GatewayEndpoint),
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/aigateway/v1/endpoints/{endpointName}',
    summary: 'Change the provider, the model or the key of an endpoint.',
    source: 'domino-rest-api-reference.md#update-endpoint',
    replay: 'idempotent',
    secret: true,
    body: z.strictObject({
      provider: filled.optional(),
      model: filled.optional(),
      providerApiKey: filled.optional(),
    }),
    response: enveloped('endpoint', GatewayEndpoint),
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/api/aigateway/v1/endpoints/{endpointName}',
    summary: 'Delete an endpoint, and with it the key of its provider.',
    source: 'domino-rest-api-reference.md#delete-endpoint',
    replay: 'idempotent',
    response: enveloped('endpoint', GatewayEndpoint),
  }),
  getPermissions: endpoint({
    method: 'GET',
    path: '/api/aigateway/v1/endpoints/{endpointName}/permissions',
    summary: 'Get who may use an endpoint.',
    source: 'domino-rest-api-reference.md#endpoint-permissions',
    replay: 'safe',
    response: enveloped('permissions', Permissions),
  }),
  updatePermissions: endpoint({
    method: 'PATCH',
    path: '/api/aigateway/v1/endpoints/{endpointName}/permissions',
    summary: 'Change who may use an endpoint.',
    source: 'domino-rest-api-reference.md#endpoint-permissions',
    replay: 'idempotent',
    body: z.strictObject({
      isEveryoneAllowed: z.boolean().optional(),
      userIds: z.array(z.string()).optional(),
    }),
    response: enveloped('permissions', Permissions),
  }),
  audit: endpoint({
    method: 'GET',
    path: '/api/aigateway/v1/audit',
    summary: 'List what was done with endpoints of the gateway.',
    source: 'domino-rest-api-reference.md#ai-gateway-audit',
    replay: 'safe',
    query: z.strictObject({
      endpointNames: z.array(z.string()).optional(),
      startTime: z.string().optional(),
      endTime: z.string().optional(),
    }),
    response: z.array(
      z.object({
        endpointName: z.string(),
        eventKind: z.string(),
        performedBy: z.string(),
        timestamp: z.string(),
      }),
    ),
  }),
} as const;
