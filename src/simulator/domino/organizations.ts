/** Organizations and their members. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import type { Organization } from './world/administration.js';
import { personOf } from './world/people.js';
import { type Simulation, need } from './world/simulation.js';
import { type Handlers, pageOf } from './handlers.js';

/** The handlers of organizations. */
export const organizations: Handlers<typeof domino>['organizations'] = {
  list({ state }, { query, metadata }) {
    const mine = [...state.organizations.values()].filter(
      ({ name, members }) =>
        members.has(state.user.id) && (query.nameFilter === undefined || name === query.nameFilter),
    );
    const { items, paging } = pageOf(mine, query);
    return { orgs: items.map(viewOf), metadata: { ...metadata, ...paging } };
  },
  create({ state, ids }, { body, metadata, note }) {
    const names = [...state.organizations.values()].map(({ name }) => name);
    if ([...names, state.user.name].includes(body.name))
      throw new Refusal(400, `The name ${JSON.stringify(body.name)} is taken`);
    for (const { userId } of body.members) personOf(state, userId);
    const members = new Map(body.members.map(({ userId, organizationRole }) => [userId, organizationRole]));
    members.set(state.user.id, 'admin');
    const organization = { id: ids.next(), name: body.name, members };
    state.organizations.set(organization.id, organization);
    note('created', 'organization', organization.id, organization.name);
    return { org: viewOf(organization), metadata };
  },
  get: (simulation, { path, metadata }) => ({ org: viewOf(own(simulation, path.organizationId)), metadata }),
  addMember(simulation, { path, body, metadata, note }) {
    const organization = administered(simulation, path.organizationId);
    personOf(simulation.state, body.userId);
    checkAdmins(organization, body.userId, body.organizationRole);
    organization.members.set(body.userId, body.organizationRole);
    note('changed', 'organization', organization.id, organization.name);
    return { org: viewOf(organization), metadata };
  },
  removeMember(simulation, { path, query, metadata, note }) {
    const organization = administered(simulation, path.organizationId);
    const { memberToRemoveId: id } = query;
    if (!organization.members.has(id)) throw notFound('member', id);
    checkAdmins(organization, id, undefined);
    organization.members.delete(id);
    note('changed', 'organization', organization.id, organization.name);
    return { org: viewOf(organization), metadata };
  },
};

function own({ state }: Simulation, id: string): Organization {
  const organization = need(state.organizations, id, 'organization');
  if (!organization.members.has(state.user.id))
    throw new Refusal(403, 'Only for members of the organization');
  return organization;
}

function administered(simulation: Simulation, id: string): Organization {
  const organization = own(simulation, id);
  if (organization.members.get(simulation.state.user.id) !== 'admin')
    throw new Refusal(403, 'Only for administrators of the organization');
  return organization;
}

/** One must be left who can change it. */
function checkAdmins({ members }: Organization, changed: string, role: 'member' | 'admin' | undefined): void {
  const others = [...members].filter(([id, has]) => id !== changed && has === 'admin');
  if (role !== 'admin' && others.length === 0)
    throw new Refusal(400, 'An organization needs an administrator');
}

const viewOf = ({ id, name, members }: Organization) => ({
  id,
  name,
  members: [...members].map(([userId, organizationRole]) => ({ userId, organizationRole })),
});
