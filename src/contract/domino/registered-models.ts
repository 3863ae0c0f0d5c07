/** Registered models and their versions. Answers of this section have no envelope; models are keyed by name. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled, paging } from './envelopes.js';

/** `RegisteredModelV1`. */
export const RegisteredModel = z.object({
  name: z.string(),
  description: z.string().nullish(),
  latestVersion: z.number().int().nullish(),
  ownerUsername: z.string().optional(),
  project: z.object({ id: z.string(), name: z.string() }).nullish(),
  tags: z.record(z.string(), z.unknown()).optional(),
});

/** A version, in a list or alone. `experimentRunId` is absent for a model that came from Hugging Face. */
export const ModelVersion = z.object({
  modelName: z.string(),
  modelVersion: z.number().int(),
  experimentRunId: z.string().nullish(),
  modelVersionDescription: z.string().nullish(),
  /** Only generative models are built. */
  buildStatus: z.string().nullish(),
  tags: z.record(z.string(), z.unknown()).optional(),
});

/** `NewRegisteredModelV2`. `create: false` adds a version to a model that exists. */
export const RegisterModel = z.strictObject({
  modelName: filled,
  create: z.boolean(),
  modelSource: z.strictObject({
    sourceType: z.enum(['mlflow', 'huggingface']),
    mlflowSource: z
      .strictObject({
        experimentRunId: z.string(),
        artifactPath: z.string().optional(),
        loggedModelId: z.string().optional(),
      })
      .optional(),
    huggingFaceSource: z
      .strictObject({
        modelId: z.string(),
        modelRevision: z.string().optional(),
        huggingFaceToken: z.string().optional(),
      })
      .optional(),
  }),
  /** Belongs to the model, not to the version. */
  description: z.string().optional(),
  discoverable: z.boolean().optional(),
  modelCategory: z.string().optional(),
  modelType: z.string().optional(),
  /** For Hugging Face only; an MLflow run names its project itself. */
  projectId: z.string().optional(),
});

const metadata = z.object({
  requestId: z.string().optional(),
  nextPageToken: z.string().nullish(),
  totalCount: z.number().int().nullish(),
  /** Where the OpenAPI file requires it; deployments have it flat. */
  pagination: z
    .object({ nextPageToken: z.string().nullish(), totalCount: z.number().int().nullish() })
    .nullish(),
});

/** The endpoints of registered models. */
export const registeredModels = {
  list: endpoint({
    method: 'GET',
    path: '/api/registeredmodels/v2',
    summary: 'List registered models. Pages by token.',
    source: 'domino-rest-api-reference.md#list-registered-models',
    replay: 'safe',
    query: z.strictObject({
      projectId: z.string().optional(),
      searchPattern: z.string().optional(),
      modelCategory: z.enum(['genai', 'ml']).optional(),
      pageToken: z.string().optional(),
      maxResults: paging.limit,
      orderBy: z.string().optional(),
    }),
    response: z.object({ items: z.array(RegisteredModel), metadata: metadata.optional() }),
  }),
  register: endpoint({
    method: 'POST',
    path: '/api/registeredmodels/v2',
    summary: 'Register the model of an experiment run, as a new model or as a new version of one.',
    source: 'domino-rest-api-reference.md#register-model',
    replay: 'creates',
    found: 'none',
    body: RegisterModel,
    response: z.object({ registeredModel: RegisteredModel, modelVersion: ModelVersion }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/registeredmodels/v1/{modelName}',
    summary: 'Get a registered model.',
    source: 'domino-rest-api-reference.md#get-model',
    replay: 'safe',
    response: RegisteredModel,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/registeredmodels/v1/{modelName}',
    summary: 'Change the description or the visibility of a registered model.',
    source: 'domino-rest-api-reference.md#update-model',
    replay: 'idempotent',
    body: z.strictObject({ description: z.string().optional(), discoverable: z.boolean().optional() }),
    response: RegisteredModel,
  }),
  listVersions: endpoint({
    method: 'GET',
    path: '/api/registeredmodels/v1/{modelName}/versions',
    summary: 'List the versions of a registered model, newest first.',
    source: 'domino-rest-api-reference.md#model-versions',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: z.object({ items: z.array(ModelVersion), metadata: metadata.optional() }),
  }),
  createVersion: endpoint({
    method: 'POST',
    path: '/api/registeredmodels/v1/{modelName}/versions',
    summary: 'Add a version to a registered model. Deprecated: `register` with `create: false` replaces it.',
    source: 'domino-rest-api-reference.md#model-versions',
    replay: 'creates',
    found: {
      in: 'listVersions',
      items: 'items',
      pages: true,
      by: 'description',
      as: 'modelVersionDescription',
      get: 'getVersion',
      id: { version: 'modelVersion' },
    },
    body: z.strictObject({ experimentRunId: z.string(), artifact: z.string(), description: z.string() }),
    response: ModelVersion,
  }),
  getVersion: endpoint({
    method: 'GET',
    path: '/api/registeredmodels/v1/{modelName}/versions/{version}',
    summary: 'Get a version of a registered model.',
    source: 'domino-rest-api-reference.md#model-versions',
    replay: 'safe',
    response: ModelVersion,
  }),
} as const;
