/** Deployment targets, their types, and their resource configurations. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import { missing } from './errors.js';
import type { Configuration, DeploymentTarget, ResourceConfiguration } from './world/administration.js';
import { checkGrantees } from './world/people.js';
import { type Simulation, need } from './world/simulation.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { checkConfiguration, targetTypes, typeView } from './target-types.js';

/** The handlers of deployment targets. */
export const deploymentTargets: Handlers<typeof domino>['deploymentTargets'] = {
  listTypes: () => [...targetTypes.values()].map(typeView),
  getType: (_, { path }) => typeView(need(targetTypes, path.typeId, 'deployment target type')),
  list({ state }, { query, metadata }) {
    const wanted = [...state.deploymentTargets.values()].filter(
      ({ name, typeId }) =>
        (query.name === undefined || name === query.name) &&
        (query.deploymentType === undefined || targetTypes.get(typeId)?.name === query.deploymentType),
    );
    const { items, paging } = pageOf(wanted, query);
    return { items: items.map(targetView), metadata: { ...metadata, ...paging } };
  },
  create(simulation, { body, note }) {
    const { state, ids } = simulation;
    const type = need(targetTypes, body.deploymentTargetTypeId, 'deployment target type');
    const { resourceConfigurations, deploymentTargetTypeId: typeId, ...rest } = body;
    checkConfiguration(type.target, rest.configuration);
    checkGrantees(state, rest.userAndOrganizationIds);
    const bare = { ...rest, id: ids.next(), typeId, resources: new Map<string, never>() };
    const target = store(simulation, withResources(simulation, bare, resourceConfigurations));
    note('created', 'deploymentTarget', target.id, target.name);
    for (const id of target.resources.keys()) note('created', 'resourceConfiguration', id);
    return targetView(target);
  },
  get: ({ state }, { path }) => targetView(targetOf(state, path)),
  update(simulation, { path, body: { resourceConfigurations, ...body }, note }) {
    const { state } = simulation;
    const old = targetOf(state, path);
    const { name = old.name, configuration = old.configuration } = body;
    const { isGloballyAccessible = old.isGloballyAccessible } = body;
    const { userAndOrganizationIds = old.userAndOrganizationIds } = body;
    checkConfiguration(typeOf(old).target, configuration);
    checkGrantees(state, userAndOrganizationIds);
    const changed = { ...old, name, configuration, isGloballyAccessible, userAndOrganizationIds };
    const target = resourceConfigurations
      ? withResources(simulation, changed, resourceConfigurations)
      : changed;
    const stored = store(simulation, target);
    note('changed', 'deploymentTarget', target.id, target.name);
    return targetView(stored);
  },
  delete({ state }, { path, note }) {
    const { id, name } = targetOf(state, path);
    state.deploymentTargets.delete(id);
    note('changed', 'deploymentTarget', id, name);
    return undefined;
  },
  listResources({ state }, { path, query, metadata }) {
    const target = targetOf(state, path);
    const wanted = [...target.resources.values()].filter(
      ({ name }) => query.name === undefined || name === query.name,
    );
    const { items, paging } = pageOf(wanted, query);
    return { items: items.map((one) => resourceView(target, one)), metadata: { ...metadata, ...paging } };
  },
  createResource(simulation, { path, body, note }) {
    const target = targetOf(simulation.state, path);
    if (body.deploymentTargetId !== undefined && body.deploymentTargetId !== target.id)
      throw new Refusal(400, 'deploymentTargetId must be the one of the path');
    const resource = resourceFrom(simulation, target, body);
    const defaultResourceId = body.isDefault === true ? resource.id : target.defaultResourceId;
    store(simulation, { ...target, defaultResourceId, resources: withOne(target, resource) });
    note('created', 'resourceConfiguration', resource.id, resource.description);
    return resourceView(target, resource);
  },
  getResource({ state }, { path }) {
    const target = targetOf(state, path);
    return resourceView(target, resourceOf(target, path.configId));
  },
  updateResource(simulation, { path, body, note }) {
    const target = targetOf(simulation.state, path);
    if (body.id !== path.configId) throw new Refusal(400, 'id must be the one of the path');
    const resource = resourceFrom(simulation, target, body);
    store(simulation, { ...target, resources: withOne(target, resource) });
    note('changed', 'resourceConfiguration', resource.id, resource.description);
    return resourceView(target, resource);
  },
  deleteResource(simulation, { path, note }) {
    const target = targetOf(simulation.state, path);
    const { id, description } = resourceOf(target, path.configId);
    const resources = new Map([...target.resources].filter(([key]) => key !== id));
    const defaultResourceId = target.defaultResourceId === id ? undefined : target.defaultResourceId;
    store(simulation, { ...target, resources, defaultResourceId });
    note('changed', 'resourceConfiguration', id, description);
    return undefined;
  },
};

type State = Simulation['state'];

const targetOf = (state: State, { targetId }: { readonly targetId: string }): DeploymentTarget =>
  need(state.deploymentTargets, targetId, 'deployment target');

const resourceOf = ({ resources }: DeploymentTarget, id: string): ResourceConfiguration =>
  need(resources, id, 'resource configuration');

const typeOf = ({ typeId }: Pick<DeploymentTarget, 'typeId'>) =>
  need(targetTypes, typeId, 'deployment target type');

function store({ state, clock }: Simulation, target: Omit<DeploymentTarget, 'modifiedAt'>): DeploymentTarget {
  const stored = { ...target, modifiedAt: clock.now() };
  state.deploymentTargets.set(target.id, stored);
  return stored;
}

const withOne = ({ resources }: DeploymentTarget, resource: ResourceConfiguration) =>
  new Map(resources).set(resource.id, resource);

/** What a request says of a resource configuration; with an id it is one that is there. */
interface Stated {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly configuration?: Configuration | undefined;
  readonly isDefault?: boolean | undefined;
}

type Typed = Pick<DeploymentTarget, 'typeId' | 'resources'> &
  Partial<Pick<DeploymentTarget, 'defaultResourceId'>>;

function resourceFrom({ ids, clock }: Simulation, target: Typed, stated: Stated): ResourceConfiguration {
  const old =
    stated.id === undefined ? undefined : need(target.resources, stated.id, 'resource configuration');
  const { name = old?.name, description = old?.description } = stated;
  if (name === undefined) throw missing('resourceConfigurations/name');
  const { configuration = old?.configuration ?? {} } = stated;
  checkConfiguration(typeOf(target).resource, configuration);
  return { id: old?.id ?? ids.next(), name, description, configuration, modifiedAt: clock.now() };
}

/** The list replaces the one that the target has. */
function withResources<T extends Typed>(simulation: Simulation, target: T, stated: readonly Stated[]) {
  const made = stated.map((one) => ({
    isDefault: one.isDefault,
    resource: resourceFrom(simulation, target, one),
  }));
  const resources = new Map(made.map(({ resource }) => [resource.id, resource]));
  const { defaultResourceId: old = '' } = target;
  const chosen = made.find(({ isDefault }) => isDefault === true)?.resource ?? resources.get(old);
  return { ...target, resources, defaultResourceId: chosen?.id };
}

const resourceView = (
  { id: deploymentTargetId }: Pick<DeploymentTarget, 'id'>,
  one: ResourceConfiguration,
) => ({
  id: one.id,
  name: one.name,
  ...(one.description !== undefined && { description: one.description }),
  deploymentTargetId,
  configuration: one.configuration,
  lastModified: iso(one.modifiedAt),
});

const targetView = (target: DeploymentTarget) => ({
  id: target.id,
  name: target.name,
  deploymentTargetTypeId: target.typeId,
  deploymentTargetTypeName: typeOf(target).name,
  configuration: target.configuration,
  isGloballyAccessible: target.isGloballyAccessible,
  userAndOrganizationIds: [...target.userAndOrganizationIds],
  ...(target.defaultResourceId !== undefined && { defaultResourceConfigurationId: target.defaultResourceId }),
  resourceConfigurations: [...target.resources.values()].map((one) => resourceView(target, one)),
  lastModified: iso(target.modifiedAt),
});
