/**
 * The reference dialect: the older spelling of about twenty operations, translated at the edge, so that nothing else
 * knows there are two. A field that the older spelling has no word for goes through as it is.
 */
import type { Dialect, Fields, WireRequest } from '../wing.js';

interface Translation {
  readonly request?: (body: Fields) => Fields;
  readonly query?: (query: WireRequest['query']) => WireRequest['query'];
  readonly answer?: (body: unknown) => unknown;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** v6 wraps one object in its name. */
const wrapped =
  (key: string, item: (value: Fields) => Fields = (value) => value) =>
  (body: unknown): unknown =>
    isFields(body) && !(key in body) ? { [key]: item(body) } : body;

/** v6 names its lists, and keeps their paging apart. */
const listed =
  (key: string, item: (value: Fields) => Fields = (value) => value) =>
  (body: unknown): unknown => {
    const { data, offset, limit, totalCount, ...rest } = fieldsOf(body);
    if (!Array.isArray(data)) return body;
    return {
      ...rest,
      [key]: data.map((one) => item(fieldsOf(one))),
      metadata: { offset, limit, totalCount },
    };
  };

const renamed = (body: Fields, names: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.entries(body).map(([key, value]) => [names[key] ?? key, value]));

const title = (word: unknown): unknown =>
  typeof word === 'string' ? word.charAt(0).toUpperCase() + word.slice(1) : word;

/** `status` is one word, and its times stand beside it: one that has ended is completed, whatever the word is. */
function jobOf(job: Fields): Fields {
  const { status, isCompleted, startedAt, endedAt, createdAt, commandToRun, commitId, ...rest } = job;
  if (typeof status !== 'string') return job;
  return {
    number: 0,
    runCommand: commandToRun ?? '',
    ...rest,
    status: { executionStatus: status, isCompleted: isCompleted ?? (endedAt ? true : undefined) },
    stageTimes: { submissionTime: createdAt, startTime: startedAt, completedTime: endedAt },
    commitDetails: { inputCommitId: commitId, ...fieldsOf(rest['commitDetails']) },
  };
}

/** The log is text. */
function logsOf(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  const lines = body.split('\n').filter((line) => line !== '');
  return { logs: { logContent: lines.map((log) => ({ log })), isComplete: true } };
}

function registrationOf(body: unknown): unknown {
  const fields = fieldsOf(body);
  if ('registeredModel' in fields) return body;
  const version = fields['modelVersion'] ?? fields['version'] ?? fields['latestVersion'];
  return {
    registeredModel: fields,
    modelVersion: { ...fields, modelName: fields['name'], modelVersion: version },
  };
}

function newModelApi({ version, ...body }: Fields): Fields {
  const { source, ...rest } = fieldsOf(version);
  const { file, function: name, ...registry } = fieldsOf(source);
  return { ...rest, ...body, modelFile: file, modelFunction: name, ...registry };
}

const translations: Readonly<Record<string, Translation>> = {
  'environments.list': { answer: listed('environments') },
  'environments.create': {
    request: (body) => ({ ...body, visibility: title(body['visibility']) }),
    answer: wrapped('environment'),
  },
  'environments.get': { answer: wrapped('environment') },
  'environments.archive': { answer: wrapped('environment') },
  'environments.createRevision': { answer: wrapped('environmentRevision') },
  'environments.restrictRevision': { request: (body) => renamed(body, { isRestricted: 'restricted' }) },
  'jobs.list': { answer: listed('jobs', jobOf) },
  'jobs.get': { answer: wrapped('job', jobOf) },
  'jobs.start': {
    request: (body) => renamed(body, { runCommand: 'commandToRun', hardwareTier: 'hardwareTierId' }),
    answer: wrapped('job', jobOf),
  },
  'jobs.logs': { answer: logsOf },
  'jobs.addTag': { request: (body) => renamed(body, { tagName: 'name' }), answer: wrapped('tag') },
  'registeredModels.list': { answer: listed('items') },
  'registeredModels.listVersions': { answer: listed('items') },
  'registeredModels.register': {
    request: ({ modelName, modelSource, ...body }) => {
      const { experimentRunId } = fieldsOf(fieldsOf(modelSource)['mlflowSource']);
      return { ...body, name: modelName, source: { type: 'experiment', runId: experimentRunId } };
    },
    answer: registrationOf,
  },
  'modelApis.list': { answer: listed('items') },
  'modelApis.listVersions': { answer: (body) => fieldsOf(body)['data'] ?? body },
  'modelApis.create': { request: newModelApi },
  'hardwareTiers.list': { answer: listed('hardwareTiers') },
  'projects.list': { answer: listed('projects') },
  'projects.listRepositories': { answer: listed('repositories') },
  'users.self': { answer: wrapped('user') },
  'users.list': { answer: listed('users') },
  'users.listGitCredentials': { answer: listed('credentials') },
  'users.replaceGitToken': { answer: wrapped('credential') },
  'modelDeployments.list': { answer: listed('items') },
  'apps.list': { answer: listed('items') },
  'apps.create': {
    request: ({ version, ...body }) => ({ ...fieldsOf(version), ...body }),
  },
  'apps.listVersions': { answer: listed('items') },
  'apps.listInstances': { answer: listed('items') },
  'workspaces.createSession': { answer: wrapped('workspaceSession') },
  'datasets.list': {
    query: ({ projectIdsToInclude, ...query }) => ({
      ...query,
      // The older spelling filters by one project; of several, all datasets are read.
      ...([projectIdsToInclude].flat().length === 1 && { projectId: projectIdsToInclude }),
    }),
    answer: listed('datasets', (dataset) => ({ dataset })),
  },
  'datasets.create': { answer: wrapped('dataset') },
  'datasets.get': { answer: wrapped('dataset') },
  'datasets.update': { answer: wrapped('dataset') },
  'datasets.delete': { answer: wrapped('dataset') },
  'datasets.listSnapshots': { answer: listed('snapshots') },
  'datasets.createSnapshot': { answer: wrapped('snapshot') },
  'datasets.getSnapshot': { answer: wrapped('snapshot') },
  'datasets.addTag': { answer: wrapped('dataset') },
  'datasets.removeTag': { answer: wrapped('dataset') },
  'datasets.listGrants': { answer: listed('grantDetails') },
  'datasets.addGrant': { answer: listed('grants') },
  'datasets.removeGrant': { answer: listed('grants') },
  'dataSources.list': { answer: listed('dataSources') },
  'aiGateway.list': { answer: listed('endpoints') },
  'aiGateway.create': { answer: wrapped('endpoint') },
  'aiGateway.get': { answer: wrapped('endpoint') },
  'aiGateway.update': { answer: wrapped('endpoint') },
  'aiGateway.delete': { answer: wrapped('endpoint') },
  'aiGateway.getPermissions': { answer: wrapped('permissions') },
  'aiGateway.updatePermissions': { answer: wrapped('permissions') },
  'organizations.list': { answer: listed('orgs') },
  'organizations.create': { answer: wrapped('org') },
  'organizations.get': { answer: wrapped('org') },
  'organizations.addMember': { answer: wrapped('org') },
  'organizations.removeMember': { answer: wrapped('org') },
  'serviceAccounts.list': { answer: listed('serviceAccounts') },
  'serviceAccounts.create': { answer: wrapped('serviceAccount') },
  'serviceAccounts.listTokens': { answer: listed('tokens') },
  'deploymentTargets.list': { answer: listed('items') },
  'deploymentTargets.listResources': { answer: listed('items') },
  'auditEvents.list': { answer: listed('events') },
};

/** Sends requests in the older spelling, and reads answers back into that of v6. */
export const referenceDialect: Dialect = {
  request: (name, wire) => {
    const { request, query } = translations[name] ?? {};
    return {
      body: request && isFields(wire.body) ? request(wire.body) : wire.body,
      query: query ? query(wire.query) : wire.query,
    };
  },
  answer: (name, body) => translations[name]?.answer?.(body) ?? body,
  takesText: true, // its logs
};
