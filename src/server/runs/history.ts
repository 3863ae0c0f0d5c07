/** The routes of a run's history: resetting it, reading it. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { actorOf, cancellableBy, identitiesOf } from '../../access/principal.js';
import { usedBy } from '../../run/documents/documents.js';
import { noted, recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { runParams, visibleRun } from './runs.js';
import { Reset, ResetRun } from '../schemas.js';
import { pipelineNames } from '../unseen.js';

const group = 'runs';

/** Adds the routes that reset a run and read its history. */
export function addRunHistoryRoutes(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/runs/:runId/reset',
    name: 'resetRun',
    group,
    summary: 'Begin a step again, in a new attempt that keeps the history before it.',
    description:
      'It waits up to a minute for what the run’s cleanup has under way. Where it fails, the cleanup goes on.',
    access: 'admin',
    params: runParams,
    body: ResetRun,
    answers: { 200: Reset },
    problems: [404, 409, 503],
    answer: async ({ params: { runId }, body: { step, reason, stopFirst }, principal, request }) => {
      const run = await visibleRun(context, request, 'admin', runId);
      return recorded(
        context,
        request,
        { action: 'run.reset', object: runId, reason: `${step}: ${reason}` },
        () =>
          context.client.reset(runId, {
            step,
            reason,
            stopFirst,
            by: actorOf(principal),
            ids: identitiesOf(principal),
            mayCancel: cancellableBy(principal, usedBy(run), pipelineNames(context)),
          }),
        ({ attemptId }) => `attempt ${attemptId}`,
      );
    },
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId/history',
    name: 'getRunHistory',
    group,
    summary: 'Read the history of a run, as Temporal’s tools replay it.',
    access: 'operator',
    params: runParams,
    query: z.strictObject({
      attempt: z.uuid().optional().describe('Of this attempt; left out, of the present one.'),
    }),
    answers: {
      200: z.object({
        events: z.array(z.looseObject({ eventId: z.string() })),
        earlierLegs: z
          .array(z.looseObject({ events: z.array(z.looseObject({ eventId: z.string() })) }))
          .optional()
          .describe('Of an attempt that has gone on in other legs: the histories of those before, in order.'),
      }),
    },
    problems: [404, 503],
    answer: async ({ params: { runId }, query: { attempt: attemptId }, request, reply }) => {
      await visibleRun(context, request, 'operator', runId);
      noted(context, request, { action: 'run.read-history', object: runId });
      return reply.type('application/json').send(await context.client.histories.export(runId, { attemptId }));
    },
  });
}
