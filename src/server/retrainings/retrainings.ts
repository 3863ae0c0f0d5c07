/** The route of the ledger: what ticks of `retrain` decided and came to. */
import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { RetrainingPage, RetrainingQuery } from './schemas.js';
import { rowFor } from '../unseen.js';

/** Adds `GET /v1/retrainings`. */
export function addRetrainingRoute(app: FastifyInstance, { client }: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/retrainings',
    name: 'listRetrainings',
    group: 'retrainings',
    summary:
      'List what each retraining that the caller may see decided, by what, and came to; a page at a time.',
    access: 'viewer',
    query: RetrainingQuery,
    answers: { 200: RetrainingPage },
    problems: [503],
    answer: async ({ query: { limit, cursor, since, until, ...filter }, principal, request }) => {
      const page = await client.retrainingPage(
        {
          ...filter,
          ...(since !== undefined && { since: new Date(since) }),
          ...(until !== undefined && { until: new Date(until) }),
          within: principal.grants,
        },
        { size: limit, cursor },
      );
      // A model is named by its connection first.
      const told = page.retrainings.map((row) => rowFor(request, row.model.split('/', 1), row));
      return { ...page, retrainings: told };
    },
  });
}
