/** The route of causes: runs that did not succeed, grouped. */
import type { FastifyInstance } from 'fastify';
import { parseRunQuery } from '../../client.js';
import type { ServerContext } from '../context.js';
import { FailureQuery, FailureReport } from './failure-schemas.js';
import { addRoute } from '../route.js';
import { rowFor } from '../unseen.js';

/** Adds `GET /v1/failures`. */
export function addFailureRoute(app: FastifyInstance, { client }: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/failures',
    name: 'listFailures',
    group: 'runs',
    summary: 'List why runs that the caller may see did not succeed, by cause.',
    description: 'Of more than 1,000 runs it looks at the newest, and says so.',
    access: 'viewer',
    query: FailureQuery,
    answers: { 200: FailureReport },
    problems: [422, 503],
    answer: async ({ query: { query }, principal, request }) => {
      const asked = query === undefined ? {} : parseRunQuery(query);
      const report = await client.failures({ ...asked, within: principal.grants });
      // A group does not say on which of its connections the run of its message is.
      const groups = report.groups.map((group) => rowFor(request, group.connections, group));
      return { ...report, groups };
    },
  });
}
