/**
 * A request to every endpoint of Domino’s contract, each of which succeeds, in an order in which one makes what the
 * next needs. `{name}` stands for what an answer before has kept under that name.
 */

/** One request, or some seconds that pass. */
export type Step =
  | {
      readonly call: string;
      /** Parameters of the path. */
      readonly at?: Readonly<Record<string, string>>;
      readonly query?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      /** By name: where in the answer. */
      readonly keep?: Readonly<Record<string, string>>;
    }
  | { readonly pass: number };

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
const dataset = { datasetId: '{dataset}' };
const target = { targetId: '{target}' };
const resource = { ...target, configId: '{resource}' };
const source = { type: 'File', file: 'model.py', function: 'predict' };
const logging = { logHttpRequestResponse: false, monitoringEnabled: false };
const tier = {
  id: 'large',
  name: 'Large',
  resources: {
    cores: 4,
    memory: { value: 16, units: 'GiB' },
    allowSharedMemoryToExceedDefault: false,
  },
};
const flags = {
  isArchived: false,
  isDataAnalystTier: false,
  isDefault: false,
  isGlobal: true,
  isVisible: true,
};
const everyone = { isEveryone: true, userAndOrganizationIds: [] };

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
  { call: 'projectFiles.list', at: { ...files, commitId: '{commit}', path: '' } },
  { call: 'projectFiles.content', at: { ...inProject, commitId: '{commit}', path: 'a.txt' } },
  { call: 'projectFiles.blob', at: { ...files, key: '{blob}' } },
  { call: 'runs.start', at: files, body: { command: ['a'], isDirect: true }, keep: { run: 'runId' } },
  { call: 'runs.list', at: files },
  { call: 'runs.get', at: { ...files, runId: '{run}' } },
  { call: 'runs.stdout', at: { ...files, runId: '{run}' } },
  {
    call: 'workspaces.createSession',
    at: { ...inProject, workspaceId: '{workspace}' },
    body: { externalVolumeMounts: [] },
  },
];

const environments: readonly Step[] = [
  { call: 'environments.getDefault' },
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
  { call: 'jobs.linkGoal', query: job, body: { goalId: '{goal}' } },
  { call: 'jobs.listGoals', query: job },
  { pass: 200 },
  { call: 'jobs.list', query: inProject },
  { call: 'jobs.get', at: job },
  { call: 'jobs.logs', at: job },
  { call: 'jobs.inspect', at: job, keep: { run: 'dominoStats.0.value' } },
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

const data: readonly Step[] = [
  {
    call: 'datasets.create',
    body: { name: 'measurements', description: 'of irises', ...inProject },
    keep: { dataset: 'dataset.id' },
  },
  { call: 'datasets.list' },
  { call: 'datasets.get', at: dataset },
  { call: 'datasets.update', at: dataset, body: { description: 'of all irises' } },
  {
    call: 'datasets.createSnapshot',
    at: dataset,
    body: { relativeFilePaths: ['.'] },
    keep: { snapshot: 'snapshot.id' },
  },
  { pass: 100 },
  { call: 'datasets.listSnapshots', at: dataset },
  { call: 'datasets.getSnapshot', at: { snapshotId: '{snapshot}' } },
  { call: 'datasets.addTag', at: dataset, body: { snapshotId: '{snapshot}', tagName: 'best' } },
  { call: 'datasets.removeTag', at: { ...dataset, tagName: 'best' } },
  {
    call: 'datasets.addGrant',
    at: dataset,
    body: { targetId: '{grace}', targetRole: 'DatasetRwReader' },
  },
  { call: 'datasets.listGrants', at: dataset },
  {
    call: 'datasets.removeGrant',
    at: dataset,
    body: { targetId: '{grace}', targetRole: 'DatasetRwReader' },
  },
  { call: 'projects.addSharedDataset', at: inProject, body: dataset },
  { call: 'projects.listSharedDatasets', at: inProject },
  { call: 'projects.removeSharedDataset', at: { ...inProject, ...dataset } },
  { call: 'datasets.delete', at: dataset },
  {
    call: 'dataSources.create',
    body: {
      ...{ name: 'warehouse', dataSourceType: 'SnowflakeConfig', authType: 'Basic', config: {} },
      credentials: { secretCredentials: {}, visibleCredentials: {} },
      ...{ credentialType: 'Shared', permissions: everyone },
    },
    keep: { source: 'id' },
  },
  { call: 'dataSources.list' },
  { call: 'dataSources.get', at: { dataSourceId: '{source}' } },
  { call: 'dataSources.update', at: { dataSourceId: '{source}' }, body: { permissions: everyone } },
  { call: 'dataSources.delete', at: { dataSourceId: '{source}' } },
  { call: 'dataSources.audit' },
];

const gateway = { endpointName: 'gpt' };

const administration: readonly Step[] = [
  {
    call: 'aiGateway.create',
    body: { name: 'gpt', provider: 'openai', model: 'gpt-4', providerApiKey: 'k' },
  },
  { call: 'aiGateway.list' },
  { call: 'aiGateway.get', at: gateway },
  { call: 'aiGateway.update', at: gateway, body: { model: 'gpt-5' } },
  { call: 'aiGateway.updatePermissions', at: gateway, body: { isEveryoneAllowed: true } },
  { call: 'aiGateway.getPermissions', at: gateway },
  { call: 'aiGateway.delete', at: gateway },
  { call: 'aiGateway.audit' },
  { call: 'organizations.create', body: { name: 'research', members: [] }, keep: { org: 'org.id' } },
  {
    call: 'organizations.addMember',
    at: { organizationId: '{org}' },
    body: { userId: '{grace}', organizationRole: 'member' },
  },
  {
    call: 'organizations.removeMember',
    at: { organizationId: '{org}' },
    query: { memberToRemoveId: '{grace}' },
  },
  { call: 'organizations.list' },
  { call: 'organizations.get', at: { organizationId: '{org}' } },
  {
    call: 'serviceAccounts.create',
    body: { username: 'ci', email: 'ci@example.test' },
    keep: { account: 'serviceAccount.idpId' },
  },
  { call: 'serviceAccounts.createToken', at: { serviceAccountId: '{account}' }, body: { name: 'deploy' } },
  { call: 'serviceAccounts.listTokens', at: { serviceAccountId: '{account}' } },
  { call: 'serviceAccounts.list' },
  { call: 'hardwareTiers.create', body: { ...tier, nodePool: 'default' } },
  {
    call: 'hardwareTiers.update',
    body: {
      ...{ ...tier, flags, centsPerMinute: 2, podCustomization: {}, metadata: {} },
      ...{ creationTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' },
    },
  },
  { call: 'hardwareTiers.list' },
  { call: 'hardwareTiers.get', at: { hardwareTierId: 'large' } },
  { call: 'hardwareTiers.listForProject', at: inProject },
  { call: 'hardwareTiers.archive', at: { hardwareTierId: 'large' } },
];

const targets: readonly Step[] = [
  { call: 'deploymentTargets.listTypes', keep: { type: '0.id' } },
  { call: 'deploymentTargets.getType', at: { typeId: '{type}' } },
  {
    call: 'deploymentTargets.create',
    body: {
      ...{ name: 'eu', deploymentTargetTypeId: '{type}', configuration: { region: 'eu-west-1' } },
      ...{ isGloballyAccessible: true, userAndOrganizationIds: [], resourceConfigurations: [] },
    },
    keep: { target: 'id' },
  },
  {
    call: 'deploymentTargets.createResource',
    at: target,
    body: { name: 'small', configuration: { instanceType: 'ml.m5.large' }, isDefault: true },
    keep: { resource: 'id' },
  },
  { call: 'deploymentTargets.list' },
  { call: 'deploymentTargets.get', at: target },
  { call: 'deploymentTargets.update', at: target, body: { name: 'eu-2' } },
  { call: 'deploymentTargets.listResources', at: target },
  { call: 'deploymentTargets.getResource', at: resource },
  { call: 'deploymentTargets.updateResource', at: resource, body: { id: '{resource}', name: 'tiny' } },
  { call: 'deploymentTargets.deleteResource', at: resource },
  { call: 'deploymentTargets.delete', at: target },
];

const costs: readonly Step[] = [
  { call: 'cost.allocation', query: { window: '7d', aggregateBy: 'project' } },
  { call: 'cost.allocationSummary', query: { window: '7d', aggregateBy: 'user' } },
  { call: 'cost.asset', query: { window: '7d' } },
  { call: 'cost.addBillingTags', body: { billingTags: ['lab'] } },
  { call: 'cost.listBillingTags' },
  { call: 'cost.updateBillingSettings', body: { mode: 'Disabled' } },
  { call: 'cost.getBillingSettings' },
  { call: 'cost.updateBillingMode', body: { mode: 'Optional' } },
  { call: 'cost.getBillingMode' },
  { call: 'auditEvents.list' },
];

/** All of them, in order. */
export const requests: readonly Step[] = [
  ...projects,
  ...environments,
  ...jobs,
  ...models,
  ...apps,
  ...data,
  ...administration,
  ...targets,
  ...costs,
];
