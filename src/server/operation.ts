/** The routes by which a server is operated: health, metrics, its own description. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { everything, requireRole } from '../access/principal.js';
import type { ServerContext } from './context.js';
import { addRoute } from './route.js';

const group = 'operation';
const readyForMs = 1_000;

/** Adds `/livez`, `/readyz`, `/metrics` and `/openapi.json`. */
export function addOperationRoutes(
  app: FastifyInstance,
  { client, metrics, authenticator }: ServerContext,
): void {
  let known = { untilMs: 0, ready: Promise.resolve<unknown>(undefined) };
  addRoute(app, {
    method: 'GET',
    url: '/livez',
    name: 'isLive',
    group,
    summary: 'Whether the process works.',
    access: 'public',
    answers: { 200: z.object({ ok: z.boolean() }) },
    answer: () => ({ ok: true }),
  });
  addRoute(app, {
    method: 'GET',
    url: '/readyz',
    name: 'isReady',
    group,
    summary: 'Whether runs can be started: Temporal answers, and the keys of callers can be read.',
    access: 'public',
    answers: { 200: z.object({ ok: z.boolean() }) },
    problems: [503],
    answer: async () => {
      if (known.untilMs < Date.now())
        known = {
          untilMs: Date.now() + readyForMs,
          ready: Promise.all([client.ready(), authenticator.ready()]),
        };
      await known.ready;
      return { ok: true };
    },
  });
  addRoute(app, {
    method: 'GET',
    url: '/metrics',
    name: 'readMetrics',
    group,
    summary: 'Metrics for Prometheus.',
    access: authenticator.configured ? 'viewer' : 'public',
    answers: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
    answer: async ({ principal, reply }) => {
      requireRole(principal, 'viewer', 'reading metrics', everything); // they count the runs of all pipelines
      return reply.type(metrics.contentType).send(await metrics.read());
    },
  });
  addRoute(app, {
    method: 'GET',
    url: '/openapi.json',
    name: 'getOpenApi',
    group,
    summary: 'This API, as OpenAPI 3.1.',
    access: 'public',
    answers: { 200: z.record(z.string(), z.unknown()) },
    answer: () => ({ ...app.swagger() }),
  });
}
