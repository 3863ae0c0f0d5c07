/** The routes of connections: list, look at, resume. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Principal, actorOf, may, requireRole } from '../../access/principal.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { Connection, ResumeConnection, connectionParams } from './schemas.js';

const group = 'connections';

/** Adds the routes that list, read and resume connections. */
export function addConnectionRoutes(app: FastifyInstance, context: ServerContext): void {
  const { config, client } = context;
  addRoute(app, {
    method: 'GET',
    url: '/v1/connections',
    name: 'listConnections',
    group,
    summary:
      'List the connections that the caller may see, whether each answers, and whether workers use it.',
    access: 'viewer',
    answers: { 200: z.object({ connections: z.array(Connection) }) },
    problems: [503],
    answer: async ({ principal }) => {
      const visible = Object.keys(config.connections).filter((name) => isVisible(context, principal, name));
      return { connections: await Promise.all(visible.map((name) => connectionOf(context, name))) };
    },
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/connections/:name',
    name: 'getConnection',
    group,
    summary: 'Get a connection: whether it answers, and whether workers use it.',
    access: 'viewer',
    params: connectionParams,
    answers: { 200: Connection },
    problems: [404, 503],
    answer: ({ params: { name }, principal }) => connectionOf(context, visible(context, principal, name)),
  });
  addRoute(app, {
    method: 'POST',
    url: '/v1/connections/:name/resume',
    name: 'resumeConnection',
    group,
    summary: 'Open a connection, and let the runs go on that are parked for its credential.',
    access: 'operator',
    params: connectionParams,
    body: ResumeConnection,
    answers: { 202: z.object({ name: z.string() }) },
    problems: [404, 503],
    answer: async ({ params, body: { reason }, principal, request, send }) => {
      const name = visible(context, principal, params.name);
      // Runs of every pipeline go on.
      requireRole(principal, 'operator', 'resuming a connection', { connection: name, pipeline: undefined });
      await recorded(context, request, { action: 'connection.resume', object: name, reason }, () =>
        client.connections.resume(name, { reason, by: actorOf(principal) }),
      );
      return send(202, { name });
    },
  });
}

const isVisible = ({ config }: ServerContext, principal: Principal, connection: string): boolean =>
  Object.hasOwn(config.connections, connection) && may(principal, 'viewer', { connection });

/** @throws LonghaulError `CONNECTION_NOT_FOUND` also for those that the caller may not see */
function visible(context: ServerContext, principal: Principal, name: string): string {
  if (isVisible(context, principal, name)) return name;
  throw new LonghaulError('CONNECTION_NOT_FOUND', `there is no connection "${name}"`);
}

async function connectionOf({ config, client, platforms }: ServerContext, connection: string) {
  const { platform, url } = config.connections[connection] ?? { platform: '', url: '' };
  const [health, { name, ...standing }] = await Promise.all([
    platforms.health(connection),
    client.connections.get(connection),
  ]);
  return { name, platform, url, health, standing };
}
