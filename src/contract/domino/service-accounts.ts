/** Service accounts and their tokens. For administrators. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** `ServiceAccount`. `idpId` is its id at the identity provider, and what names it in paths. */
const ServiceAccount = z.object({
  id: z.string(),
  idpId: z.string().optional(),
  username: z.string(),
  email: z.string().nullish(),
});

/** `ServiceAccountTokenDetails`. */
const Token = z.object({
  name: z.string(),
  serviceAccountIdpId: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullish(),
  isValid: z.boolean(),
});

/** The endpoints of service accounts. */
export const serviceAccounts = {
  list: endpoint({
    method: 'GET',
    path: '/api/serviceAccounts/v1/serviceAccounts',
    summary: 'List service accounts.',
    source: 'domino-rest-api-reference.md#list-service-accounts',
    replay: 'safe',
    query: z.strictObject({ includeDeactivated: z.boolean().optional(), ...paging }),
    response: page('serviceAccounts', ServiceAccount),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/serviceAccounts/v1/serviceAccounts',
    summary: 'Create a service account. Its user name is unique.',
    source: 'domino-rest-api-reference.md#create-service-account',
    replay: 'creates',
    found: 'none',
    body: z.strictObject({ username: filled, email: filled }),
    response: enveloped('serviceAccount', ServiceAccount),
  }),
  listTokens: endpoint({
    method: 'GET',
    path: '/api/serviceAccounts/v1/serviceAccounts/{serviceAccountId}/tokens',
    summary: 'List the tokens of a service account, without their values.',
    source: 'domino-rest-api-reference.md#manage-tokens',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('tokens', Token),
  }),
  createToken: endpoint({
    method: 'POST',
    path: '/api/serviceAccounts/v1/serviceAccounts/{serviceAccountId}/tokens',
    summary: 'Create a token of a service account. Only this answer holds its value.',
    source: 'domino-rest-api-reference.md#manage-tokens',
    replay: 'creates',
    found: 'none',
    secret: true,
    body: z.strictObject({ name: filled }),
    response: Token.extend({ token: z.string() }),
  }),
} as const;
