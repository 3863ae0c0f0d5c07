/** Model APIs and their versions as the platform shows them. */
import type { Simulation } from './world/simulation.js';
import type { ModelApi, ModelApiVersion, ModelApiSource } from './world/state.js';
import { type DeploymentState, servingSince, stateAmong } from './world/timelines.js';

/** The only data plane there is. */
const dataPlaneId = '000000000000000000000000';

/** The version that serves: of those that run, the last to begin; else the last that ran; else the first. */
export function activeVersion(simulation: Simulation, modelApi: ModelApi): ModelApiVersion | undefined {
  const now = simulation.clock.now();
  const { versions } = modelApi;
  const served = versions
    .flatMap((version) => {
      const since = servingSince(version, now);
      return since === undefined ? [] : [{ version, since, runs: runsNow(simulation, modelApi, version) }];
    })
    .sort((a, b) => Number(b.runs) - Number(a.runs) || b.since - a.since);
  return served[0]?.version ?? versions[0];
}

/** Whether a version answers predictions. */
export function runsNow(simulation: Simulation, modelApi: ModelApi, version: ModelApiVersion): boolean {
  const { status, isPending } = stateOf(simulation, modelApi, version);
  return status === 'Running' && !isPending;
}

/** How a version stands. */
export const stateOf = (
  { clock }: Simulation,
  { versions }: ModelApi,
  version: ModelApiVersion,
): DeploymentState =>
  stateAmong(
    version,
    versions.filter((one) => one !== version),
    clock.now(),
  );

/** `ModelApi`. */
export function modelApiView(simulation: Simulation, modelApi: ModelApi) {
  const active = activeVersion(simulation, modelApi);
  return {
    id: modelApi.id,
    name: modelApi.name,
    description: modelApi.description,
    environmentId: modelApi.environmentId,
    ...(modelApi.hardwareTierId !== undefined && { hardwareTierId: modelApi.hardwareTierId }),
    replicas: modelApi.replicas,
    isArchived: modelApi.archivedAt !== undefined,
    isAsync: modelApi.isAsync,
    strictNodeAntiAffinity: modelApi.strictNodeAntiAffinity,
    ...(active && {
      activeVersion: {
        id: active.id,
        number: active.number,
        dataPlaneId,
        deployment: stateOf(simulation, modelApi, active),
      },
    }),
    access: { accessTokens: [], isPublic: false },
    collaborators: [],
    healthCheck: { failureThreshold: 3, initialDelaySeconds: 5, periodSeconds: 10, timeoutSeconds: 5 },
    routingMode: 'basic',
    volumes: [],
    metadata: {
      created: modelApi.createdAt,
      createdBy: simulation.state.user.id,
      lastModified: modelApi.updatedAt,
    },
  };
}

/** `ModelApiVersion`. */
export const versionView = (simulation: Simulation, modelApi: ModelApi, version: ModelApiVersion) => ({
  id: version.id,
  number: version.number,
  modelApiId: modelApi.id,
  projectId: version.projectId,
  commitId: version.commitId,
  environmentRevisionId: version.revision.id,
  description: version.description,
  source: sourceView(version.source),
  deployment: stateOf(simulation, modelApi, version),
  labels: [],
  dataPlaneId,
  logHttpRequestResponse: false,
  monitoringEnabled: false,
  recordInvocation: false,
  metadata: { created: version.createdAt, createdBy: simulation.state.user.id },
});

const sourceView = (source: ModelApiSource) => ({
  type: source.type,
  ...(source.type === 'File'
    ? { file: source.file, function: source.function }
    : {
        registeredModelName: source.registeredModelName,
        registeredModelVersion: source.registeredModelVersion,
      }),
});
