/** Data sources: connections to databases and object stores, with who may use them and what was done with them. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled, page, paging } from './envelopes.js';

const texts = z.record(z.string(), z.string());

/** `DataSourcePermissionsV1`. */
const Permissions = z.object({ isEveryone: z.boolean(), userAndOrganizationIds: z.array(z.string()) });

/** `DataSourceEnvelopeV1`, which is an envelope by its name alone. It holds no credentials. */
const DataSource = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().optional(),
  description: z.string().nullish(),
  dataSourceType: z.string(),
  authType: z.string().optional(),
  credentialType: z.string().optional(),
  config: texts.optional(),
  ownerId: z.string().optional(),
  ownerUsername: z.string().optional(),
  permissions: Permissions.optional(),
  lastUpdated: z.string().optional(),
});

/** `DataSourceCredentialsV1`: the secret ones never come back. */
const credentials = z.strictObject({ secretCredentials: texts, visibleCredentials: texts });
const permissions = z.strictObject({ isEveryone: z.boolean(), userAndOrganizationIds: z.array(z.string()) });

/** `NewDataSourceV1`. The name is unique on the deployment. */
const NewDataSource = z.strictObject({
  name: filled,
  description: z.string().optional(),
  dataSourceType: filled,
  authType: filled,
  credentialType: z.enum(['Individual', 'Shared']),
  config: texts,
  credentials,
  permissions,
});

const EventKind = z.enum([
  'AccessDataSource',
  'CreateDataSource',
  'DataSourceAssociatedToProject',
  'DataSourceDissociatedFromProject',
  'DataSourceChangeOfOwnership',
  'DataSourceChangeOfPermissions',
  'DeleteDataSource',
]);

/** The endpoints of data sources. */
export const dataSources = {
  list: endpoint({
    method: 'GET',
    path: '/api/datasource/v1/datasources',
    summary: 'List the data sources that the caller may use, newest first.',
    source: 'domino-rest-api-reference.md#list-data-sources',
    replay: 'safe',
    query: z.strictObject({ dataSourceNames: z.array(z.string()).optional(), ...paging }),
    response: page('dataSources', DataSource),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/datasource/v1/datasources',
    summary: 'Create a data source with its credentials.',
    source: 'domino-rest-api-reference.md#create-data-source',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'dataSources',
      pages: true,
      by: 'description',
      get: 'get',
      id: { dataSourceId: 'id' },
    },
    secret: true,
    body: NewDataSource,
    response: DataSource,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/datasource/v1/datasources/{dataSourceId}',
    summary: 'Get a data source.',
    source: 'domino-rest-api-reference.md#get-data-source',
    replay: 'safe',
    response: DataSource,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/datasource/v1/datasources/{dataSourceId}',
    summary: 'Change the settings, the credentials or the permissions of a data source.',
    source: 'domino-rest-api-reference.md#update-data-source',
    replay: 'idempotent',
    secret: true,
    body: z.strictObject({
      config: texts.optional(),
      credentials: credentials.optional(),
      permissions: permissions.optional(),
    }),
    response: DataSource,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/api/datasource/v1/datasources/{dataSourceId}',
    summary: 'Delete a data source. Only its owner may.',
    source: 'domino-rest-api-reference.md#delete-data-source',
    replay: 'idempotent',
    response: DataSource,
  }),
  audit: endpoint({
    method: 'GET',
    path: '/api/datasource/v1/audit',
    summary: 'List what was done with data sources, of the last 24 hours unless a time is stated.',
    source: 'domino-rest-api-reference.md#data-source-audit',
    replay: 'safe',
    query: z.strictObject({
      dataSourceIds: z.array(z.string()).optional(),
      dataSourceNames: z.array(z.string()).optional(),
      eventKinds: z.array(EventKind).optional(),
      startTime: z.string().optional(),
      endTime: z.string().optional(),
    }),
    response: z.array(
      z.object({
        dataSourceId: z.string(),
        dataSourceName: z.string(),
        dataSourceType: z.string(),
        eventKind: z.string(),
        metadata: texts.optional(),
        performedBy: z.string(),
        timestamp: z.string(),
      }),
    ),
  }),
} as const;
