/** Registered models, keyed by name, and their versions. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import { missing } from './errors.js';
import { type Simulation, need } from './world/simulation.js';
import type { Job, ModelVersion, Project, RegisteredModel } from './world/state.js';
import { type Handlers, type NoteEffect, iso, pageOf } from './handlers.js';

/** The handlers of registered models. */
export const registeredModels: Handlers<typeof domino>['registeredModels'] = {
  list({ state }, { query, metadata }) {
    const { projectId, searchPattern = '', pageToken = '0', maxResults = 25 } = query;
    const wanted = [...state.registeredModels.values()].filter(
      ({ name, project }) =>
        name.includes(searchPattern) && (projectId === undefined || project.id === projectId),
    );
    const offset = Number(pageToken);
    if (!Number.isInteger(offset) || offset < 0) throw new Refusal(400, 'pageToken is not valid');
    const next = offset + maxResults;
    const pagination = next < wanted.length ? { nextPageToken: String(next) } : {};
    return {
      items: wanted.slice(offset, next).map(modelView),
      metadata: { ...metadata, ...pagination, pagination },
    };
  },
  register(simulation, { body, note }) {
    const { state } = simulation;
    const existing = state.registeredModels.get(body.modelName);
    if (body.create && existing !== undefined)
      throw new Refusal(400, `A registered model named ${JSON.stringify(body.modelName)} already exists`);
    if (!body.create && existing === undefined) throw notFound('registered model', body.modelName);
    const { experimentRunId, project } = originOf(simulation, body);
    const model = existing ?? createModel(simulation, project, body, note);
    state.registeredModels.set(model.name, model);
    const version = addVersion(simulation, model, { experimentRunId, description: '' }, note);
    return { registeredModel: modelView(model), modelVersion: versionView(model, version) };
  },
  get: ({ state }, { path }) => modelView(need(state.registeredModels, path.modelName, 'registered model')),
  update(simulation, { path, body, note }) {
    const model = need(simulation.state.registeredModels, path.modelName, 'registered model');
    model.description = body.description ?? model.description;
    model.discoverable = body.discoverable ?? model.discoverable;
    model.updatedAt = simulation.clock.now();
    note('changed', 'registeredModel', model.name, model.description);
    return modelView(model);
  },
  listVersions({ state }, { path, query, metadata }) {
    const model = need(state.registeredModels, path.modelName, 'registered model');
    const { items, paging } = pageOf([...model.versions].reverse(), { limit: 20, ...query });
    return {
      items: items.map((version) => versionView(model, version)),
      metadata: { ...metadata, ...paging },
    };
  },
  createVersion(simulation, { path, body, note }) {
    const model = need(simulation.state.registeredModels, path.modelName, 'registered model');
    jobOfRun(simulation, body.experimentRunId);
    return versionView(model, addVersion(simulation, model, body, note));
  },
  getVersion({ state }, { path }) {
    const model = need(state.registeredModels, path.modelName, 'registered model');
    const version = model.versions.find(({ number }) => String(number) === path.version);
    if (version === undefined) throw notFound('version', `${model.name}/${path.version}`);
    return versionView(model, version);
  },
};

type Registration = Parameters<typeof registeredModels.register>[1]['body'];

/** The job whose MLflow run this is: the run that it was given, or the one that its own statistics name. */
export function jobOfRun({ state }: Simulation, experimentRunId: string): Job {
  const found = [...state.jobs.values()].find(
    ({ mlflowRunId, real, plan }) =>
      mlflowRunId === experimentRunId || (real?.stats ?? plan.stats)['mlflow_run_id'] === experimentRunId,
  );
  if (found === undefined) throw notFound('experiment run', experimentRunId);
  return found;
}

function originOf(
  simulation: Simulation,
  { modelSource, projectId }: Registration,
): { experimentRunId: string | undefined; project: Project } {
  if (modelSource.sourceType === 'mlflow') {
    const experimentRunId = modelSource.mlflowSource?.experimentRunId;
    if (experimentRunId === undefined) throw missing('modelSource/mlflowSource');
    return { experimentRunId, project: jobOfRun(simulation, experimentRunId).project };
  }
  if (modelSource.huggingFaceSource === undefined) throw missing('modelSource/huggingFaceSource');
  if (projectId === undefined) throw missing('projectId');
  return { experimentRunId: undefined, project: need(simulation.state.projects, projectId, 'project') };
}

function createModel(
  { clock }: Simulation,
  project: Project,
  { modelName, description = '', discoverable = true }: Registration,
  note: NoteEffect,
): RegisteredModel {
  const now = clock.now();
  note('created', 'registeredModel', modelName, description);
  return {
    name: modelName,
    description,
    discoverable,
    project,
    createdAt: now,
    updatedAt: now,
    versions: [],
  };
}

function addVersion(
  { clock }: Simulation,
  model: RegisteredModel,
  {
    experimentRunId,
    description,
  }: { readonly experimentRunId: string | undefined; readonly description: string },
  note: NoteEffect,
): ModelVersion {
  const createdAt = clock.now();
  const version = { number: model.versions.length + 1, experimentRunId, description, createdAt };
  model.versions.push(version);
  model.updatedAt = createdAt;
  note('created', 'modelVersion', `${model.name}/${version.number}`, description);
  return version;
}

const projectView = ({ id, name, owner }: Project) => ({
  id,
  name,
  ownerUsername: owner.name,
  isGitBasedProject: false,
});

const modelView = (model: RegisteredModel) => ({
  name: model.name,
  description: model.description,
  discoverable: model.discoverable,
  latestVersion: model.versions.length,
  ownerUsername: model.project.owner.name,
  project: projectView(model.project),
  tags: {},
  createdAt: iso(model.createdAt),
  updatedAt: iso(model.updatedAt),
  requestingUserAccess: {
    canEditModel: true,
    canEditProjectAssets: true,
    canViewExperimentRuns: true,
    canViewModelApis: true,
    canViewProject: true,
    canViewProjectFiles: true,
  },
});

const versionView = (model: RegisteredModel, version: ModelVersion) => ({
  modelName: model.name,
  modelVersion: version.number,
  modelVersionDescription: version.description,
  ...(version.experimentRunId !== undefined && { experimentRunId: version.experimentRunId }),
  ownerUsername: model.project.owner.name,
  project: projectView(model.project),
  tags: {},
  versionUiDetails: {
    experimentRunInfo: {
      metrics: [],
      params: [],
      runUrl: `/experiments/runs/${version.experimentRunId ?? ''}`,
    },
    modelVersionDataSources: [],
    modelVersionDatasets: [],
  },
  createdAt: iso(version.createdAt),
  updatedAt: iso(version.createdAt),
});
