/** The simulator over HTTP: every route writes its row, meets its fault, is carried out and answered. */
import { setTimeout as wait } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { domino } from '../contract/domino/index.js';
import { type NamedEndpoint, walk } from '../contract/endpoint.js';
import { addControlRoutes } from './control.js';
import type { AnswerMetadata, NoteEffect } from './domino/handlers.js';
import { handlers } from './domino/index.js';
import { Refusal, errorBody } from './errors.js';
import type { Fault, FaultTarget } from './fault-body.js';
import { type Faults, isLaterPage } from './faults.js';
import { type Ledger, type OpenRow, markerIn } from './ledger.js';
import { addGuard, hasKey } from './guard.js';
import { type RefuseConnections, createRefusing } from './listener.js';
import { type Repeats, createRepeats } from './repeats.js';
import { type Past, createPast } from './past.js';
import { predict } from './predictions.js';
import { type WireAnswer, fromReference, toReference } from './reference-dialect.js';
import { hangUp, send } from './sending.js';
import type { Simulation } from './simulation.js';
import { jsonOf, readTolerantly } from './tolerant.js';

/** What the server is made of. */
export interface ServerParts {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly apiKey: string;
  readonly dialect: 'v6' | 'reference';
}

/** The name of the route that answers predictions, in ledger and faults. */
export const predictions = 'predictions.predict';

/** What a file may hold that is uploaded. */
const maxUploadBytes = 32 * 1024 * 1024;

/** Every endpoint that a fault can be set on. */
const faultTargets: readonly FaultTarget[] = [
  ...walk(domino).map(({ group, name, endpoint: { method } }) => ({ endpoint: `${group}.${name}`, method })),
  { endpoint: predictions, method: 'POST' },
];

/** The server and what its routes share. */
interface Serving extends ServerParts {
  readonly past: Past;
  readonly refuseConnections: RefuseConnections;
  readonly repeats: Repeats;
}

/** A request that has its row, and what is to become of it. */
interface Arrived {
  readonly request: FastifyRequest;
  readonly row: OpenRow;
  readonly fault: Fault | undefined;
}

/** Carries out a request and tells the answer. */
type Carry = (arrived: Arrived, metadata: AnswerMetadata) => Promise<WireAnswer>;

/** A server that does not listen yet. */
export function createServer(stated: ServerParts): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 2_000 } });
  const parts = {
    ...{ ...stated, past: createPast(stated.simulation) },
    ...{ refuseConnections: createRefusing(app), repeats: createRepeats() },
  };
  addGuard(app, { apiKey: stated.apiKey, executes: stated.simulation.execution !== null });
  app.removeAllContentTypeParsers();
  // A body that cannot be read is still a request that arrived: it is parsed once its row is written.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addControlRoutes(app, parts, faultTargets);
  for (const named of walk(domino))
    app.route({
      method: named.endpoint.method,
      url: named.endpoint.path.replace(/\{\+\w+\}$/, '*').replaceAll(/\{(\w+)\}/g, ':$1'),
      ...(named.endpoint.bodyEncoding === 'bytes' && { bodyLimit: maxUploadBytes }),
      handler: serve(parts, `${named.group}.${named.name}`, carryEndpoint(parts, named)),
    });
  app.post('/models/:modelApiId/:version/model', serve(parts, predictions, carryPrediction(parts)));
  app.setNotFoundHandler(
    serve(parts, null, ({ request }) => {
      throw new Refusal(404, `There is no ${request.method} ${pathOf(request)}`);
    }),
  );
  return app;
}

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? url;

/** One request from its row in the ledger to its answer, or to what a fault makes of it. */
function serve(parts: Serving, endpoint: string | null, carry: Carry) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { method, query } = request;
    const row = parts.ledger.open({ method, path: pathOf(request), endpoint });
    parts.repeats.came(request);
    const counts = hasKey(request, parts.apiKey) && endpoint !== null;
    const fault = counts ? parts.faults.next({ endpoint, method, query }) : undefined;
    if (fault !== undefined) row.fault = fault.kind;
    const arrived = { request, row, fault };
    if (fault?.kind === 'late-commit') void carryLater(parts, arrived, carry, fault);
    if (breaksAtOnce(fault)) {
      if (fault.kind === 'refuse-connection') parts.refuseConnections(fault.ms);
      return hangUp(request, reply);
    }
    const answer = await answerUnder(parts, arrived, carry);
    row.status = answer.status;
    return send(request, reply, answer, fault);
  };
}

/** What is answered: what a fault states instead of the answer, or beside it once the request was carried out. */
async function answerUnder(parts: Serving, arrived: Arrived, carry: Carry): Promise<WireAnswer> {
  const { fault } = arrived;
  if (fault?.kind === 'late-commit' && fault.status !== undefined) return statedAnswer(fault.status);
  if (fault?.kind !== 'status') return answerOf(parts, arrived, carry);
  if (fault.carryOut === true) await answerOf(parts, arrived, carry);
  return statedAnswer(fault.status, fault);
}

type Breaking = Fault & { readonly kind: 'lose-request' | 'late-commit' | 'refuse-connection' };

const breaksAtOnce = (fault: Fault | undefined): fault is Breaking =>
  fault?.kind === 'lose-request' ||
  fault?.kind === 'refuse-connection' ||
  (fault?.kind === 'late-commit' && fault.status === undefined);

/** Carries a request out that nobody waits for any more. */
async function carryLater(
  parts: Serving,
  arrived: Arrived,
  carry: Carry,
  { ms, after }: Fault & { readonly kind: 'late-commit' },
): Promise<void> {
  if (after === 'repeat') await parts.repeats.next(arrived.request);
  await wait(ms, undefined, { ref: false });
  const { status } = await answerOf(parts, arrived, carry);
  arrived.row.committed = new Date().toISOString();
  arrived.row.status = status;
}

const statedAnswer = (
  status: number,
  { headers = {}, body }: Pick<Fault & { kind: 'status' }, 'headers' | 'body'> = {},
): WireAnswer => ({ status, headers, body });

async function answerOf(parts: Serving, arrived: Arrived, carry: Carry): Promise<WireAnswer> {
  const { request } = arrived;
  const requestId = parts.simulation.ids.request();
  const refuse = (status: number, message: string): WireAnswer => ({
    status,
    body: errorBody(pathOf(request), status, message, requestId),
  });
  if (!hasKey(request, parts.apiKey)) return refuse(401, 'The API key is missing or not valid');
  try {
    return await carry(arrived, { requestId, notices: [] });
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.status, error.message);
    return refuse(500, error instanceof Error ? error.message : String(error));
  }
}

function carryEndpoint(parts: Serving, { group, name, endpoint }: NamedEndpoint): Carry {
  const { past, dialect } = parts;
  const handler = handlerOf(group, name);
  const named = `${group}.${name}`;
  return async ({ request, row, fault }, metadata) => {
    const simulation = fault?.kind === 'stale' ? past.ago(fault.ms) : parts.simulation;
    const isRaw = endpoint.bodyEncoding === 'bytes';
    const path = pathValues(endpoint.path, request.params);
    const query = fault?.kind === 'page-shift' ? shifted(request.query, fault) : request.query;
    const sent = { query, body: isRaw ? {} : jsonOf(request.body), path };
    const wire = dialect === 'reference' ? fromReference(simulation, named, sent) : sent;
    const body: unknown = await handler(simulation, {
      path,
      query: endpoint.query === undefined ? {} : readTolerantly(endpoint.query, wire.query, 'query'),
      body: isRaw ? bytesOf(request.body) : bodyOf(endpoint, wire.body),
      metadata,
      note: noteIn(row, past),
    });
    const answer = { status: endpoint.status ?? 200, body };
    return dialect === 'reference' ? toReference(simulation, named, sent, answer) : answer;
  };
}

/** A later page of a list whose items have moved on since the page before. */
function shifted(query: unknown, { items, count }: Fault & { kind: 'page-shift' }): unknown {
  const asked = { ...(query as Readonly<Record<string, unknown>>) }; // a query string, parsed
  const by = items === 'twice' ? -count : count;
  const moved = Object.entries(asked).map(([key, value]) =>
    isLaterPage({ [key]: value }) ? [key, String(Math.max(0, Number(value) + by))] : [key, value],
  );
  return Object.fromEntries(moved);
}

const bodyOf = (endpoint: NamedEndpoint['endpoint'], body: unknown): unknown =>
  endpoint.body === undefined ? {} : readTolerantly(endpoint.body, body, 'body');

const bytesOf = (body: unknown): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

/** A placeholder that keeps its slashes is the route’s `*`. */
function pathValues(template: string, params: unknown): Readonly<Record<string, string>> {
  const { '*': rest, ...values } = { ...(params as Readonly<Record<string, string>>) }; // the route’s own placeholders
  const name = /\{\+(\w+)\}$/.exec(template)?.[1];
  return name === undefined ? values : { ...values, [name]: rest ?? '' };
}

function carryPrediction({ simulation }: ServerParts): Carry {
  return async ({ request }) => {
    const { modelApiId = '', version = '' } = { ...(request.params as Readonly<Record<string, string>>) }; // the route’s own placeholders
    return { status: 200, body: await predict(simulation, { modelApiId, version }, jsonOf(request.body)) };
  };
}

const noteIn =
  (row: OpenRow, past: Past): NoteEffect =>
  (change, kind, id, ...texts) => {
    if (change === 'created') past.note(kind, id);
    const marker = markerIn(texts);
    row.effects.push({ change, kind, id, ...(marker !== undefined && { marker }) });
  };

type AnyHandler = (simulation: Simulation, call: unknown) => unknown;

/** The handler of an endpoint. Its types are checked where it is written; here it is one of many. */
function handlerOf(group: string, name: string): AnyHandler {
  const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = handlers;
  return table[group]?.[name] as AnyHandler; // `Handlers` has one for every endpoint that `walk` names
}
