/** Apps: a web page served from a project, in versions, each of which runs in instances. Answers have no envelope. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled, nothing, page, paging } from './envelopes.js';

/** `GitRef`. A version's spells its kind like a job's, and has one kind more. */
const AppGitRef = z.strictObject({
  type: z.enum(['head', 'commitId', 'branches', 'tags', 'custom']),
  value: z.string().optional(),
});

const upTo = (most: number, least = 0) => z.number().int().min(least).max(most).optional();
const Autoscaling = z.strictObject({
  enabled: z.boolean(),
  minReplicas: upTo(30, 1),
  maxReplicas: upTo(30, 1),
  scaleDownStabilizationWindowSeconds: upTo(3_600),
  scaleUpStabilizationWindowSeconds: upTo(3_600),
  targetCpuAvgUtilizationPct: upTo(100, 1),
  targetMemoryAvgUtilizationPct: upTo(100, 1),
  useSessionAffinity: z.boolean().optional(),
});

/** `AppVersionCreationRequest`. What is left out comes from the project. */
export const NewAppVersion = z.strictObject({
  environmentId: z.string().optional(),
  environmentRevisionId: z.string().optional(),
  hardwareTierId: z.string().optional(),
  gitRef: AppGitRef.optional(),
  /** For projects whose files Domino keeps itself. */
  dfsCommitId: z.string().optional(),
  /** Runs instead of the app’s entry point. */
  entryScript: z.string().optional(),
  /** Unique among all apps. */
  vanityUrl: filled.optional(),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })).optional(),
  autoscalingSpecification: Autoscaling.optional(),
  bundleId: z.string().optional(),
  externalVolumeMountIds: z.array(z.string()).optional(),
  netAppVolumeIds: z.array(z.string()).optional(),
  extendedIdentityPropagationToAppsEnabled: z.boolean().optional(),
});

const Visibility = z.enum(['AUTHENTICATED', 'GRANT_BASED', 'GRANT_BASED_STRICT', 'PUBLIC']);
const appFields = {
  description: z.string().optional(),
  entryPoint: z.string().optional(),
  discoverable: z.boolean().optional(),
  renderIFrame: z.boolean().optional(),
  mountDatasets: z.boolean().optional(),
  mountNetAppVolumes: z.boolean().optional(),
  accessStatuses: z
    .array(z.strictObject({ userId: z.string(), status: z.enum(['ALLOWED', 'DENIED', 'PENDING']) }))
    .optional(),
};

/** `AppCreationRequest`. */
export const NewApp = z.strictObject({
  name: filled,
  projectId: z.string(),
  visibility: Visibility,
  version: NewAppVersion,
  configurationType: z.enum(['STANDARD', 'AISYSTEM']).optional(),
  ...appFields,
});

/** `AppUpdateRequest`: what is left out stays. A `version` is a new one. */
export const AppUpdate = z.strictObject({
  name: filled.optional(),
  visibility: Visibility.optional(),
  version: NewAppVersion.optional(),
  ...appFields,
});

/** `UpsertAppThumbnailRequest`. */
export const NewThumbnail = z.strictObject({
  contentBase64: filled,
  /** Such as `image/png`. */
  contentType: filled,
  filename: z.string().optional(),
});

/**
 * `AppInstanceSummaryResponse`. Its status is one of those of a job; `Running` and `Serving` answer, `Stopped`,
 * `Succeeded`, `Failed` and `Error` are final. Times of apps are milliseconds since the epoch.
 */
export const AppInstance = z.object({ id: z.string(), status: z.string(), createdAt: z.number().optional() });

/** `AppVersionResponse`. */
export const AppVersion = z.object({
  id: z.string(),
  environmentId: z.string().optional(),
  environmentRevisionId: z.string().optional(),
  hardwareTierId: z.string().optional(),
  vanityUrl: z.string().nullish(),
  createdAt: z.number().optional(),
  currentInstance: AppInstance.nullish(),
});

/** `AppResponse`, and an item of a list. The current version is the newest. */
export const App = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  visibility: z.string().optional(),
  url: z.string().optional(),
  project: z.object({ id: z.string(), name: z.string().optional() }).nullish(),
  currentVersion: AppVersion.nullish(),
  thumbnailEtag: z.string().nullish(),
});

const ExecutionStatus = z.enum([
  'Queued',
  'Scheduled',
  'Pending',
  'Preparing',
  'Building',
  'Pulling',
  'Running',
  'Serving',
  'StopRequested',
  'StopAndDiscardRequested',
  'Stopping',
  'Finishing',
  'Stopped',
  'Succeeded',
  'Failed',
  'Error',
]);

/** The endpoints of apps. */
export const apps = {
  list: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps',
    summary: 'List apps. Without a limit, all of them.',
    source: 'domino-rest-api-reference.md#list-apps',
    replay: 'safe',
    query: z.strictObject({
      projectId: z.string().optional(),
      name: z.string().optional(),
      ownerId: z.string().optional(),
      publisherId: z.string().optional(),
      /** Of the newest instance. */
      status: ExecutionStatus.optional(),
      includeTemplateApps: z.boolean().optional(),
      sortField: z.enum(['name', 'lastUpdated', 'status', 'views', 'lastViewed']).optional(),
      sortOrder: z.enum(['asc', 'desc']).optional(),
      ...paging,
    }),
    response: page('items', App),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/apps/beta/apps',
    summary: 'Create an app with its first version, which starts at once.',
    source: 'domino-rest-api-reference.md#create-app',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'items',
      pages: true,
      within: { projectId: 'projectId' },
      by: 'description',
      get: 'get',
      id: { appId: 'id' },
    },
    body: NewApp,
    response: App,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}',
    summary: 'Get an app with its current version.',
    source: 'domino-rest-api-reference.md#get-app',
    replay: 'safe',
    response: App,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/apps/beta/apps/{appId}',
    summary: 'Change the settings of an app. A version among them is added, as by `createVersion`.',
    source: 'domino-rest-api-reference.md#update-app',
    replay: 'idempotent',
    body: AppUpdate,
    response: App,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: '/api/apps/beta/apps/{appId}',
    summary: 'Delete an app and stop what runs of it.',
    source: 'domino-rest-api-reference.md#delete-app',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
  }),
  listVersions: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}/versions',
    summary: 'List the versions of an app, newest first, in one answer.',
    source: 'domino-rest-api-reference.md#app-versions',
    replay: 'safe',
    response: page('items', AppVersion),
  }),
  createVersion: endpoint({
    method: 'POST',
    path: '/api/apps/beta/apps/{appId}/versions',
    summary: 'Add a version to an app. It starts, and what ran before stops.',
    source: 'domino-rest-api-reference.md#app-versions',
    replay: 'creates',
    found: 'none',
    body: NewAppVersion,
    response: AppVersion,
  }),
  getVersion: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}/versions/{versionId}',
    summary: 'Get a version of an app.',
    source: 'domino-rest-api-reference.md#app-versions',
    replay: 'safe',
    response: AppVersion,
  }),
  updateVersion: endpoint({
    method: 'PATCH',
    path: '/api/apps/beta/apps/{appId}/versions/{versionId}',
    summary: 'Change the address of a version of an app.',
    source: 'domino-rest-api-reference.md#app-versions',
    replay: 'idempotent',
    body: z.strictObject({ vanityUrl: filled.optional() }),
    response: AppVersion,
  }),
  listInstances: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}/versions/{versionId}/instances',
    summary: 'List the instances of a version of an app, newest first, in one answer.',
    source: 'domino-rest-api-reference.md#app-instances',
    replay: 'safe',
    response: page('items', AppInstance),
  }),
  getInstance: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}/versions/{versionId}/instances/{instanceId}',
    summary: 'Get an instance of an app and how it stands.',
    source: 'domino-rest-api-reference.md#app-instances',
    replay: 'safe',
    response: AppInstance,
  }),
  stopInstance: endpoint({
    method: 'DELETE',
    path: '/api/apps/beta/apps/{appId}/versions/{versionId}/instances/{instanceId}',
    summary: 'Stop an instance of an app.',
    source: 'domino-rest-api-reference.md#app-instances',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
  }),
  instanceLogs: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}/versions/{versionId}/instances/{instanceId}/logs',
    summary: 'Read a slice of the log of an instance of an app.',
    source: 'domino-rest-api-reference.md#app-instances',
    replay: 'safe',
    pages: null, // lines may be there twice, and nothing tells them apart
    query: z.strictObject({
      logType: z.enum(['complete', 'prepareoutput', 'stdout', 'stderr']).optional(),
      limit: z.number().int().nonnegative().max(10_000).optional(),
      offset: paging.offset,
      /** Nanoseconds since the epoch: lines after it. They exceed 2^53 and stay a text. */
      latestTime: z.string().optional(),
    }),
    response: z.object({
      logContent: z.array(
        z.object({ log: z.string(), logType: z.string().optional(), timestamp: z.number().optional() }),
      ),
      isComplete: z.boolean(),
      pagination: z.object({ latestTime: z.string().nullish() }).nullish(),
    }),
  }),
  thumbnail: endpoint({
    method: 'GET',
    path: '/api/apps/beta/apps/{appId}/thumbnail',
    summary: 'Read the thumbnail of an app.',
    source: 'domino-rest-api-reference.md#app-thumbnail',
    replay: 'safe',
    response: z.instanceof(Uint8Array),
    encoding: 'bytes',
  }),
  setThumbnail: endpoint({
    method: 'POST',
    path: '/api/apps/beta/apps/{appId}/thumbnail',
    summary: 'Give an app a thumbnail, instead of the one that it may have.',
    source: 'domino-rest-api-reference.md#app-thumbnail',
    replay: 'idempotent',
    body: NewThumbnail,
    response: z.object({ created: z.boolean(), etag: z.string(), sizeBytes: z.number().nullish() }),
  }),
  removeThumbnail: endpoint({
    method: 'DELETE',
    path: '/api/apps/beta/apps/{appId}/thumbnail',
    summary: 'Remove the thumbnail of an app.',
    source: 'domino-rest-api-reference.md#app-thumbnail',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
} as const;
