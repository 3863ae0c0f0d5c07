/**
 * The routes of the links that receivers of events are sent: a page that shows what is to be decided, and its form.
 *
 * The token is the credential. Reading never decides, for scanners of mail and chat follow links; and a token that
 * is not good answers the same whatever is wrong with it.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { digestOf } from '../../client/door.js';
import { readApprovalSecret } from '../../config.js';
import { awaitedApproval } from '../../run/approvals/approvals.js';
import { LonghaulError } from '../../run/failures/errors.js';
import type { ApprovalDecision } from '../../run/retraining/retraining.js';
import { approverOf } from '../../webhooks/approval-link.js';
import { type ApprovalGrant, grantOf, isGrantFor } from '../../webhooks/approval-token.js';
import { problemFor } from '../app.js';
import { messagePage, pageHeaders, questionPage, settledPage } from './page.js';
import type { ServerContext } from '../context.js';
import { formType, readForm, refuseForeignForm } from './form-body.js';
import { addRoute } from '../route.js';
import { DecideByLink } from '../schemas.js';

const group = 'approvals';
const url = '/v1/approvals/:token';
const params = z.strictObject({ token: z.string() });
const pageAnswer = (description: string) => ({
  description,
  content: { 'text/html': { schema: z.string() } },
});

/**
 * Adds them.
 * @throws LonghaulError `CREDENTIALS_MISSING`, `CONFIG_INVALID` for a secret that cannot be used
 */
export function addApprovalLinks(app: FastifyInstance, context: ServerContext): void {
  readApprovalSecret(context.config);
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(formType, { parseAs: 'buffer', bodyLimit: formLimit }, readForm);
    scope.setErrorHandler(answerFault);
    addQuestion(scope, context);
    addAnswer(scope, context);
    done();
  });
}

/** A reason of 1,000 characters, each written as nine (three bytes of UTF-8, encoded), and the action. */
const formLimit = 10 * 1024;

function addQuestion(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url,
    name: 'showApproval',
    group,
    summary: 'Show what a receiver of events is asked to decide, as a page. It decides nothing.',
    access: 'public',
    params,
    answers: {
      200: pageAnswer('What is to be decided, and a form'),
      409: pageAnswer('It was decided before'),
    },
    problems: [404, 503],
    answer: async ({ params: { token }, reply }) => {
      const grant = grantFrom(context, token);
      const run = await context.client.get(grant.runId).catch(unknownLink);
      if (run.attemptId !== grant.attemptId) throw linkUnknown();
      const request = awaitedApproval(run);
      if (request === null) return answerPage(reply, 409, settledPage(run));
      if (!isGrantFor(grant, request.digest)) throw linkUnknown();
      const { runId, receiver } = grant;
      return answerPage(reply, 200, questionPage({ runId, approver: approverOf(receiver), request }));
    },
  });
}

function addAnswer(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url,
    name: 'decideByLink',
    group,
    summary: 'Approve or reject by the form of that page. It counts once.',
    access: 'public',
    params,
    consumes: [formType],
    body: DecideByLink,
    answers: { 200: pageAnswer('The decision counts'), 409: pageAnswer('It was decided before') },
    problems: [403, 404, 413, 415, 503],
    refuse: ({ token }) => void grantFrom(context, token),
    answer: async ({ params: { token }, body: { action, reason }, request, reply }) => {
      const grant = grantFrom(context, token);
      refuseForeignForm(request, context.config.server.publicUrl);
      const run = await context.client.get(grant.runId).catch(unknownLink);
      if (run.attemptId !== grant.attemptId) throw linkUnknown();
      const asked = awaitedApproval(run);
      if (asked !== null && !isGrantFor(grant, asked.digest)) throw linkUnknown();
      try {
        await decide(context, request, grant, { action, reason, digest: asked?.digest });
      } catch (error) {
        if (!(error instanceof LonghaulError) || !settledCodes.includes(error.code)) throw error;
        return answerPage(reply, 409, messagePage('Nothing was changed', [error.message]));
      }
      const outcome = action === 'approve' ? 'The run goes on and deploys it.' : 'It will not be deployed.';
      const title = action === 'approve' ? 'Approved' : 'Rejected';
      return answerPage(reply, 200, messagePage(title, [outcome, `Run ${grant.runId}`]));
    },
  });
}

const settledCodes: readonly string[] = ['APPROVAL_NOT_AWAITED', 'RUN_ENDED'];

/** Names the receiver and the run in the audit, and nothing of the link. */
async function decide(
  { audit, client }: ServerContext,
  { id: requestId, body }: FastifyRequest,
  { runId, attemptId, receiver }: ApprovalGrant,
  { action, reason, digest }: Pick<ApprovalDecision, 'action' | 'reason' | 'digest'>,
): Promise<void> {
  const actor = approverOf(receiver);
  await audit.record(
    {
      actor,
      actorKind: 'webhook',
      action: `run.${action}`,
      object: runId,
      reason,
      requestId,
      bodyDigest: digestOf(body),
    },
    () =>
      client.decideApproval(
        runId,
        { action, actor, names: [actor], ids: [actor], reason, digest },
        { attemptId },
      ),
  );
}

/** @throws LonghaulError `ROUTE_NOT_FOUND` for a token that is not genuine, also where there can be none */
function grantFrom({ config }: ServerContext, token: string): ApprovalGrant {
  const secret = readApprovalSecret(config);
  const grant = secret === undefined ? null : grantOf(token, secret, Date.now());
  if (grant === null) throw linkUnknown();
  return grant;
}

const linkUnknown = (): LonghaulError =>
  new LonghaulError('ROUTE_NOT_FOUND', 'there is no such link, or not any more');

function unknownLink(error: unknown): never {
  throw error instanceof LonghaulError && error.code === 'RUN_NOT_FOUND' ? linkUnknown() : error;
}

const answerPage = (reply: FastifyReply, status: number, page: string): FastifyReply =>
  reply.code(status).headers(pageHeaders).send(page);

/** A page for browsers; the problem that every route answers for everybody else. */
function answerFault(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fault = formFault(error);
  if (request.headers.accept?.includes('text/html') !== true) throw fault;
  const { status, detail } = problemFor(fault, request, reply);
  return answerPage(reply, status, messagePage(titles[status] ?? 'That did not work', [detail]));
}

const titles: Readonly<Record<number, string>> = {
  403: 'You may not decide',
  404: 'There is nothing here',
  503: 'Not now',
};

/** The general answers speak of JSON. */
function formFault(error: FastifyError): Error {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new LonghaulError('BODY_TOO_LARGE', `the form is larger than ${formLimit / 1024} KiB`);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new LonghaulError('MEDIA_TYPE_UNSUPPORTED', `send the form of the page: ${formType}`);
  return error;
}
