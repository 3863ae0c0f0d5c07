/** The routes of replays: what one would do, doing that, the attempts that came of it, and an attempt to keep. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type Principal,
  actorOf,
  cancellableBy,
  identitiesOf,
  may,
  requireRole,
} from '../../access/principal.js';
import type { AttemptRecord, ReplayRequest } from '../../client.js';
import { parseAttempt } from '../../client/replays/attempt-file.js';
import { checkConnection, digestOf, pointerOf } from '../../client/door.js';
import { type PipelineDocument, connectionsOf, usedBy } from '../../run/documents/documents.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { pipelineOf } from '../../run/ids.js';
import type { RunSummary } from '../../run/steps.js';
import { noted, recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import {
  AppliedReplay,
  ApplyExported,
  ApplyReplay,
  Attempts,
  ExportedAttempt,
  PlanExported,
  PlanReplay,
  ReplayPlan,
} from './schemas.js';
import { type RouteCall, type Sent, addRoute } from '../route.js';
import { tellsOf, knownTo, ownForkOf, refuseUnseen, pipelineNames, scopeOfDocument } from '../unseen.js';
import { visibleRun } from '../runs/runs.js';
import { RunId } from '../schemas.js';

const group = 'replays';
const runParams = z.strictObject({ runId: RunId });
const problems = [404, 409, 422, 502, 503];
/** Stopping what an attempt has left may wait for the platform; who asked is answered before a proxy gives up. */
const applyWithinMs = 50_000;
const applyDescription =
  'Refused when that is not what would be done now. 201 when the new attempt is started; 202 when what must be stopped first takes longer: it goes on by itself, and the attempts of the run tell.';

/** Adds the routes that plan and apply replays, list attempts and export them. */
export function addReplayRoutes(app: FastifyInstance, context: ServerContext): void {
  addReads(app, context);
  addRunReplays(app, context);
  addExportedReplays(app, context);
}

function addRunReplays(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/runs/:runId/replay-plan',
    name: 'planReplay',
    group,
    summary: 'Say what a replay of a run would do, step by step. Nothing is changed.',
    access: 'operator',
    params: runParams,
    body: PlanReplay,
    answers: { 200: ReplayPlan },
    problems,
    answer: async ({ params: { runId }, body, principal, request }) => {
      const before = await visibleRun(context, request, 'operator', runId);
      const wanted = { ...body, runId } as ReplayRequest; // its values have come from JSON
      admitDefinition(context, principal, wanted);
      return plan(context, await ownForkOf(context, principal, before, wanted));
    },
  });
  addRoute(app, {
    method: 'POST',
    url: '/v1/runs/:runId/replay',
    name: 'replayRun',
    group,
    summary: 'Do what the plan of this hash says, and nothing else.',
    description: `${applyDescription} What the plan was asked for is kept with it, so the hash is enough.`,
    access: 'operator',
    params: runParams,
    body: ApplyReplay,
    answers: applied,
    problems,
    answer: async ({ params: { runId }, body: { plan, reason, ...asked }, principal, request, send }) => {
      const before = await visibleRun(context, request, 'operator', runId);
      const wanted = { ...asked, runId } as ReplayRequest; // its values have come from JSON
      admitDefinition(context, principal, wanted);
      const own = await ownForkOf(context, principal, before, wanted);
      return apply(context, { wanted: own, before, plan, reason, request, send });
    },
  });
}

/** Of runs that Temporal no longer knows. */
function addExportedReplays(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/replay-plans',
    name: 'planExportedReplay',
    group,
    summary: 'Say what a replay of an exported attempt would do, of a run that Temporal no longer knows.',
    access: 'operator',
    body: PlanExported,
    answers: { 200: ReplayPlan },
    problems,
    answer: async ({ body, principal, request }) => {
      const exported = await allowedExport(context, request, body);
      const wanted = { ...body, runId: exported.runId, exported } as ReplayRequest; // from JSON as well
      return plan(context, await ownForkOf(context, principal, exported, wanted));
    },
  });
  addRoute(app, {
    method: 'POST',
    url: '/v1/replays',
    name: 'replayExported',
    group,
    summary: 'Do what the plan of an exported attempt says, and nothing else.',
    description: applyDescription,
    access: 'operator',
    body: ApplyExported,
    answers: applied,
    problems,
    answer: async ({ body: { plan, reason, ...asked }, principal, request, send }) => {
      const exported = await allowedExport(context, request, asked);
      const wanted = { ...asked, runId: exported.runId, exported } as ReplayRequest; // from JSON as well
      const own = await ownForkOf(context, principal, exported, wanted);
      return apply(context, { wanted: own, before: exported, plan, reason, request, send });
    },
  });
}

function addReads(app: FastifyInstance, context: ServerContext): void {
  const { replays } = context.client;
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId/attempts',
    name: 'listAttempts',
    group,
    summary: 'List the attempts of a run: who replayed it, why, and by which plan.',
    access: 'viewer',
    params: runParams,
    answers: { 200: Attempts },
    problems: [404, 503],
    answer: async ({ params: { runId }, request }) => {
      await visibleRun(context, request, 'viewer', runId);
      return { attempts: await replays.attempts(runId) };
    },
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId/export',
    name: 'exportRun',
    group,
    summary: 'Get all that a replay needs of the last attempt, to keep longer than Temporal keeps runs.',
    access: 'operator',
    params: runParams,
    answers: { 200: ExportedAttempt },
    problems: [404, 503],
    answer: async ({ params: { runId }, request }) => {
      await visibleRun(context, request, 'operator', runId);
      noted(context, request, { action: 'run.export', object: runId });
      return replays.export(runId);
    },
  });
}

/** A document as it is now may act where the run did not: that is for those who may act there. */
function admitDefinition(
  { documents }: ServerContext,
  principal: Principal,
  { runId, definition }: Pick<ReplayRequest, 'runId' | 'definition'>,
): void {
  const pipeline = pipelineOf(runId);
  const document = definition === 'latest' && Object.hasOwn(documents, pipeline) ? documents[pipeline] : null;
  if (document) admitDocument(principal, document);
}

function admitDocument(principal: Principal, document: PipelineDocument): void {
  const scope = scopeOfDocument(document);
  if (!may(principal, 'viewer', scope))
    throw new LonghaulError('REPLAY_INVALID', `no document "${document.pipeline}" is configured to go on by`);
  requireRole(principal, 'operator', 'going on by the latest document', scope);
}

/** An attempt that is whole, of a pipeline and a connection on which the caller may replay. */
async function allowedExport(
  context: ServerContext,
  request: FastifyRequest,
  { exported: file, definition }: { readonly exported?: unknown; readonly definition?: 'latest' | undefined },
): Promise<AttemptRecord> {
  const { principal } = request;
  const exported = parseAttempt(file);
  const { pipeline, document } = exported;
  // A file may say anything: that it is of one connection, and have a document of another.
  const ofDocument = document === undefined ? [] : connectionsOf(document);
  const connections = [...new Set([exported.connection, ...ofDocument])];
  requireRole(principal, 'operator', 'replaying an exported attempt', { pipeline, connection: connections });
  const known = knownTo(principal, context, { role: 'operator', what: 'replaying an exported attempt' });
  for (const connection of connections) checkConnection(connection, known.connections ?? []);
  if (definition === undefined) refuseOtherDocument(context, exported);
  admitDefinition(context, principal, { runId: exported.runId, definition });
  await refuseUnseen(context.client, principal, exported.runId);
  tellsOf(request, connections);
  return exported;
}

/** Which documents may be run is up to who configures them: a file brings none along. */
function refuseOtherDocument({ documents }: ServerContext, { pipeline, document }: AttemptRecord): void {
  if (document === undefined) return;
  const configured = Object.hasOwn(documents, pipeline) ? documents[pipeline] : undefined;
  if (configured !== undefined && digestOf(configured) === digestOf(document)) return;
  throw new LonghaulError(
    'REPLAY_INVALID',
    `the document of the file is not the one that is configured for ${pipeline}: ask for \`definition: latest\``,
  );
}

const plan = ({ client }: ServerContext, wanted: ReplayRequest) =>
  client.replays.plan(wanted).catch((error: unknown) => {
    throw withinBody(error, wanted);
  });

const applied = { 201: AppliedReplay, 202: AppliedReplay } as const;

interface Applying {
  readonly wanted: ReplayRequest;
  readonly before: Pick<RunSummary, 'attemptId' | 'status' | 'connection' | 'connections'>;
  readonly plan: string;
  readonly reason: string;
  readonly request: FastifyRequest;
  readonly send: RouteCall<unknown, unknown, unknown, typeof applied>['send'];
}

async function apply(
  context: ServerContext,
  { wanted, before, plan, reason, request, send }: Applying,
): Promise<Sent> {
  const { runId } = wanted;
  const why = `plan ${plan} of attempt ${before.attemptId} (${before.status}): ${reason}`;
  const { principal } = request;
  // The document as it is now may act where the run has not: a plan may have been asked for with it.
  const pipeline = pipelineOf(runId);
  const latest = Object.hasOwn(context.documents, pipeline) ? context.documents[pipeline] : undefined;
  const connections = [...usedBy(before), ...(latest === undefined ? [] : connectionsOf(latest))];
  const replaying = {
    plan,
    by: actorOf(principal),
    ids: identitiesOf(principal),
    mayCancel: cancellableBy(principal, connections, pipelineNames(context)),
    reason,
  };
  const done = await recorded(
    context,
    request,
    { action: 'run.replay', object: runId, reason: why },
    // What the plan was asked for may be another document, whoever has asked for it.
    () =>
      context.client.replays.applyWithin(applyWithinMs, wanted, replaying, (document) =>
        admitDocument(principal, document),
      ),
    (replayed) => (replayed === null ? 'under way' : `attempt ${replayed.attemptId} of ${replayed.runId}`),
  ).catch((error: unknown) => {
    throw withinBody(error, wanted);
  });
  if (done === null) return send(202, { runId, plan }, { location: `/v1/runs/${runId}/attempts` });
  return send(201, done, { location: `/v1/runs/${done.runId}` });
}

/** Faults of the edited input are told where the caller has edited it. */
function withinBody(error: unknown, { set = {} }: ReplayRequest): unknown {
  if (!(error instanceof LonghaulError) || error.code !== 'INPUT_INVALID') return error;
  const paths = Object.keys(set);
  const fields = (error.fields ?? []).flatMap(({ pointer, detail }) => {
    const path = paths.find((one) => isWithin(pointer, pointerOf(one.split('.'))));
    return path === undefined ? [] : [{ pointer: pointerOf(['set', path]), detail }];
  });
  return new LonghaulError(error.code, error.message, { cause: error, fields });
}

const isWithin = (pointer: string, edited: string): boolean =>
  `${pointer}/`.startsWith(`${edited}/`) || `${edited}/`.startsWith(`${pointer}/`);
