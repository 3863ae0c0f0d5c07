/**
 * The reference dialect: the older spelling of about twenty operations. Requests are translated to the spelling of
 * v6 before they are carried out, and answers back, so that there is one set of handlers.
 */
import type { WireAnswer, WireRequest } from '../wing.js';
import { builtImage, latestRevision } from './environment-views.js';
import type { Simulation } from './world/simulation.js';

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** The same fields under other names; the old names are gone. */
function renamed(of: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [names[key] ?? key, value]));
}

const defined = (of: Fields): Fields =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));

// Requests ---------------------------------------------------------------------------------------------------------

/** What v6 cannot filter or page is read whole, and cut afterwards; what is no page is left for v6 to refuse. */
const whole = (query: Fields): Fields =>
  Object.fromEntries(
    Object.entries({ offset: 0, limit: Number.MAX_SAFE_INTEGER }).map(([key, all]) => [
      key,
      Number(query[key] ?? 0) >= 0 ? all : query[key],
    ]),
  );

const requests: Readonly<Record<string, (simulation: Simulation, sent: Sent) => Partial<Sent>>> = {
  'environments.create': ({ state }, { body }) => {
    const base = state.environments.get(String(body['baseEnvironmentId']));
    const image = body['image'] ?? (base && latestRevision(base).image);
    return { body: defined({ addBaseDependencies: false, ...body, image }) };
  },
  'environments.restrictRevision': (_, { body }) => ({ body: renamed(body, { restricted: 'isRestricted' }) }),
  'jobs.start': (_, { body }) => ({
    body: renamed(without(body, 'runCommand', 'hardwareTier'), {
      commandToRun: 'runCommand',
      hardwareTierId: 'hardwareTier',
    }),
  }),
  'jobs.list': (_, { query }) => ({ query: renamed(query, { status: 'statusFilter' }) }),
  'jobs.addTag': ({ state }, { path, body }) => ({
    body: {
      projectId: state.jobs.get(String(path['jobId']))?.project.id,
      ...renamed(body, { name: 'tagName' }),
    },
  }),
  'jobs.removeTag': (_, { query }) => ({ query: { projectId: '', ...query } }),
  'registeredModels.register': ({ state }, { body }) => {
    const { name, description, source } = body;
    const experimentRunId = fields(source)['runId'];
    return {
      body: defined({
        ...without(body, 'name', 'source'),
        modelName: name,
        description,
        create: body['create'] ?? !state.registeredModels.has(String(name)),
        modelSource: { sourceType: 'mlflow', mlflowSource: defined({ experimentRunId }) },
      }),
    };
  },
  'registeredModels.createVersion': (_, { body }) => ({
    body: { artifact: 'model', description: '', experimentRunId: fields(body['source'])['runId'], ...body },
  }),
  'environments.list': (_, { query }) => ({ query: { ...query, ...whole(query) } }),
  'projects.list': (_, { query }) => ({ query: { ...query, ...whole(query) } }),
  'registeredModels.list': (_, { query }) => ({ query: { ...query, maxResults: whole(query)['limit'] } }),
  'modelApis.create': (_, { body }) => ({
    body: defined({
      environmentVariables: [],
      isAsync: false,
      strictNodeAntiAffinity: false,
      description: '',
      ...body,
      version: flatVersion(body),
    }),
  }),
  'modelApis.createVersion': ({ state }, { path, body }) => ({
    body: flatVersion({
      projectId: state.modelApis.get(String(path['modelApiId']))?.versions[0]?.projectId,
      ...body,
    }),
  }),
  'apps.create': (_, { body }) => ({ body: newApp(body) }),
  'workspaces.createSession': (_, { body }) => ({ body: { externalVolumeMounts: [], ...body } }),
  'datasets.list': (_, { query }) => ({
    query: query['projectId'] === undefined ? query : { projectIdsToInclude: [query['projectId']], ...query },
  }),
  'modelApis.update': ({ state }, { path, body }) => {
    const { name, description, environmentId, replicas } =
      state.modelApis.get(String(path['modelApiId'])) ?? {};
    return { body: { ...defined({ name, description, environmentId, replicas }), ...body } };
  },
};

interface Sent {
  readonly path: WireRequest['path'];
  readonly query: Fields;
  readonly body: Fields;
}

const without = (of: Fields, ...names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(of).filter(([key]) => !names.includes(key)));

/** The environment and the tier of an app stand beside its name; its visibility does not stand at all. */
function newApp({ environmentId, hardwareTierId, ...body }: Fields): Fields {
  return { visibility: 'AUTHENTICATED', version: defined({ environmentId, hardwareTierId }), ...body };
}

/** A version that is spelled out already stays as it is. */
function flatVersion(body: Fields): Fields {
  const { modelFile, modelFunction, registeredModelName, registeredModelVersion, ...version } = body;
  const source =
    registeredModelName === undefined
      ? defined({ type: 'File', file: modelFile, function: modelFunction })
      : defined({ type: 'Registry', registeredModelName, registeredModelVersion });
  return { logHttpRequestResponse: false, monitoringEnabled: false, source, ...version };
}

/** A request in the spelling of v6. */
export function fromReference(simulation: Simulation, endpoint: string, request: WireRequest): WireRequest {
  const sent = { path: request.path, query: fields(request.query), body: fields(request.body) };
  return { ...sent, ...requests[endpoint]?.(simulation, sent) };
}

// Answers ----------------------------------------------------------------------------------------------------------

/** Under which key v6 wraps what the reference puts at the root; some groups it does not wrap. */
const wrapped = [
  'environment',
  'environmentRevision',
  'job',
  'tag',
  'project',
  'collaborator',
  'repository',
  'goal',
  'dataset',
  'hardwareTier',
  'user',
  'snapshot',
  'workspaceSession',
  'credential',
  'org',
  'serviceAccount',
  'endpoint',
  'permissions',
];
const bare = [
  'registeredModels',
  'modelApis',
  'apps',
  'modelDeployments',
  'dataSources',
  'deploymentTargets',
];

/** Under which key v6 lists what the reference lists as `data`. */
const listed = [
  'environments',
  'jobs',
  'projects',
  'repositories',
  'hardwareTiers',
  'items',
  'goals',
  'datasets',
  'snapshots',
  'grantDetails',
  'grants',
  'users',
  'credentials',
  'dataSources',
  'endpoints',
  'orgs',
  'serviceAccounts',
  'tokens',
  'events',
];

const flattened: Readonly<Record<string, (simulation: Simulation, one: Fields) => Fields>> = {
  environments: flatEnvironment,
  jobs: (_, job) => flatJob(job),
  datasets: (_, one) => fields(one['dataset'] ?? one),
  modelApis: (_, modelApi) => ({
    ...modelApi,
    ...statusOf(fields(modelApi['activeVersion'])['deployment'] ?? modelApi['deployment']),
  }),
};

/** An answer in the spelling of the reference. */
export function toReference(
  simulation: Simulation,
  endpoint: string,
  request: WireRequest,
  answer: WireAnswer,
): WireAnswer {
  const { body } = answer;
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array || inVersion4(endpoint))
    return answer;
  if (endpoint === 'jobs.logs') return { ...answer, body: plainLog(body) };
  const flatten = (one: unknown): Fields =>
    flattened[endpoint.split('.', 1)[0] ?? '']?.(simulation, fields(one)) ?? fields(one);
  if (Array.isArray(body)) return { ...answer, body: body.map(flatten) };
  const answered = fields(body);
  const list = listed.find((key) => Array.isArray(answered[key]));
  if (list !== undefined) return { ...answer, body: flatList(endpoint, answered, list, request, flatten) };
  if (endpoint === 'registeredModels.register') return { ...answer, body: flatRegistration(answered) };
  const group = endpoint.split('.', 1)[0] ?? '';
  const wrapper = bare.includes(group) ? undefined : wrapped.find((key) => typeof answered[key] === 'object');
  return { ...answer, body: flatten(wrapper === undefined ? answered : answered[wrapper]) };
}

/** The `/v4` operations are spelled the same in both. */
const inVersion4 = (endpoint: string): boolean =>
  /^(environments\.(details|listOwn|getDefault|getRevision|revisionDetails|listBuiltRevisions|rebuildRevision)|jobs\.(inspect|runtime|stop|restart)|modelApis\.(start|stop)Version|projects\.(find|settings)|hardwareTiers\.listForProject)$/.test(
    endpoint,
  );

function flatList(
  endpoint: string,
  answered: Fields,
  key: string,
  request: WireRequest,
  flatten: (one: unknown) => Fields,
): Fields {
  const items = Array.isArray(answered[key]) ? answered[key].map(flatten) : [];
  const { offset, limit, totalCount } = fields(answered['metadata']);
  if (!cutHere.includes(endpoint))
    return { data: items, offset, limit, totalCount: totalCount ?? items.length };
  const asked = fields(request.query);
  const found = items.filter((one) =>
    ['name', 'ownerId'].every((field) => asked[field] === undefined || asked[field] === one[field]),
  );
  const [from, count] = [Number(asked['offset'] ?? 0), Number(asked['limit'] ?? 10)];
  return { data: found.slice(from, from + count), offset: from, limit: count, totalCount: found.length };
}

const cutHere = ['environments.list', 'projects.list', 'registeredModels.list'];

function flatEnvironment(simulation: Simulation, one: Fields): Fields {
  const environment = simulation.state.environments.get(String(one['id']));
  if (environment === undefined) return capitalStatus(one);
  const latest = latestRevision(environment);
  return {
    ...without(one, 'latestRevision', 'selectedRevision', 'restrictedRevision'),
    visibility: capital(environment.visibility),
    description: environment.description,
    dockerfileInstructions: latest.dockerfileInstructions,
    createdAt: new Date(environment.createdAt).toISOString(),
    latestRevisionId: latest.id,
    latestRevision: { ...capitalStatus(fields(one['latestRevision'])), dockerImage: builtImage(latest) },
    ...(one['selectedRevision'] !== undefined && {
      selectedRevision: capitalStatus(fields(one['selectedRevision'])),
    }),
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The reference reads the status of a revision from the start, so it is never absent. */
const capitalStatus = (revision: Fields): Fields =>
  revision['number'] === undefined
    ? revision
    : {
        ...revision,
        status: capital(typeof revision['status'] === 'string' ? revision['status'] : 'queued'),
      };

function flatJob(job: Fields): Fields {
  if (job['runCommand'] === undefined) return job;
  const times = fields(job['stageTimes']);
  const status = fields(job['status']);
  return {
    ...without(job, 'runCommand', 'stageTimes'),
    commitId: fields(job['commitDetails'])['inputCommitId'],
    commandToRun: job['runCommand'],
    status: status['executionStatus'],
    isCompleted: status['isCompleted'],
    createdAt: times['submissionTime'],
    ...defined({ startedAt: times['startTime'], endedAt: times['completedTime'] }),
  };
}

const statusOf = (deployment: unknown): Fields => defined({ status: fields(deployment)['status'] });

function flatRegistration(answered: Fields): Fields {
  const version = fields(answered['modelVersion']);
  return {
    ...fields(answered['registeredModel']),
    version: version['modelVersion'],
    experimentRunId: version['experimentRunId'],
  };
}

function plainLog(body: object): string {
  const { logContent } = fields(fields(body)['logs']);
  return Array.isArray(logContent)
    ? logContent.map((line) => `${String(fields(line)['log'])}\n`).join('')
    : '';
}
