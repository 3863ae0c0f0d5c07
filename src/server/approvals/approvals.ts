/** The routes by which those who may decide on an approval: with a credential of the API. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { actorOf, identitiesOf, trustedNamesOf } from '../../access/principal.js';
import type { ApprovalDecision } from '../../run/retraining/retraining.js';
import { recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { visibleRun } from '../runs/runs.js';
import { DecideApproval, RunId } from '../schemas.js';

/** Adds the routes that approve and reject what a run would deploy. */
export function addApprovalRoutes(app: FastifyInstance, context: ServerContext): void {
  addDecision(app, context, {
    action: 'approve',
    name: 'approveRun',
    summary: 'Approve what a run waits for: its model is deployed.',
  });
  addDecision(app, context, {
    action: 'reject',
    name: 'rejectRun',
    summary: 'Reject what a run waits for: its model is not deployed.',
  });
}

interface Decision {
  readonly action: ApprovalDecision['action'];
  readonly name: string;
  readonly summary: string;
}

function addDecision(
  app: FastifyInstance,
  context: ServerContext,
  { action, name, summary }: Decision,
): void {
  addRoute(app, {
    method: 'POST',
    url: `/v1/runs/:runId/${action}`,
    name,
    group: 'approvals',
    summary,
    description:
      'The first decision counts. 403 also for a caller whom the input of the run does not name, and for who started it where the input says so.',
    access: 'operator',
    params: z.strictObject({ runId: RunId }),
    body: DecideApproval,
    answers: { 200: z.object({ runId: z.string() }) },
    problems: [404, 409, 503],
    answer: async ({ params: { runId }, body: { reason, digest }, principal, request }) => {
      await visibleRun(context, request, 'operator', runId);
      const decision = {
        action,
        actor: actorOf(principal),
        names: trustedNamesOf(principal),
        ids: identitiesOf(principal),
        reason,
        digest,
      };
      await recorded(context, request, { action: `run.${action}`, object: runId, reason }, () =>
        context.client.decideApproval(runId, decision),
      );
      return { runId };
    },
  });
}
