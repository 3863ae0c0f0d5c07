/** The AI gateway: its endpoints, who may use them, and what was done with them. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import type { GatewayEndpoint } from './world/administration.js';
import { checkGrantees, mayUse } from './world/people.js';
import { type Simulation, need } from './world/simulation.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { between } from './window.js';

/** The handlers of the AI gateway. */
export const aiGateway: Handlers<typeof domino>['aiGateway'] = {
  list({ state }, { query, metadata }) {
    const mine = [...state.gatewayEndpoints.values()].filter((one) => isUsable(state, one));
    const { items, paging } = pageOf(mine.reverse(), query);
    return { endpoints: items.map(viewOf), metadata: { ...metadata, ...paging } };
  },
  create(simulation, { body: { providerApiKey: _secret, ...body }, metadata, note }) {
    const { state, ids } = simulation;
    if (state.gatewayEndpoints.has(body.name))
      throw new Refusal(409, `An endpoint named ${JSON.stringify(body.name)} already exists`);
    const endpoint: GatewayEndpoint = {
      ...{ ...body, id: ids.next(), ownerId: state.user.id },
      permissions: { isEveryoneAllowed: false, userIds: [] },
    };
    state.gatewayEndpoints.set(endpoint.name, endpoint);
    record(simulation, endpoint, 'CreateEndpoint');
    note('created', 'gatewayEndpoint', endpoint.name);
    return { endpoint: viewOf(endpoint), metadata };
  },
  get: ({ state }, { path, metadata }) => ({ endpoint: viewOf(usable(state, path.endpointName)), metadata }),
  update(simulation, { path, body: { providerApiKey: _secret, ...body }, metadata, note }) {
    const { state } = simulation;
    const old = usable(state, path.endpointName);
    const { provider = old.provider, model = old.model } = body;
    const endpoint = { ...old, provider, model };
    state.gatewayEndpoints.set(old.name, endpoint);
    record(simulation, endpoint, 'UpdateEndpoint');
    note('changed', 'gatewayEndpoint', old.name);
    return { endpoint: viewOf(endpoint), metadata };
  },
  delete(simulation, { path, metadata, note }) {
    const { state } = simulation;
    const endpoint = usable(state, path.endpointName);
    state.gatewayEndpoints.delete(endpoint.name);
    record(simulation, endpoint, 'DeleteEndpoint');
    note('changed', 'gatewayEndpoint', endpoint.name);
    return { endpoint: viewOf(endpoint), metadata };
  },
  getPermissions: ({ state }, { path, metadata }) => ({
    permissions: permissionsOf(usable(state, path.endpointName)),
    metadata,
  }),
  updatePermissions(simulation, { path, body, metadata, note }) {
    const { state } = simulation;
    const old = usable(state, path.endpointName);
    checkGrantees(state, body.userIds ?? []);
    const { isEveryoneAllowed = old.permissions.isEveryoneAllowed, userIds = old.permissions.userIds } = body;
    const endpoint = { ...old, permissions: { isEveryoneAllowed, userIds } };
    state.gatewayEndpoints.set(old.name, endpoint);
    record(simulation, endpoint, 'ChangeEndpointPermissions');
    note('changed', 'gatewayEndpoint', old.name);
    return { permissions: permissionsOf(endpoint), metadata };
  },
  audit({ state, clock }, { query }) {
    const { from, to } = between(query, { from: 0, to: clock.now() });
    return state.gatewayDeeds
      .filter(
        ({ at, endpointName }) =>
          at >= from && at <= to && query.endpointNames?.includes(endpointName) !== false,
      )
      .map(({ at, ...deed }) => ({ ...deed, timestamp: iso(at) }));
  },
};

const isUsable = (state: Simulation['state'], { ownerId, permissions }: GatewayEndpoint): boolean =>
  mayUse(state, {
    ownerId,
    isEveryone: permissions.isEveryoneAllowed,
    userAndOrganizationIds: permissions.userIds,
  });

function usable(state: Simulation['state'], name: string): GatewayEndpoint {
  const endpoint = need(state.gatewayEndpoints, name, 'endpoint');
  if (!isUsable(state, endpoint)) throw new Refusal(403, 'No permission to use the endpoint');
  return endpoint;
}

function record({ state, clock }: Simulation, { name }: GatewayEndpoint, eventKind: string): void {
  state.gatewayDeeds.push({ at: clock.now(), eventKind, performedBy: state.user.id, endpointName: name });
}

const viewOf = ({ id, name, provider, model }: GatewayEndpoint) => ({ id, name, provider, model });

const permissionsOf = ({ permissions: { isEveryoneAllowed, userIds } }: GatewayEndpoint) => ({
  isEveryoneAllowed,
  userIds: [...userIds],
});
