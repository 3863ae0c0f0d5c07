/** Users: who the caller is. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped } from './envelopes.js';

/** The endpoints of users. */
export const users = {
  self: endpoint({
    method: 'GET',
    path: '/api/users/v1/self',
    summary: 'Get the user that the credential belongs to.',
    source: 'domino-rest-api-reference.md#get-current-user',
    replay: 'safe',
    response: enveloped(
      'user',
      z.object({
        id: z.string(),
        userName: z.string(),
        fullName: z.string().nullish(),
        email: z.string().nullish(),
      }),
    ),
  }),
} as const;
