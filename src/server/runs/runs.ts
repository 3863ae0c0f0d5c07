/** The routes of runs: start, list, get, cancel, resolve. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Role, type Scope, actorOf, cancellableBy, identitiesOf, may } from '../../access/principal.js';
import type { Resolution } from '../../client.js';
import { checkStartWithin } from '../../client/door.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { pipelineOf, runKeyPattern } from '../../run/ids.js';
import { isRunId } from '../../run/run-names.js';
import type { RunSummary } from '../../run/steps.js';
import { recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import { tellsOf, knownTo, keyForCaller, pipelineNames, scopeOf } from '../unseen.js';
import { addRoute } from '../route.js';
import { RunQuery } from './query.js';
import { admitFollower } from '../following/follower.js';
import {
  CancelRun,
  CleanUpRun,
  CleanedRun,
  DryRun,
  ResolveStep,
  Run,
  RunId,
  RunPage,
  StartRun,
  StartedRun,
} from '../schemas.js';

/** The path parameters of every route of one run. */
export const runParams = z.strictObject({ runId: RunId });
const group = 'runs';
/** What an Idempotency-Key must be. */
export const keyRule =
  'must be up to 128 letters, digits, ".", "_", ":" and "-", beginning with a letter or digit';

/** Adds the routes that start, dry-run, list, read, cancel, resolve and clean up runs. */
export function addRunRoutes(app: FastifyInstance, context: ServerContext): void {
  addStart(app, context);
  addDryRun(app, context);
  addReads(app, context);
  addRoute(app, {
    method: 'POST',
    url: '/v1/runs/:runId/cancel',
    name: 'cancelRun',
    group,
    summary: 'Cancel a run: what it has running on the platform is stopped first.',
    access: 'operator',
    params: runParams,
    body: CancelRun,
    answers: { 202: z.object({ runId: z.string() }) },
    problems: [404, 409, 503],
    answer: async ({ params: { runId }, body: { reason }, principal, request, send }) => {
      await visibleRun(context, request, 'operator', runId);
      await recorded(context, request, { action: 'run.cancel', object: runId, reason }, () =>
        context.client.cancel(runId, { reason, by: actorOf(principal) }),
      );
      return send(202, { runId });
    },
  });
  addCleanUp(app, context);
  addRoute(app, {
    method: 'POST',
    url: '/v1/runs/:runId/resolve',
    name: 'resolveStep',
    group,
    summary: 'Say how a parked step goes on.',
    access: 'operator',
    params: runParams,
    body: ResolveStep,
    answers: { 200: z.object({ runId: z.string() }) },
    problems: [404, 409, 422, 503],
    answer: async ({ params: { runId }, body, principal, request }) => {
      await visibleRun(context, request, 'operator', runId);
      const resolution = { ...body, actor: actorOf(principal), ids: identitiesOf(principal) } as Resolution; // its output has come from JSON
      const entry = { action: 'run.resolve', object: runId, reason: `${body.action}: ${body.reason}` };
      await recorded(context, request, entry, () => context.client.resolve(runId, resolution));
      return { runId };
    },
  });
}

function addCleanUp(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/runs/:runId/cleanup',
    name: 'cleanUpRun',
    group,
    summary: 'Try now what a run that has ended has left on the platform.',
    description:
      'Answers after the first try. What could not be undone is tried again by itself, and `GET /v1/runs/{runId}` says how it stands.',
    access: 'operator',
    params: runParams,
    body: CleanUpRun,
    answers: { 200: CleanedRun },
    problems: [404, 409, 503],
    answer: async ({ params: { runId }, body: { reason }, request }) => {
      await visibleRun(context, request, 'operator', runId);
      const cleanup = await recorded(
        context,
        request,
        { action: 'run.cleanup', object: runId, reason },
        () => context.client.cleanUp(runId),
        ({ leftBehind }) => `${leftBehind.length} left`,
      );
      return { runId, cleanup };
    },
  });
}

function addStart(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/pipelines/:pipeline/runs',
    name: 'startRun',
    group,
    summary: 'Start a pipeline, once per `Idempotency-Key`.',
    description:
      'When it answers, the run is durable. The same key with the same body gives the same run (200), with another body a problem (422). With `Prefer: wait=30` the answer holds the run as it ended, if it ended in time.',
    access: 'operator',
    params: z.strictObject({ pipeline: z.string().max(64) }),
    headers: z.looseObject({
      'idempotency-key': z.string().describe(keyRule),
      prefer: z.string().optional().describe('`wait=SECONDS`, up to 120.'),
    }),
    body: StartRun,
    answers: { 200: StartedRun, 201: StartedRun },
    problems: [404, 422, 503],
    answer: async ({ params, body, principal, request, reply, send }) => {
      const known = knownTo(principal, context, { role: 'operator', what: 'starting a run' });
      const { name, checked, connections, document } = checkStartWithin(params.pipeline, body.input, known);
      tellsOf(request, connections);
      const key = await keyForCaller(context, principal, {
        pipeline: name,
        connections,
        key: idempotencyKeyOf(request.headers['idempotency-key']),
      });
      const waitMs = waitOf(request.headers['prefer']);
      const trigger = {
        kind: 'http' as const,
        by: actorOf(principal),
        ids: identitiesOf(principal),
        requestId: request.id,
        ...(body.reason !== undefined && { reason: body.reason }),
      };
      const entry = { action: 'run.start', object: `${name}.${key}`, reason: body.reason };
      const started = await recorded(
        context,
        request,
        entry,
        () =>
          context.client.startPipeline(document ?? name, checked, {
            key,
            trigger,
            mayCancel: cancellableBy(principal, connections, pipelineNames(context)),
          }),
        ({ created }) => (created ? 'created' : 'exists'),
      );
      context.metrics.triggered({ pipeline: name, outcome: started.created ? 'created' : 'existing' });
      const url = `/v1/runs/${started.runId}`;
      const more =
        waitMs === null
          ? {}
          : await outcomeOf(context, started.runId, {
              call: { request, reply },
              scope: { pipeline: name, connection: connections },
              withinMs: waitMs,
            });
      if (waitMs !== null) reply.header('preference-applied', `wait=${waitMs / 1_000}`);
      return send(started.created ? 201 : 200, { ...started, url, ...more }, { location: url });
    },
  });
}

function addDryRun(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/pipelines/:pipeline/dry-run',
    name: 'dryRun',
    group,
    summary: 'Check an input without starting a run: its fields, and what it names on the platform.',
    description:
      'Nothing is created. A worker of the connection looks up the project, environments and hardware tiers; what it cannot look up is said, and would not stop a run. It may take up to 50 seconds.',
    access: 'operator',
    params: z.strictObject({ pipeline: z.string().max(64) }),
    body: StartRun,
    answers: { 200: DryRun },
    problems: [404, 422, 503],
    answer: async ({ params, body, principal, request }) => {
      const known = knownTo(principal, context, { role: 'operator', what: 'a dry run' });
      const { name, checked, connections, document } = checkStartWithin(params.pipeline, body.input, known);
      tellsOf(request, connections);
      return context.client.dryRun(document ?? name, checked);
    },
  });
}

/**
 * The header is a string in quotation marks by its draft, and bare in practice.
 * @throws LonghaulError `REQUEST_MALFORMED`, also when it is there twice: Node joins the two by a comma
 */
export function idempotencyKeyOf(header: string | readonly string[] | undefined): string {
  const refused = (message: string, detail: string) =>
    new LonghaulError('REQUEST_MALFORMED', message, {
      fields: [{ pointer: '/headers/idempotency-key', detail }],
    });
  if (typeof header !== 'string' || header === '')
    throw refused(
      'the header Idempotency-Key is missing: without it a repeated request would start a second one',
      'is missing',
    );
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (runKeyPattern.test(key)) return key;
  throw refused('the header Idempotency-Key is not usable', keyRule);
}

/** @throws LonghaulError `REQUEST_MALFORMED` */
function waitOf(prefer: string | readonly string[] | undefined): number | null {
  const wait = /(?:^|[,;\s])wait=([^,;\s]*)/.exec(String(prefer ?? ''))?.[1];
  if (wait === undefined) return null;
  if (/^\d{1,3}$/.test(wait) && Number(wait) >= 1 && Number(wait) <= 120) return Number(wait) * 1_000;
  throw new LonghaulError('REQUEST_MALFORMED', 'Prefer: wait must be 1 to 120 seconds', {
    fields: [{ pointer: '/headers/prefer', detail: 'wait must be 1 to 120' }],
  });
}

interface OutcomeOptions {
  readonly call: { readonly request: FastifyRequest; readonly reply: FastifyReply };
  readonly scope: Scope;
  readonly withinMs: number;
}

/** The run when it has ended, or as it stands. The run is started, whatever comes of waiting for it. */
async function outcomeOf(context: ServerContext, runId: string, { call, scope, withinMs }: OutcomeOptions) {
  try {
    const { signal, isRefused } = admitFollower(context, call, { scope, withinMs });
    const ended = await context.feeds.ended(runId, signal);
    return isRefused() ? {} : { run: ended ?? (await context.client.get(runId)) };
  } catch (error) {
    call.reply.log.warn({ err: error }, 'a caller could not be told the outcome');
    return {};
  }
}

function addReads(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs',
    name: 'listRuns',
    group,
    summary: 'List the runs that the caller may see, each by its latest attempt, a page at a time.',
    access: 'viewer',
    query: RunQuery,
    answers: { 200: RunPage },
    problems: [503],
    answer: ({ query, principal }) => {
      const { limit, cursor, startedAfter, startedBefore, attempts, ...filter } = query;
      return context.client.page(
        {
          ...filter,
          ...(startedAfter !== undefined && { startedAfter: new Date(startedAfter) }),
          ...(startedBefore !== undefined && { startedBefore: new Date(startedBefore) }),
          ...(attempts === 'false' && { latest: true }),
          within: principal.grants,
        },
        { size: limit, cursor },
      );
    },
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId',
    name: 'getRun',
    group,
    summary: 'Get a run with its steps.',
    access: 'viewer',
    params: runParams,
    answers: { 200: Run },
    problems: [404, 503],
    answer: async ({ params: { runId }, request }) => {
      await visibleRun(context, request, 'viewer', runId);
      return context.client.get(runId);
    },
  });
}

/**
 * The run, if it is one and the caller may do this to it.
 * @throws LonghaulError `RUN_NOT_FOUND` also for runs that the caller may not see, `ACCESS_DENIED` for those that it
 * may only see
 */
export async function visibleRun(
  { client }: ServerContext,
  request: FastifyRequest,
  role: Role,
  runId: string,
): Promise<RunSummary> {
  const { principal } = request;
  const pipeline = pipelineOf(runId);
  const unknown = () => new LonghaulError('RUN_NOT_FOUND', `there is no run ${runId}`);
  if (!isRunId(runId) || !may(principal, 'viewer', { pipeline })) throw unknown();
  const run = await client.describe(runId).catch((error: unknown) => {
    throw error instanceof LonghaulError && error.code === 'RUN_NOT_FOUND' ? unknown() : error;
  });
  const scope = scopeOf(run);
  if (!may(principal, 'viewer', scope)) throw unknown();
  if (!may(principal, role, scope))
    throw new LonghaulError(
      'ACCESS_DENIED',
      `this needs the role ${role} for ${pipeline} on ${scope.connection.join(', ')}`,
    );
  tellsOf(request, scope.connection);
  return run;
}
