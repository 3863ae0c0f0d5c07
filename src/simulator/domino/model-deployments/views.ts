/** Model deployments as the platform shows them. */
import { iso } from '../handlers.js';
import { nano } from '../job-views.js';
import { targetTypes } from '../target-types.js';
import type { DeployedModel, ModelDeployment } from '../world/model-deployments.js';
import { stateOf } from '../world/model-deployments.js';
import type { Simulation } from '../world/simulation.js';

const hourMs = 3_600_000;
/** What can be done with a deployment that serves. */
const operationType = 'PREDICT';

/** The name of its only log: a status tells it. */
export const logSuffixOf = ({ id }: ModelDeployment): string => `serving-${id.slice(0, 8)}`;

/** `ModelDeployment`. */
export function deploymentView(simulation: Simulation, deployment: ModelDeployment) {
  const { user } = simulation.state;
  const { name, description, target, resource, models, configuration, collaborators, isGloballyAccessible } =
    deployment.settings;
  const state = stateOf(deployment, simulation.clock.now());
  return {
    ...{ id: deployment.id, name, description, version: deployment.version },
    ...{ configuration, collaborators: [...collaborators], isGloballyAccessible },
    ...(state && { status: statusView(simulation, deployment, state) }),
    models: models.map((model) => modelView(simulation, model)),
    deploymentTargetInfo: {
      id: target.id,
      name: target.name,
      typeName: targetTypes.get(target.typeId)?.name ?? target.typeId,
    },
    resourceConfigurationInfo: {
      id: resource.id,
      name: resource.name,
      configuration: resource.configuration,
    },
    creatorInfo: { id: user.id, username: user.name },
    creationTimestamp: iso(deployment.createdAt),
    remoteUpdateTimestamp: iso(deployment.orders.at(-1)?.at ?? deployment.createdAt),
  };
}

function statusView({ clock }: Simulation, deployment: ModelDeployment, state: string) {
  return {
    state,
    message: state === 'FAILED' ? (deployment.failure ?? '') : '',
    modelStates: {},
    modelOperations: {},
    sharedState: { logSuffix: logSuffixOf(deployment) },
    sharedOperations:
      state === 'RUNNING'
        ? [
            {
              type: operationType,
              fields: { endpointName: deployment.settings.name },
              metadata: { type: 'AWS', service: 'sagemaker', operations: ['InvokeEndpoint'] },
              credentials: {
                type: 'AWS' as const,
                keys: ['accessKeyId', 'secretAccessKey', 'sessionToken'],
                expirationTime: expiry(clock.now()),
              },
            },
          ]
        : [],
  };
}

function modelView({ state }: Simulation, { name, environmentId, source }: DeployedModel) {
  return {
    ...{ name, environmentId },
    environmentName: state.environments.get(environmentId)?.name ?? '',
    projectId: state.registeredModels.get(source.registeredModelName)?.project.id ?? '',
    source: { ...source, registeredModelType: 'MODELREGISTRY' },
  };
}

/** They last until the next hour, and are others then. */
const expiry = (now: number): string => iso((Math.floor(now / hourMs) + 1) * hourMs);

/** `ModelDeploymentCredentials`: of a deployment that serves. */
export function credentialsOf({ clock, ids }: Simulation, deployment: ModelDeployment) {
  const now = clock.now();
  if (stateOf(deployment, now) !== 'RUNNING') return [];
  const expirationTime = expiry(now);
  const secret = ids.secret(`${deployment.id} ${expirationTime}`);
  return [
    {
      operationType,
      credentialsType: 'AWS',
      credentials: {
        accessKeyId: `ASIA${secret.slice(0, 16).toUpperCase()}`,
        secretAccessKey: secret.slice(16, 56),
        sessionToken: secret,
      },
      expirationTime,
    },
  ];
}

/** What its log says up to now. */
export function logLines({ clock }: Simulation, deployment: ModelDeployment) {
  const { orders, deployMs, failure, settings } = deployment;
  const lines = orders.flatMap(({ at, order, serves }) => [
    { at, log: `${order} ${settings.name}` },
    ...(serves ? [{ at: at + deployMs, log: failure ?? 'The endpoint is in service' }] : []),
  ]);
  const now = clock.now();
  return lines
    .filter(({ at }) => at <= now)
    .map(({ at, log }, index) => ({
      log,
      timestamp: iso(at),
      timeNano: nano(at, index).toString(),
      streamType: 'stdout',
      tags: [],
    }));
}
