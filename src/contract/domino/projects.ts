/** Projects, and what belongs to them: collaborators, repositories, goals, shared datasets. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** `ProjectV1`. */
export const Project = z.object({
  id: z.string(),
  name: z.string(),
  ownerId: z.string().optional(),
  ownerUsername: z.string().optional(),
  description: z.string().nullish(),
  visibility: z.string().optional(),
});

/** Repositories name the kind of a reference otherwise than jobs do. */
const RepositoryReference = z.strictObject({
  refType: z.enum(['Head', 'Branch', 'Tag', 'Commit']),
  value: z.string().optional(),
});

/** `GitServiceProviderV1`. */
export const GitServiceProvider = z.enum([
  'Bitbucket',
  'BitbucketServer',
  'Github',
  'GithubEnterprise',
  'GitLab',
  'GitLabEnterprise',
  'Unknown',
]);

/** `NewProjectGitRepositoryV1`. */
export const NewRepository = z.strictObject({
  uri: filled,
  name: z.string().optional(),
  defaultRef: RepositoryReference.optional(),
  gitCredentialId: z.string().optional(),
  serviceProvider: GitServiceProvider.optional(),
});

const Visibility = z.enum(['Public', 'Searchable', 'Private']);

/** `BillingTagV1`: what the costs of a project are booked on. */
const BillingTag = z.strictObject({ tag: z.string() });
const ProviderVisibility = z.enum(['public', 'private', 'internal']);

/** `RepoToCreateV1`: a repository that is created with the project. */
const RepositoryToCreate = z.strictObject({
  credentialId: z.string(),
  owner: z.string(),
  repositoryToCreateName: z.string(),
  repositoryTemplateName: z.string().optional(),
  serviceProvider: GitServiceProvider.optional(),
  visibility: ProviderVisibility,
});

/** `ProjectTemplateDetailsV1`. */
const Template = z.strictObject({
  name: z.string(),
  templateId: z.string(),
  templateRevisionId: z.string().optional(),
  templateType: z.string().optional(),
  forceImport: z.boolean().optional(),
  importToMainRepo: z.boolean().optional(),
});

/** `NewProjectV1`. The name is unique among its owner's projects and holds no white space. */
export const NewProject = z.strictObject({
  name: filled,
  description: z.string(),
  visibility: Visibility,
  ownerId: z.string().optional(),
  isRestricted: z.boolean().optional(),
  mainRepository: NewRepository.optional(),
  repoToCreate: RepositoryToCreate.optional(),
  templateDetails: Template.optional(),
  billingTag: BillingTag.optional(),
});

/** `GitCodeRepoSpecV1`: what becomes of the repository of the code. */
const CodeRepository = z.strictObject({
  credentialId: z.string(),
  deepCopy: z
    .strictObject({ newRepoName: z.string(), newRepoOwnerName: z.string(), visibility: ProviderVisibility })
    .optional(),
  importFilesTarget: z
    .strictObject({ repoName: z.string(), repoOwnerName: z.string(), force: z.boolean().optional() })
    .optional(),
  referenceCopy: z.strictObject({ mainRepoUrl: z.string() }).optional(),
});

/** `CopyProjectSpecV1`. */
export const CopyProject = z.strictObject({
  copyDatasets: z.boolean(),
  copyNetAppVolumes: z.boolean().optional(),
  gitCodeRepoSpec: CodeRepository.optional(),
  importedGitReposCredentialId: z.string().optional(),
  billingTag: BillingTag.optional(),
  name: filled.optional(),
  ownerId: z.string().optional(),
  visibility: Visibility.optional(),
});

const Collaborator = z.strictObject({
  /** A user's id. */
  id: z.string(),
  role: z.enum(['contributor', 'launcherUser', 'resultsConsumer', 'projectImporter']),
});
const Repository = z.object({ id: z.string(), uri: z.string(), name: z.string().nullish() });
const Goal = z.object({ id: z.string(), title: z.string(), isComplete: z.boolean().optional() });
const SharedDatasets = z.object({
  projectId: z.string().optional(),
  sharedDatasetIds: z.array(z.string()),
});
const removed = z.object({ success: z.boolean().optional() });

/** The endpoints of projects. */
export const projects = {
  list: endpoint({
    method: 'GET',
    path: '/api/projects/beta/projects',
    summary: 'List the projects that the caller may see. There is no filter; `find` looks one up by name.',
    source: 'domino-rest-api-reference.md#list-projects',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('projects', Project),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/projects/beta/projects',
    summary: 'Create a project.',
    source: 'domino-rest-api-reference.md#create-project',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'projects',
      pages: true,
      by: 'description',
      get: 'get',
      id: { projectId: 'id' },
    },
    body: NewProject,
    response: enveloped('project', Project),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/projects/v1/projects/{projectId}',
    summary: 'Get a project.',
    source: 'domino-rest-api-reference.md#get-project',
    replay: 'safe',
    response: enveloped('project', Project),
  }),
  archive: endpoint({
    method: 'DELETE',
    path: '/api/projects/beta/projects/{projectId}',
    summary: 'Archive a project.',
    source: 'domino-rest-api-reference.md#archive-project',
    replay: 'idempotent',
    response: removed,
  }),
  copy: endpoint({
    method: 'POST',
    path: '/api/projects/v1/projects/{projectId}/copy-project',
    summary: 'Copy a project.',
    source: 'domino-rest-api-reference.md#copy-project',
    replay: 'creates',
    found: 'none',
    body: CopyProject,
    response: enveloped('project', Project),
  }),
  addCollaborator: endpoint({
    method: 'POST',
    path: '/api/projects/v1/projects/{projectId}/collaborators',
    summary: 'Add a collaborator to a project.',
    source: 'domino-rest-api-reference.md#manage-collaborators',
    replay: 'idempotent',
    body: Collaborator,
    response: enveloped('collaborator', z.object({ id: z.string(), role: z.string() })),
  }),
  removeCollaborator: endpoint({
    method: 'DELETE',
    path: '/api/projects/v1/projects/{projectId}/collaborators/{collaboratorId}',
    summary: 'Remove a collaborator from a project.',
    source: 'domino-rest-api-reference.md#manage-collaborators',
    replay: 'idempotent',
    response: removed,
  }),
  listRepositories: endpoint({
    method: 'GET',
    path: '/api/projects/v1/projects/{projectId}/repositories',
    summary: 'List the Git repositories of a project.',
    source: 'domino-rest-api-reference.md#git-repositories',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('repositories', Repository),
  }),
  addRepository: endpoint({
    method: 'POST',
    path: '/api/projects/v1/projects/{projectId}/repositories',
    summary: 'Add a Git repository to a project.',
    source: 'domino-rest-api-reference.md#git-repositories',
    replay: 'creates',
    found: 'none',
    body: NewRepository,
    response: enveloped('repository', Repository),
  }),
  removeRepository: endpoint({
    method: 'DELETE',
    path: '/api/projects/v1/projects/{projectId}/repositories/{repositoryId}',
    summary: 'Remove a Git repository from a project.',
    source: 'domino-rest-api-reference.md#git-repositories',
    replay: 'idempotent',
    response: removed,
  }),
  listGoals: endpoint({
    method: 'GET',
    path: '/api/projects/v1/projects/{projectId}/goals',
    summary: 'List the goals of a project.',
    source: 'domino-rest-api-reference.md#project-goals',
    replay: 'safe',
    response: enveloped('goals', z.array(Goal)),
  }),
  addGoal: endpoint({
    method: 'POST',
    path: '/api/projects/v1/projects/{projectId}/goals',
    summary: 'Add a goal to a project.',
    source: 'domino-rest-api-reference.md#project-goals',
    replay: 'creates',
    found: 'none',
    body: z.strictObject({
      title: filled,
      description: z.string().optional(),
      assigneeId: z.string().optional(),
      stageId: z.string().optional(),
    }),
    response: enveloped('goal', Goal),
  }),
  updateGoal: endpoint({
    method: 'PATCH',
    path: '/api/projects/v1/projects/{projectId}/goals/{goalId}',
    summary: 'Mark a goal as complete, or not.',
    source: 'domino-rest-api-reference.md#project-goals',
    replay: 'idempotent',
    body: z.strictObject({ isComplete: z.boolean() }),
    response: enveloped('goal', Goal),
  }),
  removeGoal: endpoint({
    method: 'DELETE',
    path: '/api/projects/v1/projects/{projectId}/goals/{goalId}',
    summary: 'Remove a goal from a project.',
    source: 'domino-rest-api-reference.md#project-goals',
    replay: 'idempotent',
    response: removed,
  }),
  listSharedDatasets: endpoint({
    method: 'GET',
    path: '/api/projects/v1/projects/{projectId}/shared-datasets',
    summary: 'List the datasets that are shared with a project.',
    source: 'domino-rest-api-reference.md#shared-datasets',
    replay: 'safe',
    response: enveloped('dataset', SharedDatasets),
  }),
  addSharedDataset: endpoint({
    method: 'POST',
    path: '/api/projects/v1/projects/{projectId}/shared-datasets',
    summary: 'Share a dataset with a project.',
    source: 'domino-rest-api-reference.md#shared-datasets',
    replay: 'idempotent',
    body: z.strictObject({ datasetId: z.string() }),
    response: enveloped('dataset', SharedDatasets),
  }),
  removeSharedDataset: endpoint({
    method: 'DELETE',
    path: '/api/projects/v1/projects/{projectId}/shared-datasets/{datasetId}',
    summary: 'Stop sharing a dataset with a project.',
    source: 'domino-rest-api-reference.md#shared-datasets',
    replay: 'idempotent',
    response: removed,
  }),
  find: endpoint({
    method: 'GET',
    path: '/v4/gateway/projects/findProjectByOwnerAndName',
    summary: 'Look up a project by its owner and name.',
    source: 'domino-v4-subset.openapi.json#/gateway/projects/findProjectByOwnerAndName',
    replay: 'safe',
    query: z.strictObject({ ownerName: z.string(), projectName: z.string() }),
    response: z.object({ id: z.string(), name: z.string() }),
  }),
  settings: endpoint({
    method: 'GET',
    path: '/v4/projects/{projectId}/settings',
    summary: 'Get what a job of the project inherits where it states nothing.',
    source: 'domino-v4-subset.openapi.json#/projects/{projectId}/settings',
    replay: 'safe',
    response: z.object({
      defaultEnvironmentId: z.string(),
      defaultHardwareTierId: z.string(),
      /** The name of a rule, or `{revisionId}`. */
      defaultEnvironmentRevisionSpec: z.unknown(),
    }),
  }),
} as const;
