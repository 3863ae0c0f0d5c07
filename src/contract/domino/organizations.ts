/** Organizations and their members. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** `OrganizationV1`. */
const Organization = z.object({
  id: z.string(),
  name: z.string(),
  defaultEnvironmentId: z.string().nullish(),
  members: z.array(z.object({ userId: z.string(), organizationRole: z.string() })),
});

/** `OrganizationMemberV1`. */
const member = z.strictObject({ userId: z.string(), organizationRole: z.enum(['member', 'admin']) });

/** The endpoints of organizations. */
export const organizations = {
  list: endpoint({
    method: 'GET',
    path: '/api/organizations/v1/organizations',
    summary: 'List the organizations that the caller is a member of.',
    source: 'domino-rest-api-reference.md#list-organizations',
    replay: 'safe',
    query: z.strictObject({ nameFilter: z.string().optional(), ...paging }),
    response: page('orgs', Organization),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/organizations/v1/organizations',
    summary: 'Create an organization with its members. The name is unique.',
    source: 'domino-rest-api-reference.md#create-organization',
    replay: 'creates',
    found: 'none',
    body: z.strictObject({ name: filled, members: z.array(member) }),
    response: enveloped('org', Organization),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/organizations/v1/organizations/{organizationId}',
    summary: 'Get an organization with its members.',
    source: 'domino-rest-api-reference.md#get-organization',
    replay: 'safe',
    response: enveloped('org', Organization),
  }),
  addMember: endpoint({
    method: 'PUT',
    path: '/api/organizations/v1/organizations/{organizationId}/user',
    summary: 'Add a member to an organization, or change the role of one.',
    source: 'domino-rest-api-reference.md#manage-members',
    replay: 'idempotent',
    body: member,
    response: enveloped('org', Organization),
  }),
  removeMember: endpoint({
    method: 'DELETE',
    path: '/api/organizations/v1/organizations/{organizationId}/user',
    summary: 'Remove a member from an organization.',
    source: 'domino-rest-api-reference.md#manage-members',
    replay: 'idempotent',
    query: z.strictObject({ memberToRemoveId: z.string() }),
    response: enveloped('org', Organization),
  }),
} as const;
