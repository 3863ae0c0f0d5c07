/** Requests to the endpoints of datasets and data sources, and of what administrators keep. */
import type { Step } from './step.js';

const inProject = { projectId: '{project}' };
const dataset = { datasetId: '{dataset}' };
const target = { targetId: '{target}' };
const resource = { ...target, configId: '{resource}' };
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

const registered = {
  registeredModelName: 'iris',
  registeredModelType: 'MODELREGISTRY',
  registeredModelVersion: 1,
};
const deployment = { deploymentId: '{deployment}' };

const deployments: readonly Step[] = [
  {
    call: 'modelDeployments.create',
    body: {
      ...{ name: 'iris', deploymentTargetId: '{target}', resourceConfigurationId: '{resource}' },
      models: [{ name: 'iris', environmentId: '{base}', source: registered }],
      configuration: {
        deploymentType: { type: 'SYNC_ENDPOINT', sharedConfig: {}, modelConfigs: {} },
        ...{ sharedConfig: {}, modelConfigs: {} },
      },
    },
    keep: { deployment: 'id' },
  },
  { call: 'modelDeployments.list' },
  { call: 'modelDeployments.get', at: deployment },
  { call: 'modelDeployments.update', at: deployment, body: { description: 'of irises' } },
  { pass: 600 },
  { call: 'modelDeployments.stop', at: deployment },
  { pass: 600 },
  { call: 'modelDeployments.start', at: deployment },
  { pass: 600 },
  { call: 'modelDeployments.get', at: deployment, keep: { log: 'status.sharedState.logSuffix' } },
  { call: 'modelDeployments.logs', at: { ...deployment, logSuffix: '{log}' } },
  { call: 'modelDeployments.credentials', at: deployment },
  { call: 'modelDeployments.stop', at: deployment },
  { pass: 300 },
  { call: 'modelDeployments.delete', at: deployment },
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
  ...deployments,
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

/** All of them, in order, after those of projects and models. */
export const administrationRequests: readonly Step[] = [...data, ...administration, ...targets, ...costs];
