/** Model deployments: created, changed, started, stopped and deleted. */
import { isDeepStrictEqual } from 'node:util';
import type { domino } from '../../../contract/domino/index.js';
import { Refusal, notFound } from '../../errors.js';
import { type Handlers, pageOf } from '../handlers.js';
import { liveEnvironment } from '../world/live.js';
import {
  type DeploymentSettings,
  type ModelDeployment,
  isDeleted,
  stateOf,
} from '../world/model-deployments.js';
import { checkGrantees } from '../world/people.js';
import { type Simulation, need } from '../world/simulation.js';
import { credentialsOf, deploymentView, logLines, logSuffixOf } from './views.js';

type DeploymentHandlers = Handlers<typeof domino>['modelDeployments'];
type Query = Parameters<DeploymentHandlers['list']>[1]['query'];

/** Settings as requests state them. */
interface Asked {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly deploymentTargetId?: string | undefined;
  readonly resourceConfigurationId?: string | undefined;
  readonly models?: DeploymentSettings['models'] | undefined;
  readonly configuration?: DeploymentSettings['configuration'] | undefined;
  readonly collaborators?: DeploymentSettings['collaborators'] | undefined;
  readonly isGloballyAccessible?: boolean | undefined;
}

/** The handlers of model deployments. */
export const modelDeployments: DeploymentHandlers = {
  list(simulation, { query, metadata }) {
    if (query.registeredModelVersion !== undefined && query.registeredModelName === undefined)
      throw new Refusal(400, 'registeredModelVersion needs registeredModelName');
    const wanted = [...simulation.state.modelDeployments.values()].filter((one) =>
      isWanted(simulation, one, query),
    );
    const { items, paging } = pageOf(wanted, { limit: 25, ...query });
    return {
      items: items.map((one) => deploymentView(simulation, one)),
      metadata: { ...metadata, ...paging },
    };
  },
  create(simulation, { body, note }) {
    const { state, ids, clock, world } = simulation;
    const settings = readSettings(simulation, { ...nothingStated, ...body });
    const at = clock.now();
    const id = ids.uuid(ids.next());
    const deployment: ModelDeployment = {
      ...{ id, createdAt: at, settings, version: 1 },
      orders: [{ at, order: 'create', serves: true }],
      deployMs: ids.durationMs(id, world.durations.deploy),
      failure: world.modelDeployments.find(({ name }) => name.test(body.name))?.message,
    };
    state.modelDeployments.set(id, deployment);
    note('created', 'modelDeployment', id, settings.description);
    return deploymentView(simulation, deployment);
  },
  get: (simulation, { path }) => deploymentView(simulation, deploymentOf(simulation, path)),
  update(simulation, { path, body, note }) {
    const deployment = liveDeployment(simulation, path);
    const { settings, orders } = deployment;
    const { target, resource, ...rest } = settings;
    const before = { ...rest, deploymentTargetId: target.id, resourceConfigurationId: resource.id };
    const after = readSettings(simulation, { ...before, ...body });
    if (isDeepStrictEqual(after, settings)) return deploymentView(simulation, deployment);
    const at = simulation.clock.now();
    deployment.settings = after;
    deployment.version += 1;
    orders.push({ at, order: 'update', serves: orders.at(-1)?.serves ?? true });
    note('changed', 'modelDeployment', deployment.id, after.description);
    return deploymentView(simulation, deployment);
  },
  delete(simulation, { path, note }) {
    const deployment = deploymentOf(simulation, path);
    if (isDeleted(deployment)) return undefined;
    deployment.orders.push({ at: simulation.clock.now(), order: 'delete', serves: false });
    note('changed', 'modelDeployment', deployment.id, deployment.settings.description);
    return undefined;
  },
  start(simulation, { path, note }) {
    const deployment = standing(simulation, path, ['STOPPED', 'FAILED']);
    deployment.orders.push({ at: simulation.clock.now(), order: 'start', serves: true });
    note('changed', 'modelDeployment', deployment.id, deployment.settings.description);
    return undefined;
  },
  stop(simulation, { path, note }) {
    const deployment = standing(simulation, path, ['RUNNING']);
    deployment.orders.push({ at: simulation.clock.now(), order: 'stop', serves: false });
    note('changed', 'modelDeployment', deployment.id, deployment.settings.description);
    return undefined;
  },
  logs(simulation, { path }) {
    const deployment = deploymentOf(simulation, path);
    if (path.logSuffix !== logSuffixOf(deployment)) throw notFound('log', path.logSuffix);
    return logLines(simulation, deployment);
  },
  credentials: (simulation, { path }) => ({
    items: credentialsOf(simulation, deploymentOf(simulation, path)),
  }),
};

interface DeploymentPath {
  readonly deploymentId: string;
}

const deploymentOf = ({ state }: Simulation, { deploymentId }: DeploymentPath): ModelDeployment =>
  need(state.modelDeployments, deploymentId, 'model deployment');

function liveDeployment(simulation: Simulation, path: DeploymentPath): ModelDeployment {
  const deployment = deploymentOf(simulation, path);
  if (isDeleted(deployment)) throw new Refusal(400, `The model deployment ${deployment.id} is deleted`);
  return deployment;
}

/** One that stands in a way in which it takes an order. */
function standing(simulation: Simulation, path: DeploymentPath, states: readonly string[]): ModelDeployment {
  const deployment = liveDeployment(simulation, path);
  const state = stateOf(deployment, simulation.clock.now()) ?? 'STARTING';
  if (!states.includes(state))
    throw new Refusal(400, `The model deployment is ${state}, and must be ${states.join(' or ')}`);
  return deployment;
}

const nothingStated = { description: '', collaborators: [], isGloballyAccessible: false };

/** The settings that a request comes to, once all that it names is there. */
function readSettings(simulation: Simulation, asked: Asked): DeploymentSettings {
  const { state } = simulation;
  const target = need(state.deploymentTargets, asked.deploymentTargetId ?? '', 'deployment target');
  const { models = [], collaborators = [] } = asked;
  if (models.length === 0) throw new Refusal(400, 'models must not be empty');
  for (const { environmentId, source } of models) {
    liveEnvironment(simulation, environmentId);
    const { versions } = need(state.registeredModels, source.registeredModelName, 'registered model');
    if (versions[source.registeredModelVersion - 1] === undefined)
      throw notFound('version', `${source.registeredModelName}/${source.registeredModelVersion}`);
  }
  checkGrantees(
    state,
    collaborators.map(({ id }) => id),
  );
  return {
    name: asked.name ?? '',
    description: asked.description ?? '',
    target,
    resource: need(target.resources, asked.resourceConfigurationId ?? '', 'resource configuration'),
    models: models.map(({ name, environmentId, source }) => ({ name, environmentId, source })),
    configuration: { ...asked.configuration },
    collaborators,
    isGloballyAccessible: asked.isGloballyAccessible ?? false,
  };
}

function isWanted({ state }: Simulation, deployment: ModelDeployment, query: Query): boolean {
  const { name, target, resource, models } = deployment.settings;
  const sources = models.map(({ source }) => source);
  const isOf = (projectId: string): boolean =>
    sources.some(({ registeredModelName: of }) => state.registeredModels.get(of)?.project.id === projectId);
  const serves = (modelName: string): boolean =>
    sources.some(
      ({ registeredModelName, registeredModelVersion }) =>
        registeredModelName === modelName &&
        registeredModelVersion === (query.registeredModelVersion ?? registeredModelVersion),
    );
  return (
    !isDeleted(deployment) &&
    (query.name === undefined || name.includes(query.name)) &&
    (query.deploymentTargetId === undefined || target.id === query.deploymentTargetId) &&
    (query.resourceConfigurationId === undefined || resource.id === query.resourceConfigurationId) &&
    (query.projectId === undefined || isOf(query.projectId)) &&
    (query.registeredModelName === undefined || serves(query.registeredModelName))
  );
}
