/** Model APIs as legacy `/v1` publishes them, and the export of their images. */
import { z } from 'zod';
import { defaultEnvironment } from '../environments.js';
import { notFound } from '../../errors.js';
import { addVersion, createModelApi } from '../model-apis.js';
import { namedProject } from '../project-files.js';
import { type Simulation, need } from '../world/simulation.js';
import type { ModelApi, ModelApiVersion } from '../world/state.js';
import { type Routes, route } from './route.js';
import type { ModelExport } from './state.js';

const versionFields = {
  description: z.string().default(''),
  projectId: z.string(),
  file: z.string(),
  function: z.string(),
  /** An empty text is the default environment. */
  environmentId: z.string().default(''),
};
const NewModel = z.strictObject({ ...versionFields, name: z.string().min(1) });
const NewVersion = z.strictObject(versionFields);
const versionsPath = '/v1/models/{modelId}/versions';

/** The routes of model APIs. */
const published: Routes = {
  'v1Models.list': route({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/models',
    answer(simulation, { path }) {
      const { id } = namedProject(simulation, path);
      const own = [...simulation.state.modelApis.values()].filter(
        ({ archivedAt, versions }) =>
          archivedAt === undefined && versions.some(({ projectId }) => projectId === id),
      );
      return { objectType: 'list', data: own.map(modelView) };
    },
  }),
  'v1Models.publish': route({
    method: 'POST',
    path: '/v1/models',
    body: NewModel,
    answer(simulation, { body, note }) {
      const modelApi = createModelApi(
        simulation,
        {
          name: body.name,
          description: body.description,
          environmentId: environmentId(simulation, body.environmentId),
          environmentVariables: [],
          isAsync: false,
          strictNodeAntiAffinity: false,
          version: versionOf(body),
        },
        note,
      );
      return { objectType: 'model', data: modelView(modelApi) };
    },
  }),
  'v1Models.listVersions': route({
    method: 'GET',
    path: versionsPath,
    answer(simulation, { path }) {
      const { versions } = need(simulation.state.modelApis, path.modelId, 'model');
      return { objectType: 'list', data: [...versions].reverse().map(versionView) };
    },
  }),
  'v1Models.publishVersion': route({
    method: 'POST',
    path: versionsPath,
    body: NewVersion,
    answer(simulation, { path, body, note }) {
      const modelApi = need(simulation.state.modelApis, path.modelId, 'model');
      const version = { ...versionOf(body), environmentId: environmentId(simulation, body.environmentId) };
      const view = versionView(addVersion(simulation, modelApi, version, note));
      return { ...view, data: view };
    },
  }),
};

const Registry = z.strictObject({
  registryUrl: z.string().min(1),
  username: z.string(),
  password: z.string(),
  repository: z.string().min(1),
  tag: z.string().min(1),
});

/** Starts an export; both kinds differ in what the image is for only. */
function startExport(
  { ids, clock, world, state }: Simulation,
  { modelId, versionId }: { readonly modelId: string; readonly versionId: string },
  { registryUrl, repository, tag }: z.output<typeof Registry>,
): ModelExport {
  const version = need(state.modelApis, modelId, 'model').versions.find(({ id }) => id === versionId);
  if (version === undefined) throw notFound('model version', versionId);
  const id = ids.next();
  const startedAt = clock.now();
  const endsAt = startedAt + ids.durationMs(id, world.durations.build);
  const made = { id, versionId, image: `${registryUrl}/${repository}:${tag}`, startedAt, endsAt };
  state.legacy.exports.set(id, made);
  return made;
}

const exporting = (kind: 'exportImageToRegistry' | 'exportImageForSagemaker') =>
  route({
    method: 'POST',
    path: `/v4/models/{modelId}/{versionId}/${kind}`,
    body: Registry,
    answer(simulation, { path, body, note }) {
      const made = startExport(simulation, path, body);
      note('created', 'modelExport', made.id);
      return { exportId: made.id, status: exportStatus(simulation, made) };
    },
  });

/** The routes of exports. */
const exported: Routes = {
  'v4Models.export': exporting('exportImageToRegistry'),
  'v4Models.exportForSageMaker': exporting('exportImageForSagemaker'),
  'v4Models.exportStatus': route({
    method: 'GET',
    path: '/v4/models/{exportId}/getExportImageStatus',
    answer(simulation, { path }) {
      const made = need(simulation.state.legacy.exports, path.exportId, 'export');
      return { exportId: made.id, status: exportStatus(simulation, made), errorMessage: '' };
    },
  }),
  'v4Models.exportLogs': route({
    method: 'GET',
    path: '/v4/models/{exportId}/getExportLogs',
    answer(simulation, { path }) {
      const made = need(simulation.state.legacy.exports, path.exportId, 'export');
      const isOver = exportStatus(simulation, made) === 'complete';
      return {
        exportId: made.id,
        logs: [
          { log: `Building ${made.image}`, timestamp: made.startedAt },
          ...(isOver ? [{ log: `Pushed ${made.image}`, timestamp: made.endsAt }] : []),
        ],
      };
    },
  }),
};

/** The routes of model APIs and of exports. */
export const models: Routes = { ...published, ...exported };

const exportStatus = ({ clock }: Simulation, { startedAt, endsAt }: ModelExport): string => {
  const share = (clock.now() - startedAt) / (endsAt - startedAt);
  return share < 0.8 ? 'building' : share < 1 ? 'pushing' : 'complete';
};

const environmentId = (simulation: Simulation, stated: string): string =>
  stated === '' ? defaultEnvironment(simulation).id : stated;

const versionOf = ({ description, projectId, file, ...body }: z.output<typeof NewVersion>) => ({
  description,
  projectId,
  source: { type: 'File' as const, file, function: body.function },
  logHttpRequestResponse: false,
  monitoringEnabled: false,
});

const modelView = ({ id, name, description, versions, createdAt }: ModelApi) => ({
  _id: id,
  id,
  name,
  description,
  created: createdAt,
  projectId: versions[0]?.projectId,
});

const versionView = ({ id, number, description, createdAt, commitId }: ModelApiVersion) => ({
  _id: id,
  id,
  number,
  description,
  created: createdAt,
  commitId,
});
