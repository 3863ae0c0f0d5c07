/**
 * A request to every endpoint of Domino’s contract, each of which succeeds, in an order in which one makes what the
 * next needs. `{name}` stands for what an answer before has kept under that name.
 */
import { administrationRequests } from './administration-requests.js';
import type { Step } from './step.js';

const inProject = { projectId: '{project}' };
const environment = { environmentId: '{environment}' };
const revision = { ...environment, revisionId: '{revision}' };
const job = { jobId: '{job}' };
const model = { modelName: 'iris' };
const modelApi = { modelApiId: '{modelApi}' };
const version = { ...modelApi, versionId: '{version}' };
const files = { owner: 'ada', project: 'iris' };
const app = { appId: '{app}' };
const appVersion = { ...app, versionId: '{appVersion}' };
const instance = { ...appVersion, instanceId: '{instance}' };
const source = { type: 'File', file: 'model.py', function: 'predict' };
const logging = { logHttpRequestResponse: false, monitoringEnabled: false };

const projects: readonly Step[] = [
  { call: 'platform.version' },
  { call: 'users.self', keep: { me: 'user.id' } },
  { call: 'users.list' },
  { call: 'users.listGitCredentials', at: { userId: '{me}' }, keep: { credential: 'credentials.0.id' } },
  {
    call: 'users.replaceGitToken',
    at: { userId: '{me}', credentialId: '{credential}' },
    body: { name: 'git', domain: 'github.com', gitServiceProvider: 'Github', token: 'a token' },
  },
  { call: 'projects.find', query: { ownerName: 'ada', projectName: 'iris' }, keep: { project: 'id' } },
  { call: 'projects.list' },
  { call: 'projects.get', at: inProject },
  { call: 'projects.settings', at: inProject },
  { call: 'projects.copy', at: inProject, body: { copyDatasets: false }, keep: { copy: 'project.id' } },
  { call: 'projects.archive', at: { projectId: '{copy}' } },
  { call: 'projects.create', body: { name: 'tulips', description: 'of spring', visibility: 'Private' } },
  { call: 'projects.addCollaborator', at: inProject, body: { id: '{me}', role: 'contributor' } },
  { call: 'projects.removeCollaborator', at: { ...inProject, collaboratorId: '{me}' } },
  {
    call: 'projects.addRepository',
    at: inProject,
    body: { uri: 'https://git.test/a.git' },
    keep: { repository: 'repository.id' },
  },
  { call: 'projects.listRepositories', at: inProject },
  { call: 'projects.removeRepository', at: { ...inProject, repositoryId: '{repository}' } },
  { call: 'projects.addGoal', at: inProject, body: { title: 'ship' }, keep: { goal: 'goal.id' } },
  { call: 'projects.updateGoal', at: { ...inProject, goalId: '{goal}' }, body: { isComplete: true } },
  { call: 'projects.listGoals', at: inProject },
  { call: 'projectFiles.upload', at: { ...files, path: 'a.txt' }, body: 'a', keep: { blob: 'key' } },
  { call: 'projectFiles.listCommits', at: files, keep: { commit: '0' } },
  {
    call: 'projectFiles.list',
    at: { ...files, commitId: '{commit}', path: '' },
    keep: { blob: 'data.0.key' },
  },
  { call: 'projectFiles.content', at: { ...inProject, commitId: '{commit}', path: 'a.txt' } },
  { call: 'projectFiles.blob', at: { ...files, key: '{blob}' } },
  { call: 'runs.start', at: files, body: { command: ['a'], isDirect: true }, keep: { run: 'runId' } },
  { call: 'runs.list', at: files },
  { call: 'runs.get', at: { ...files, runId: '{run}' } },
  { call: 'runs.stdout', at: { ...files, runId: '{run}' } },
  {
    call: 'projectFiles.blob',
    at: { ...files, key: '{blob}' },
  },
  {
    call: 'workspaces.createSession',
    at: { ...inProject, workspaceId: '{workspace}' },
    body: { externalVolumeMounts: [] },
  },
];

const environments: readonly Step[] = [
  { call: 'environments.getDefault', keep: { base: 'id' } },
  { call: 'environments.list' },
  {
    call: 'environments.create',
    body: { name: 'training', image: 'base:1', addBaseDependencies: false },
    keep: { environment: 'environment.id' },
  },
  {
    call: 'environments.createRevision',
    at: environment,
    body: { dockerfileInstructions: 'RUN a' },
    keep: { revision: 'environmentRevision.id' },
  },
  { pass: 200 },
  { call: 'environments.get', at: environment },
  { call: 'environments.details', at: environment },
  { call: 'environments.listOwn' },
  { call: 'environments.getRevision', at: revision },
  { call: 'environments.revisionDetails', at: { revisionId: '{revision}' } },
  { call: 'environments.listBuiltRevisions', at: { ...environment, page: '1', pageSize: '5' } },
  { call: 'environments.setActive', at: environment, query: { revisionId: '{revision}' } },
  { call: 'environments.restrictRevision', at: revision, body: { isRestricted: true } },
  { call: 'environments.rebuildRevision', body: { revisionId: '{revision}' } },
  { call: 'environments.cancelBuild', at: revision },
];

const jobs: readonly Step[] = [
  {
    call: 'jobs.start',
    body: { ...inProject, runCommand: 'node train.js', title: 'a' },
    keep: { job: 'job.id' },
  },
  { call: 'jobs.get', at: job },
  {
    call: 'jobs.addTag',
    at: job,
    body: { ...inProject, tagName: 'best' },
    keep: { tag: 'tag.id' },
  },
  {
    call: 'runs.start',
    at: files,
    body: { command: ['train.py'], isDirect: false },
    keep: { run1: 'runId' },
  },
  { call: 'runs.list', at: files },
  { call: 'jobs.linkGoal', query: job, body: { goalId: '{goal}' } },
  { call: 'jobs.listGoals', query: job },
  { pass: 200 },
  { call: 'runs.get', at: { ...files, runId: '{run1}' } },
  { call: 'runs.stdout', at: { ...files, runId: '{run1}' } },
  { call: 'jobs.list', query: inProject },
  { call: 'jobs.get', at: job },
  { call: 'jobs.logs', at: job },
  { call: 'jobs.inspect', at: job, keep: { run: 'dominoStats.1.value' } },
  { call: 'jobs.runtime', at: job },
  { call: 'jobs.removeTag', at: { ...job, tagId: '{tag}' }, query: inProject },
  { call: 'jobs.unlinkGoal', at: { goalId: '{goal}' }, query: job },
  { call: 'projects.removeGoal', at: { ...inProject, goalId: '{goal}' } },
  {
    call: 'jobs.restart',
    body: { ...job, shouldUseOriginalInputCommit: true },
    keep: { second: 'id' },
  },
  { call: 'jobs.stop', body: { ...inProject, jobId: '{second}', commitResults: false } },
];

const models: readonly Step[] = [
  {
    call: 'registeredModels.register',
    body: {
      ...{ ...model, create: true },
      modelSource: { sourceType: 'mlflow', mlflowSource: { experimentRunId: '{run}' } },
    },
  },
  {
    call: 'registeredModels.createVersion',
    at: model,
    body: { experimentRunId: '{run}', artifact: 'model', description: 'again' },
  },
  { call: 'registeredModels.update', at: model, body: { description: 'of irises' } },
  { call: 'registeredModels.list' },
  { call: 'registeredModels.get', at: model },
  { call: 'registeredModels.listVersions', at: model },
  { call: 'registeredModels.getVersion', at: { ...model, version: '1' } },
  {
    call: 'modelApis.create',
    body: {
      ...{ name: 'iris', description: 'a', environmentId: '{environment}', environmentVariables: [] },
      ...{ isAsync: false, strictNodeAntiAffinity: false },
      version: { ...inProject, source, ...logging },
    },
    keep: { modelApi: 'id' },
  },
  { call: 'modelApis.createVersion', at: modelApi, body: { ...inProject, source, ...logging } },
  { pass: 300 },
  { call: 'modelApis.list' },
  { call: 'modelApis.get', at: modelApi },
  { call: 'modelApis.listVersions', at: modelApi, keep: { version: '0.id' } },
  { call: 'modelApis.getVersion', at: version },
  { call: 'modelApis.buildLogs', at: version },
  { call: 'modelApis.instanceLogs', at: version },
  { call: 'modelApis.stopVersion', at: version },
  { pass: 100 },
  { call: 'modelApis.startVersion', at: version },
  {
    call: 'modelApis.update',
    at: modelApi,
    body: { name: 'iris', description: 'b', environmentId: '{environment}', replicas: 2 },
  },
  { call: 'modelApis.archive', at: modelApi },
  { call: 'environments.archive', at: environment },
];

const apps: readonly Step[] = [
  {
    call: 'apps.create',
    body: { name: 'dash', ...inProject, visibility: 'AUTHENTICATED', version: {} },
    keep: { app: 'id' },
  },
  { call: 'apps.list' },
  { call: 'apps.get', at: app },
  { call: 'apps.update', at: app, body: { description: 'of irises' } },
  { call: 'apps.createVersion', at: app, body: {} },
  { call: 'apps.listVersions', at: app, keep: { appVersion: 'items.0.id' } },
  { pass: 300 },
  { call: 'apps.getVersion', at: appVersion },
  { call: 'apps.updateVersion', at: appVersion, body: {} },
  { call: 'apps.listInstances', at: appVersion, keep: { instance: 'items.0.id' } },
  { call: 'apps.getInstance', at: instance },
  { call: 'apps.instanceLogs', at: instance },
  { call: 'apps.stopInstance', at: instance },
  {
    call: 'apps.setThumbnail',
    at: app,
    body: { contentBase64: 'iVBORw0KGgo=', contentType: 'image/png' },
  },
  { call: 'apps.thumbnail', at: app },
  { call: 'apps.removeThumbnail', at: app },
  { call: 'apps.delete', at: app },
];

/** All of them, in order. */
export const requests: readonly Step[] = [
  ...projects,
  ...environments,
  ...jobs,
  ...models,
  ...apps,
  ...administrationRequests,
];
