/** The deployment itself. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';

/** The endpoints that belong to no section. */
export const platform = {
  version: endpoint({
    method: 'GET',
    path: '/version',
    summary: 'Get the version of the deployment; the cheapest sign of life.',
    source: 'python-domino: the first call of its client',
    replay: 'safe',
    response: z.object({ version: z.string() }),
  }),
} as const;
