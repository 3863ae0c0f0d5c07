/** Model APIs: created, versioned, started, stopped. */
import type { domino } from '../../contract/domino/index.js';
import { notFound } from '../errors.js';
import { missing } from './errors.js';
import { type Simulation, need } from './world/simulation.js';
import type { ModelApi, ModelApiVersion } from './world/state.js';
import { archived, liveEnvironment, liveProject } from './world/live.js';
import { activeRevision, currentBuild, latestRevision } from './environment-views.js';
import { type Handlers, type NoteEffect, pageOf } from './handlers.js';
import { chosenCommit, chosenTier } from './jobs.js';
import { activeVersion, modelApiView, runsNow, stateOf, versionView } from './model-api-views.js';

/** The handlers of model APIs. */
export const modelApis: Handlers<typeof domino>['modelApis'] = {
  list(simulation, { query, metadata }) {
    const wanted = [...simulation.state.modelApis.values()].filter((one) => isWanted(simulation, one, query));
    const { items, paging } = pageOf(wanted, { limit: 25, ...query });
    return { items: items.map((one) => modelApiView(simulation, one)), metadata: { ...metadata, ...paging } };
  },
  create: (simulation, { body, note }) => modelApiView(simulation, createModelApi(simulation, body, note)),
  get: (simulation, { path }) => modelApiView(simulation, modelApiOf(simulation, path)),
  update(simulation, { path, body, note }) {
    const modelApi = liveModelApi(simulation, path);
    liveEnvironment(simulation, body.environmentId);
    if (body.hardwareTierId !== undefined) chosenTier(simulation, body.hardwareTierId);
    modelApi.name = body.name;
    modelApi.description = body.description;
    modelApi.environmentId = body.environmentId;
    modelApi.replicas = body.replicas;
    modelApi.hardwareTierId = body.hardwareTierId;
    modelApi.updatedAt = simulation.clock.now();
    note('changed', 'modelApi', modelApi.id, modelApi.description);
    return modelApiView(simulation, modelApi);
  },
  archive(simulation, { path, note }) {
    const modelApi = modelApiOf(simulation, path);
    const at = simulation.clock.now();
    modelApi.archivedAt ??= at;
    for (const version of modelApi.versions) version.orders.push({ at, order: 'stop' });
    note('changed', 'modelApi', modelApi.id, modelApi.description);
    return undefined;
  },
  listVersions(simulation, { path }) {
    const modelApi = modelApiOf(simulation, path);
    return [...modelApi.versions].reverse().map((version) => versionView(simulation, modelApi, version));
  },
  createVersion(simulation, { path, body, note }) {
    const modelApi = liveModelApi(simulation, path);
    return versionView(simulation, modelApi, addVersion(simulation, modelApi, body, note));
  },
  getVersion(simulation, { path }) {
    const modelApi = modelApiOf(simulation, path);
    return versionView(simulation, modelApi, versionOf(modelApi, path.versionId));
  },
  buildLogs(simulation, { path }) {
    const modelApi = modelApiOf(simulation, path);
    const version = versionOf(modelApi, path.versionId);
    return {
      ...logHead(modelApi, version),
      status: buildPhase(stateOf(simulation, modelApi, version).status),
      logs: [logLine(version, `Building version ${version.number}`)],
    };
  },
  instanceLogs(simulation, { path, query }) {
    const modelApi = modelApiOf(simulation, path);
    const version = versionOf(modelApi, path.versionId);
    const runs = runsNow(simulation, modelApi, version);
    return {
      ...logHead(modelApi, version),
      maxResults: query.maxResults ?? 100,
      logs: runs ? [logLine(version, 'The model is being served')] : [],
    };
  },
  startVersion: (simulation, { path, note }) => order(simulation, path, 'start', note),
  stopVersion: (simulation, { path, note }) => order(simulation, path, 'stop', note),
};

/** The model API that a path names. */
const modelApiOf = ({ state }: Simulation, { modelApiId }: { readonly modelApiId: string }): ModelApi =>
  need(state.modelApis, modelApiId, 'model API');

function liveModelApi(simulation: Simulation, path: { readonly modelApiId: string }): ModelApi {
  const modelApi = modelApiOf(simulation, path);
  if (modelApi.archivedAt !== undefined) throw archived('model API', modelApi.id);
  return modelApi;
}

function versionOf(modelApi: ModelApi, versionId: string): ModelApiVersion {
  const version = modelApi.versions.find(({ id }) => id === versionId);
  if (version === undefined) throw notFound('model API version', versionId);
  return version;
}

type Query = Parameters<typeof modelApis.list>[1]['query'];
type NewVersion = Parameters<typeof modelApis.createVersion>[1]['body'];

function isWanted(simulation: Simulation, modelApi: ModelApi, query: Query): boolean {
  const active = activeVersion(simulation, modelApi);
  const { projectId, environmentId, name, registeredModelName, registeredModelVersion } = query;
  return (
    modelApi.archivedAt === undefined &&
    (projectId === undefined || active?.projectId === projectId) &&
    (environmentId === undefined || modelApi.environmentId === environmentId) &&
    (name === undefined || matches(name, modelApi.name)) &&
    (registeredModelName === undefined || active?.source.registeredModelName === registeredModelName) &&
    (registeredModelVersion === undefined || active?.source.registeredModelVersion === registeredModelVersion)
  );
}

/** The filter is a regular expression; one that is none is looked for as it stands. */
function matches(filter: string, name: string): boolean {
  try {
    return new RegExp(filter).test(name);
  } catch {
    return name.includes(filter);
  }
}

/**
 * Creates a model API with its first version.
 *
 * @throws Refusal 400, 404
 */
export function createModelApi(
  simulation: Simulation,
  body: Parameters<typeof modelApis.create>[1]['body'],
  note: NoteEffect,
): ModelApi {
  const { state, ids, clock } = simulation;
  liveEnvironment(simulation, body.environmentId);
  if (body.hardwareTierId !== undefined) chosenTier(simulation, body.hardwareTierId);
  const createdAt = clock.now();
  const modelApi: ModelApi = {
    id: ids.next(),
    name: body.name,
    description: body.description,
    environmentId: body.environmentId,
    replicas: body.replicas ?? 1,
    hardwareTierId: body.hardwareTierId,
    isAsync: body.isAsync,
    strictNodeAntiAffinity: body.strictNodeAntiAffinity,
    createdAt,
    updatedAt: createdAt,
    versions: [],
  };
  const noted: Parameters<NoteEffect>[] = [];
  addVersion(simulation, modelApi, body.version, (...effect) => void noted.push(effect));
  state.modelApis.set(modelApi.id, modelApi);
  note('created', 'modelApi', modelApi.id, modelApi.description);
  for (const effect of noted) note(...effect);
  return modelApi;
}

/**
 * Adds a version to a model API.
 *
 * @throws Refusal 400, 404
 */
export function addVersion(
  simulation: Simulation,
  modelApi: ModelApi,
  body: NewVersion,
  note: NoteEffect,
): ModelApiVersion {
  const { ids, clock, world } = simulation;
  const project = liveProject(simulation, body.projectId);
  const environment = liveEnvironment(simulation, body.environmentId ?? modelApi.environmentId);
  const revision = activeRevision(simulation, environment) ?? latestRevision(environment);
  checkSource(simulation, body.source);
  const id = ids.next();
  const commitId = chosenCommit(simulation, project, body.commitId);
  const version: ModelApiVersion = {
    id,
    number: modelApi.versions.length + 1,
    projectId: project.id,
    commitId,
    revision,
    description: body.description ?? '',
    source: body.source,
    createdAt: clock.now(),
    build: currentBuild(revision),
    deployMs: ids.durationMs(id, world.durations.deploy),
    shouldDeploy: body.shouldDeploy ?? true,
    fails: simulation.execution?.isMissing(simulation, body.source, commitId) ?? false,
    orders: [],
    sickens: sicknessOf(world, modelApi.name, modelApi.versions.length + 1),
  };
  modelApi.versions.push(version);
  note('created', 'modelApiVersion', version.id, version.description);
  return version;
}

/** By the first rule of the world that is for this version. */
function sicknessOf({ modelApis: rules }: Simulation['world'], name: string, number: number) {
  const rule = rules.find((one) => one.name.test(name) && (one.version ?? number) === number);
  return rule && { afterMs: rule.afterMinutes * 60_000, status: rule.status };
}

function checkSource({ state }: Simulation, source: NewVersion['source']): void {
  if (source.type === 'File') {
    if (source.file === undefined) throw missing('version/source/file');
    if (source.function === undefined) throw missing('version/source/function');
    return;
  }
  if (source.registeredModelName === undefined) throw missing('version/source/registeredModelName');
  if (source.registeredModelVersion === undefined) throw missing('version/source/registeredModelVersion');
  const model = need(state.registeredModels, source.registeredModelName, 'registered model');
  if (model.versions[source.registeredModelVersion - 1] === undefined)
    throw notFound('version', `${model.name}/${source.registeredModelVersion}`);
}

function order(
  simulation: Simulation,
  path: { readonly modelApiId: string; readonly versionId: string },
  asked: 'start' | 'stop',
  note: NoteEffect,
) {
  const modelApi = asked === 'start' ? liveModelApi(simulation, path) : modelApiOf(simulation, path);
  const version = versionOf(modelApi, path.versionId);
  const at = simulation.clock.now();
  const { status, isPending } = stateOf(simulation, modelApi, version);
  const isThere = asked === 'start' ? status === 'Running' && !isPending : status === 'Stopped';
  if (!isThere) {
    version.orders.push({ at, order: asked });
    note('changed', 'modelApiVersion', version.id, version.description);
  }
  const state = stateOf(simulation, modelApi, version);
  return [{ modelId: modelApi.id, modelVersionId: version.id, status: state.status }];
}

const logHead = (modelApi: ModelApi, version: ModelApiVersion) => ({
  modelId: modelApi.id,
  modelVersionId: version.id,
});

const logLine = ({ createdAt }: ModelApiVersion, log: string) => ({
  log,
  streamType: 'stdout',
  timestamp: createdAt,
  timeNano: createdAt * 1_000_000,
  tags: [],
});

function buildPhase(status: string): 'preparing' | 'building' | 'complete' | 'failed' {
  if (status === 'Preparing to build') return 'preparing';
  if (status === 'Building') return 'building';
  return status === 'Failed' ? 'failed' : 'complete';
}
