/** Datasets, their snapshots, tags and grants. A snapshot is copied in the background; it keeps no text of its taker. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** `DatasetRwDetailsV1`. */
export const Dataset = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  projectId: z.string().nullish(),
  snapshotIds: z.array(z.string()).optional(),
  /** The snapshot that each tag is on, by the tag’s name. */
  tags: z.record(z.string(), z.string()).optional(),
  createdAt: z.string().optional(),
});

/**
 * `SnapshotDetailsV1`. Its status is `pending`, `copying`, then `active` or `failed`; later `markForDeletion`,
 * `deletionInProgress`, `deleted`.
 */
export const Snapshot = z.object({
  id: z.string(),
  datasetId: z.string(),
  createdAt: z.string(),
  /** Who has taken it. */
  creatorId: z.string().optional(),
  status: z.string(),
});

/** `DatasetRwGrantV1`: what a user or an organization may do. An organization owns no dataset. */
export const Grant = z.strictObject({
  targetId: filled,
  targetRole: z.enum(['DatasetRwOwner', 'DatasetRwEditor', 'DatasetRwReader']),
});

/** `NewDatasetRwV1`. The name is unique in its project. Of a dataset made from a snapshot, the caller is the only owner. */
export const NewDataset = z.strictObject({
  name: filled,
  description: z.string().optional(),
  projectId: z.string().optional(),
  snapshotId: z.string().optional(),
  grants: z.array(Grant).optional(),
});

/** `DatasetRwMetadataV1`: what is left out stays. */
export const DatasetUpdate = z.strictObject({
  name: filled.optional(),
  description: z.string().optional(),
});

const grantsAnswer = enveloped('grants', z.array(z.object({ targetId: z.string(), targetRole: z.string() })));

/** The endpoints of datasets. */
export const datasets = {
  list: endpoint({
    method: 'GET',
    path: '/api/datasetrw/v2/datasets',
    summary: 'List datasets. The filter is `projectIdsToInclude`; others are ignored in silence.',
    source: 'domino-rest-api-reference.md#list-datasets',
    replay: 'safe',
    query: z.strictObject({
      projectIdsToInclude: z.array(z.string()).optional(),
      projectIdsToExclude: z.array(z.string()).optional(),
      /** Left out, datasets of archived projects are there. */
      includeArchivedProjects: z.boolean().optional(),
      includeProjectInfo: z.boolean().optional(),
      minimumPermission: z
        .enum([
          'DeleteDatasetRwV2',
          'EditSecurityDatasetRwV2',
          'ListDatasetRwV2',
          'PerformDatasetRwActionsInProjectV2',
          'PermanentDeleteDatasetRwV2',
          'ReadDatasetRwV2',
          'UpdateDatasetRwV2',
          'PerformDatasetRwActionsAsAdminV2',
        ])
        .optional(),
      ...paging,
    }),
    response: page('datasets', z.object({ dataset: Dataset })),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/datasetrw/v1/datasets',
    summary: 'Create a dataset in a project, or from a snapshot.',
    source: 'domino-rest-api-reference.md#create-dataset',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'datasets',
      pages: true,
      by: 'description',
      as: 'dataset.description',
      get: 'get',
      id: { datasetId: 'dataset.id' },
    },
    body: NewDataset,
    response: enveloped('dataset', Dataset),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/datasetrw/v1/datasets/{datasetId}',
    summary: 'Get a dataset.',
    source: 'domino-rest-api-reference.md#get-dataset',
    replay: 'safe',
    response: enveloped('dataset', Dataset),
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/datasetrw/v1/datasets/{datasetId}',
    summary: 'Change the name or the description of a dataset.',
    source: 'domino-rest-api-reference.md#update-dataset',
    replay: 'idempotent',
    body: DatasetUpdate,
    response: enveloped('dataset', Dataset),
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/api/datasetrw/v1/datasets/{datasetId}',
    summary: 'Delete a dataset with its snapshots.',
    source: 'domino-rest-api-reference.md#delete-dataset',
    replay: 'idempotent',
    response: enveloped('dataset', Dataset),
  }),
  listSnapshots: endpoint({
    method: 'GET',
    path: '/api/datasetrw/v1/datasets/{datasetId}/snapshots',
    summary: 'List the snapshots of a dataset.',
    source: 'domino-rest-api-reference.md#dataset-snapshots',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('snapshots', Snapshot),
  }),
  createSnapshot: endpoint({
    method: 'POST',
    path: '/api/datasetrw/v1/datasets/{datasetId}/snapshots',
    summary: 'Take a snapshot of files of a dataset. It is copied in the background.',
    source: 'domino-rest-api-reference.md#dataset-snapshots',
    replay: 'creates',
    found: 'none',
    body: z.strictObject({ relativeFilePaths: z.array(z.string()) }),
    response: enveloped('snapshot', Snapshot),
  }),
  getSnapshot: endpoint({
    method: 'GET',
    path: '/api/datasetrw/v1/snapshots/{snapshotId}',
    summary: 'Get a snapshot and how far it is.',
    source: 'domino-rest-api-reference.md#dataset-snapshots',
    replay: 'safe',
    response: enveloped('snapshot', Snapshot),
  }),
  addTag: endpoint({
    method: 'POST',
    path: '/api/datasetrw/v1/datasets/{datasetId}/tags',
    summary: 'Tag a snapshot of a dataset. A tag that is on another snapshot moves.',
    source: 'domino-rest-api-reference.md#dataset-tags',
    replay: 'idempotent',
    body: z.strictObject({ snapshotId: z.string(), tagName: filled }),
    response: enveloped('dataset', Dataset),
  }),
  removeTag: endpoint({
    method: 'DELETE',
    path: '/api/datasetrw/v1/datasets/{datasetId}/tags/{tagName}',
    summary: 'Remove a tag from a dataset; the snapshot stays.',
    source: 'domino-rest-api-reference.md#dataset-tags',
    replay: 'idempotent',
    response: enveloped('dataset', Dataset),
  }),
  listGrants: endpoint({
    method: 'GET',
    path: '/api/datasetrw/v1/datasets/{datasetId}/grants',
    summary: 'List who may do what with a dataset.',
    source: 'domino-rest-api-reference.md#dataset-grants-permissions',
    replay: 'safe',
    response: enveloped(
      'grantDetails',
      z.array(
        z.object({
          targetId: z.string(),
          targetRole: z.string(),
          targetName: z.string().optional(),
          isOrganization: z.boolean().optional(),
        }),
      ),
    ),
  }),
  addGrant: endpoint({
    method: 'POST',
    path: '/api/datasetrw/v1/datasets/{datasetId}/grants',
    summary: 'Grant a user or an organization a role in a dataset.',
    source: 'domino-rest-api-reference.md#dataset-grants-permissions',
    replay: 'idempotent',
    body: Grant,
    response: grantsAnswer,
  }),
  removeGrant: endpoint({
    method: 'DELETE',
    path: '/api/datasetrw/v1/datasets/{datasetId}/grants',
    summary: 'Take a role in a dataset from a user or an organization. The body names the grant.',
    source: 'domino-rest-api-reference.md#dataset-grants-permissions',
    replay: 'idempotent',
    body: Grant,
    response: grantsAnswer,
  }),
} as const;
