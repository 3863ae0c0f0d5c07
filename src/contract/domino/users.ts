/** Users: who the caller is, who else there is, and their Git credentials. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';
import { GitServiceProvider } from './projects.js';

/** `UserV1`. */
export const User = z.object({
  id: z.string(),
  userName: z.string(),
  fullName: z.string().nullish(),
  email: z.string().nullish(),
  roles: z.array(z.string()).optional(),
});

/** `GitCredentialsAccessorV1`: a credential without what it opens. */
export const GitCredential = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.string(),
  gitServiceProvider: z.string(),
  protocol: z.string().optional(),
  fingerprint: z.string().optional(),
});

/** `TokenGitCredentialV1`. Only tokens of GitHub and GitHub Enterprise can be replaced. */
export const GitTokenReplacement = z.strictObject({
  name: filled,
  domain: filled,
  gitServiceProvider: GitServiceProvider,
  token: filled,
});

/** The endpoints of users. */
export const users = {
  self: endpoint({
    method: 'GET',
    path: '/api/users/v1/self',
    summary: 'Get the user that the credential belongs to.',
    source: 'domino-rest-api-reference.md#get-current-user',
    replay: 'safe',
    response: enveloped('user', User),
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/users/v1/users',
    summary: 'List the users that the caller may see.',
    source: 'domino-rest-api-reference.md#list-users',
    replay: 'safe',
    query: z.strictObject({ ...paging }),
    response: page('users', User),
  }),
  listGitCredentials: endpoint({
    method: 'GET',
    path: '/api/users/beta/credentials/{userId}',
    summary: 'List the Git credentials of a user.',
    source: 'domino-rest-api-reference.md#user-git-credentials',
    replay: 'safe',
    secret: true,
    response: enveloped('credentials', z.array(GitCredential)),
  }),
  replaceGitToken: endpoint({
    method: 'PUT',
    path: '/api/users/v1/user/{userId}/tokenCredentials/{credentialId}',
    summary: 'Replace the token of a Git credential of a user.',
    source: 'domino-rest-api-reference.md#user-git-credentials',
    replay: 'idempotent',
    secret: true,
    body: GitTokenReplacement,
    response: enveloped('credential', GitCredential),
  }),
} as const;
