/** The simulator over HTTP: every route writes its row, meets its fault, is carried out and answered. */
import { setTimeout as wait } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { domino } from '../contract/domino/index.js';
import { type NamedEndpoint, walk } from '../contract/endpoint.js';
import { addControlRoutes } from './control.js';
import type { AnswerMetadata, NoteEffect } from './domino/handlers.js';
import { handlers } from './domino/index.js';
import { Refusal, errorBody } from './errors.js';
import type { Fault, Faults } from './faults.js';
import { type Ledger, type OpenRow, markerIn } from './ledger.js';
import { predict } from './predictions.js';
import { type WireAnswer, fromReference, toReference } from './reference-dialect.js';
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

/** Every name that a fault can be set on. */
export const endpointNames: readonly string[] = [
  ...walk(domino).map(({ group, name }) => `${group}.${name}`),
  predictions,
];

/** Carries out a request and tells the answer. */
type Carry = (request: FastifyRequest, row: OpenRow, metadata: AnswerMetadata) => Promise<WireAnswer>;

/** A server that does not listen yet. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 2_000 } });
  app.removeAllContentTypeParsers();
  // A body that cannot be read is still a request that arrived: it is parsed once its row is written.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addControlRoutes(app, parts, endpointNames);
  for (const named of walk(domino))
    app.route({
      method: named.endpoint.method,
      url: named.endpoint.path.replace(/\{\+\w+\}$/, '*').replaceAll(/\{(\w+)\}/g, ':$1'),
      ...(named.endpoint.bodyEncoding === 'bytes' && { bodyLimit: maxUploadBytes }),
      handler: serve(parts, `${named.group}.${named.name}`, carryEndpoint(parts, named)),
    });
  app.post('/models/:modelApiId/:version/model', serve(parts, predictions, carryPrediction(parts)));
  app.setNotFoundHandler(
    serve(parts, null, (request) => {
      throw new Refusal(404, `There is no ${request.method} ${pathOf(request)}`);
    }),
  );
  return app;
}

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? url;

/** One request from its row in the ledger to its answer, or to what a fault makes of it. */
function serve(parts: ServerParts, endpoint: string | null, carry: Carry) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { method } = request;
    const row = parts.ledger.open({ method, path: pathOf(request), endpoint });
    const fault = isAllowed(parts, request) && endpoint !== null ? parts.faults.next(endpoint) : undefined;
    if (fault !== undefined) row.fault = fault.kind;
    if (fault?.kind === 'lose-request') return hangUp(request, reply);
    const answer =
      fault?.kind === 'status' ? statedAnswer(fault) : await answerOf(parts, request, row, carry);
    row.status = answer.status;
    if (fault?.kind === 'lose-answer') return hangUp(request, reply);
    if (fault?.kind === 'hold-answer') await wait(fault.ms, undefined, { ref: false });
    return send(reply, answer);
  };
}

function isAllowed({ apiKey }: ServerParts, { headers }: FastifyRequest): boolean {
  return headers['x-domino-api-key'] === apiKey || headers.authorization === `Bearer ${apiKey}`;
}

function hangUp(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

const statedAnswer = ({ status, headers = {}, body }: Fault & { kind: 'status' }): WireAnswer => ({
  status,
  headers,
  body,
});

async function answerOf(
  parts: ServerParts,
  request: FastifyRequest,
  row: OpenRow,
  carry: Carry,
): Promise<WireAnswer> {
  const requestId = parts.simulation.ids.request();
  const refuse = (status: number, message: string): WireAnswer => ({
    status,
    body: errorBody(pathOf(request), status, message, requestId),
  });
  if (!isAllowed(parts, request)) return refuse(401, 'The API key is missing or not valid');
  try {
    return await carry(request, row, { requestId, notices: [] });
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.status, error.message);
    return refuse(500, error instanceof Error ? error.message : String(error));
  }
}

function send(reply: FastifyReply, { status, headers = {}, body }: WireAnswer): FastifyReply {
  reply.code(status).headers(headers);
  if (body === undefined) return reply.send();
  if (body instanceof Uint8Array)
    return reply
      .type('application/octet-stream')
      .send(Buffer.from(body.buffer, body.byteOffset, body.length));
  if (typeof body === 'string')
    return reply.header('content-type', headers['content-type'] ?? 'text/plain; charset=utf-8').send(body);
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function carryEndpoint(
  { simulation, dialect }: ServerParts,
  { group, name, endpoint }: NamedEndpoint,
): Carry {
  const handler = handlerOf(group, name);
  const named = `${group}.${name}`;
  return async (request, row, metadata) => {
    const isRaw = endpoint.bodyEncoding === 'bytes';
    const path = pathValues(endpoint.path, request.params);
    const sent = { query: request.query, body: isRaw ? {} : jsonOf(request.body), path };
    const wire = dialect === 'reference' ? fromReference(simulation, named, sent) : sent;
    const body: unknown = await handler(simulation, {
      path,
      query: endpoint.query === undefined ? {} : readTolerantly(endpoint.query, wire.query, 'query'),
      body: isRaw ? bytesOf(request.body) : bodyOf(endpoint, wire.body),
      metadata,
      note: noteIn(row),
    });
    const answer = { status: endpoint.status ?? 200, body };
    return dialect === 'reference' ? toReference(simulation, named, sent, answer) : answer;
  };
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
  return async (request) => {
    const { modelApiId = '', version = '' } = { ...(request.params as Readonly<Record<string, string>>) }; // the route’s own placeholders
    return { status: 200, body: await predict(simulation, { modelApiId, version }, jsonOf(request.body)) };
  };
}

const noteIn =
  (row: OpenRow): NoteEffect =>
  (change, kind, id, ...texts) => {
    const marker = markerIn(texts);
    row.effects.push({ change, kind, id, ...(marker !== undefined && { marker }) });
  };

type AnyHandler = (simulation: Simulation, call: unknown) => unknown;

/** The handler of an endpoint. Its types are checked where it is written; here it is one of many. */
function handlerOf(group: string, name: string): AnyHandler {
  const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = handlers;
  return table[group]?.[name] as AnyHandler; // `Handlers` has one for every endpoint that `walk` names
}
