/** Data sources, who may use them, and what was done with them. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import type { DataSource } from './world/administration.js';
import { checkGrantees, checkOwner, mayUse } from './world/people.js';
import { type Simulation, need } from './world/simulation.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { between } from './window.js';

const dayMs = 86_400_000;

/** The handlers of data sources. */
export const dataSources: Handlers<typeof domino>['dataSources'] = {
  list({ state }, { query, metadata }) {
    const { dataSourceNames: names } = query;
    const mine = [...state.dataSources.values()].filter(
      (one) => isUsable(state, one) && (names === undefined || names.includes(one.name)),
    );
    const { items, paging } = pageOf(mine.reverse(), query);
    return { dataSources: items.map(viewOf), metadata: { ...metadata, ...paging } };
  },
  create(simulation, { body: { credentials: _secret, ...body }, note }) {
    const { state, ids, clock } = simulation;
    if ([...state.dataSources.values()].some(({ name }) => name === body.name))
      throw new Refusal(400, `A data source named ${JSON.stringify(body.name)} already exists`);
    checkGrantees(state, body.permissions.userAndOrganizationIds);
    const { id: ownerId, name: ownerUsername } = state.user;
    const owner = { ownerId, ownerUsername };
    const dataSource = {
      ...{ description: undefined, ...body, ...owner },
      ...{ id: ids.next(), updatedAt: clock.now() },
    };
    state.dataSources.set(dataSource.id, dataSource);
    record(simulation, dataSource, 'CreateDataSource');
    note('created', 'dataSource', dataSource.id, dataSource.description);
    return viewOf(dataSource);
  },
  get: ({ state }, { path }) => viewOf(usable(state, path.dataSourceId)),
  update(simulation, { path, body: { credentials: _secret, ...body }, note }) {
    const { state, clock } = simulation;
    const old = usable(state, path.dataSourceId);
    checkOwner(state, old);
    if (body.permissions) checkGrantees(state, body.permissions.userAndOrganizationIds);
    const dataSource = {
      ...old,
      config: { ...old.config, ...body.config },
      permissions: body.permissions ?? old.permissions,
      updatedAt: clock.now(),
    };
    state.dataSources.set(old.id, dataSource);
    if (body.permissions) record(simulation, dataSource, 'DataSourceChangeOfPermissions');
    note('changed', 'dataSource', old.id, old.description);
    return viewOf(dataSource);
  },
  delete(simulation, { path, note }) {
    const { state } = simulation;
    const dataSource = usable(state, path.dataSourceId);
    checkOwner(state, dataSource);
    state.dataSources.delete(dataSource.id);
    record(simulation, dataSource, 'DeleteDataSource');
    note('changed', 'dataSource', dataSource.id, dataSource.description);
    return viewOf(dataSource);
  },
  audit({ state, clock }, { query }) {
    const now = clock.now();
    const { from, to } = between(query, { from: now - dayMs, to: now });
    const { dataSourceIds: ids, dataSourceNames: names, eventKinds: kinds } = query;
    return state.dataSourceDeeds
      .filter(({ at, dataSource: { id, name }, eventKind }) => {
        const isNamed = ids?.includes(id) !== false && names?.includes(name) !== false;
        return at >= from && at <= to && isNamed && kinds?.some((kind) => kind === eventKind) !== false;
      })
      .map(({ at, dataSource: { id, name, dataSourceType }, eventKind, performedBy }) => ({
        ...{ dataSourceId: id, dataSourceName: name, dataSourceType, eventKind },
        ...{ metadata: { performedByUsername: state.user.name }, performedBy, timestamp: iso(at) },
      }));
  },
};

const isUsable = (state: Simulation['state'], { ownerId, permissions }: DataSource): boolean =>
  mayUse(state, { ownerId, ...permissions });

function usable(state: Simulation['state'], id: string): DataSource {
  const dataSource = need(state.dataSources, id, 'data source');
  if (!isUsable(state, dataSource)) throw new Refusal(403, 'No permission to use the data source');
  return dataSource;
}

function record(
  { state, clock }: Simulation,
  { id, name, dataSourceType }: DataSource,
  eventKind: string,
): void {
  const dataSource = { id, name, dataSourceType };
  state.dataSourceDeeds.push({ at: clock.now(), eventKind, performedBy: state.user.id, dataSource });
}

const viewOf = ({ updatedAt, description, ...dataSource }: DataSource) => ({
  ...dataSource,
  ...(description !== undefined && { description }),
  displayName: dataSource.name,
  permissions: {
    isEveryone: dataSource.permissions.isEveryone,
    userAndOrganizationIds: [...dataSource.permissions.userAndOrganizationIds],
  },
  lastUpdated: iso(updatedAt),
});
