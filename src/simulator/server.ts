/** The simulator over HTTP: every route writes its row, meets its fault, is carried out and answered. */
import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type NamedEndpoint, walk } from '../contract/endpoint.js';
import { jsonOf } from './bodies.js';
import type { Clock } from './clock.js';
import { type ControlledParts, addControlRoutes } from './control.js';
import { Refusal } from './errors.js';
import type { Fault, FaultTarget } from './fault-body.js';
import { type Faults, isLaterPage } from './faults.js';
import { type Ledger, type OpenRow, markerIn } from './ledger.js';
import { addGuard, hasKey } from './guard.js';
import { type RefuseConnections, createRefusing } from './listener.js';
import { type Repeats, createRepeats } from './repeats.js';
import { type Form, type Keeping, createKeeping } from './forms.js';
import { hangUp, send } from './sending.js';
import { Stored } from './stored.js';
import type { Carrying, ExtraRoute, SimulatedWing, WireAnswer, WireRequest } from './wing.js';

/** What the server is made of. */
export interface ServerParts {
  readonly wing: SimulatedWing;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly apiKey: string;
  /** Whether commands really run on this machine. */
  readonly executes: boolean;
  readonly reset: ControlledParts['reset'];
}

/** What a file may hold that is uploaded. */
const maxUploadBytes = 32 * 1024 * 1024;
/** The same of a file that goes to disk. */
const maxKeptBytes = 5 * 1024 ** 3;

/** The server and what its routes share. */
interface Serving extends ServerParts {
  readonly refuseConnections: RefuseConnections;
  readonly repeats: Repeats;
  readonly keeping: Keeping;
}

/** A request that has its row, and what is to become of it. */
interface Arrived {
  readonly endpoint: string | null;
  readonly request: FastifyRequest;
  readonly row: OpenRow;
  readonly fault: Fault | undefined;
}

/** Carries out a request and tells the answer. */
type Carry = (arrived: Arrived, requestId: string) => Promise<WireAnswer>;

const refuseSchema = (): never => {
  throw new Error('endpoints of the contract have the schemas; Fastify gets none');
};
/** Instead of its own compilers: to load them would be a fifth of what a simulator takes to start. */
const compilersFactory = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

/** A server that does not listen yet. */
export function createServer(stated: ServerParts): FastifyInstance {
  const { wing } = stated;
  // Where no route is found, and where what came is no address: that is a request too.
  const unread = (error: unknown, request: FastifyRequest, reply: FastifyReply): void =>
    void serve(parts, null, () => {
      throw refusalOf(error);
    })(request, reply);
  const app = fastify({
    forceCloseConnections: true,
    frameworkErrors: unread,
    rewriteUrl: ({ url = '/' }: IncomingMessage) => wing.rewrite?.(url) ?? url,
    routerOptions: { maxParamLength: 2_000 },
    schemaController: { compilersFactory },
  });
  const keeping = createKeeping();
  const parts = { ...stated, refuseConnections: createRefusing(app), repeats: createRepeats(), keeping };
  // Routes of the platform have handlers of their own, and the controls are no requests to it.
  app.setErrorHandler((error, request, reply) => {
    if (request.is404) unread(error, request, reply);
    else void reply.send(error);
  });
  addGuard(app, stated);
  app.addHook('onClose', () => keeping.close());
  app.removeAllContentTypeParsers();
  // A body that cannot be read is still a request that arrived: it is parsed once its row is written.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addControlRoutes(app, parts, faultTargetsOf(wing));
  addRoutes(app, parts, [
    ...walk(wing.contract).map((named) => {
      const path = `${wing.root ?? ''}${named.endpoint.path}` as const;
      return { ...routeFacts(named), path, carry: carryEndpoint(parts, named) };
    }),
    ...wing.extras.map((extra) => ({ ...extra, carry: carryExtra(parts, extra) })),
  ]);
  app.setNotFoundHandler(
    serve(parts, null, ({ request }) => {
      throw new Refusal(404, `There is no ${request.method} ${pathOf(request)}`);
    }),
  );
  return app;
}

/** What a contract sends as bytes is kept. */
const routeFacts = ({ group, name, endpoint: { method, bodyEncoding } }: NamedEndpoint) => ({
  ...{ endpoint: `${group}.${name}`, method },
  bodyEncoding: bodyEncoding === 'bytes' ? ('kept' as const) : bodyEncoding,
});

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const isTooLarge = error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
  return isTooLarge ? new Refusal(413, 'The body is too large') : new Refusal(400, 'The body cannot be read');
}

/** A route of the platform, and what carries its requests out. */
type ServedRoute = Omit<ExtraRoute, 'carry'> & { readonly carry: Carry };

/** A form or what is kept goes to disk, so the routes of either read bodies in a way of their own. */
function addRoutes(app: FastifyInstance, parts: Serving, routes: readonly ServedRoute[]): void {
  const add = (to: FastifyInstance, of: (encoding: ExtraRoute['bodyEncoding']) => boolean): void => {
    for (const route of routes) if (of(route.bodyEncoding)) to.route(routeFor(parts, route));
  };
  add(app, (encoding) => encoding !== 'multipart' && encoding !== 'kept');
  app.register((own, _, done) => {
    own.addContentTypeParser(
      'multipart/form-data',
      async ({ headers }: FastifyRequest, body: IncomingMessage) =>
        parts.keeping.keepForm(body, headers['content-type'] ?? ''),
    );
    add(own, (encoding) => encoding === 'multipart');
    done();
  });
  app.register((own, _, done) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser('*', async (_request: FastifyRequest, body: IncomingMessage) =>
      parts.keeping.keep(body, maxKeptBytes),
    );
    add(own, (encoding) => encoding === 'kept');
    done();
  });
}

const routeFor = (parts: Serving, { endpoint, method, path, bodyEncoding, carry }: ServedRoute) => ({
  ...{ method, url: routeOf(path), handler: serve(parts, endpoint, carry) },
  // What cannot be read is still a request that arrived.
  errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    serve(parts, endpoint, () => {
      throw refusalOf(error);
    })(request, reply),
  ...(bodyEncoding === 'bytes' && { bodyLimit: maxUploadBytes }),
});

/** Every endpoint that a fault can be set on. */
const faultTargetsOf = ({ contract, extras }: SimulatedWing): FaultTarget[] => [
  ...walk(contract).map(({ group, name, endpoint: { method } }) => ({
    endpoint: `${group}.${name}`,
    method,
  })),
  ...extras,
];

/** A path of the contract as the router writes it. */
const routeOf = (template: string): string =>
  template.replace(/\{\+\w+\}$/, '*').replaceAll(/\{(\w+)\}/g, ':$1');

const pathOf = ({ originalUrl }: FastifyRequest): string => originalUrl.split('?', 1)[0] ?? originalUrl;

/** One request from its row in the ledger to its answer, or to what a fault makes of it. */
function serve(parts: Serving, endpoint: string | null, carry: Carry) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { method, query } = request;
    const row = parts.ledger.open({ method, path: pathOf(request), endpoint });
    parts.repeats.came(request);
    const counts = endpoint !== null && isLetIn(request, parts, endpoint);
    const fault = counts ? parts.faults.next({ endpoint, method, query }) : undefined;
    if (fault !== undefined) row.fault = fault.kind;
    const arrived = { endpoint, request, row, fault };
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

const isLetIn = (request: FastifyRequest, parts: Serving, endpoint: string | null): boolean =>
  hasKey(request, parts) || (endpoint !== null && parts.wing.isOpen?.(endpoint) === true);

/** Every request counts, also one without a key. */
async function answerOf(parts: Serving, arrived: Arrived, carry: Carry): Promise<WireAnswer> {
  const { headers = {}, refusal = null } = parts.wing.admit?.(arrived.request.ip) ?? {};
  const answer = await answerIfLet(parts, arrived, refusal === null ? carry : refuseMore(refusal));
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

const refuseMore =
  (reason: string): Carry =>
  () => {
    throw new Refusal(429, reason);
  };

async function answerIfLet(parts: Serving, arrived: Arrived, carry: Carry): Promise<WireAnswer> {
  const { request, endpoint } = arrived;
  const { wing } = parts;
  const requestId = wing.requestId();
  const refuse = (status: number, message: string): WireAnswer => ({
    status,
    body: wing.errorBody({ path: pathOf(request), status, message, requestId }),
  });
  if (!isLetIn(request, parts, endpoint)) return refuse(401, 'The API key is missing or not valid');
  try {
    return await carry(arrived, requestId);
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.status, error.message);
    return refuse(500, error instanceof Error ? error.message : String(error));
  }
}

const carryEndpoint =
  (parts: Serving, named: NamedEndpoint): Carry =>
  (arrived, requestId) =>
    parts.wing.carry(
      named,
      sentIn(arrived, { ...routeFacts(named), path: named.endpoint.path }),
      howOf(parts, arrived, requestId),
    );

const carryExtra =
  (parts: Serving, extra: ExtraRoute): Carry =>
  (arrived, requestId) =>
    extra.carry(sentIn(arrived, extra), howOf(parts, arrived, requestId));

const sentIn = (
  { request, fault }: Arrived,
  { path, bodyEncoding }: Pick<ExtraRoute, 'path' | 'bodyEncoding'>,
): WireRequest => ({
  path: pathValues(path, request.params),
  query: fault?.kind === 'page-shift' ? shifted(request.query, fault) : request.query,
  body: bodyOf(request.body, bodyEncoding),
});

function bodyOf(body: unknown, encoding: ExtraRoute['bodyEncoding']): unknown {
  switch (encoding) {
    case 'bytes':
      return bytesOf(body);
    case 'multipart':
      return isForm(body) ? body : { fields: {} };
    case 'kept':
      return body instanceof Stored ? body : new Stored('/dev/null', 0, 0);
    case 'plain':
      return plainOf(body);
    default:
      return jsonOf(body);
  }
}

/** JSON, or text where it is none. */
function plainOf(body: unknown): unknown {
  try {
    return jsonOf(body);
  } catch {
    return Buffer.from(bytesOf(body)).toString('utf8');
  }
}

const isForm = (body: unknown): body is Form => typeof body === 'object' && body !== null && 'fields' in body;

const howOf = ({ wing }: Serving, { request, row, fault }: Arrived, requestId: string): Carrying => ({
  requestId,
  keys: wing.keysIn(request.headers),
  origin: `${request.protocol}://${request.host}`,
  agoMs: fault?.kind === 'stale' ? fault.ms : undefined,
  note: noteIn(row),
});

/** A later page of a list whose items have moved on since the page before. */
function shifted(query: unknown, { items, count }: Fault & { kind: 'page-shift' }): unknown {
  const asked = { ...(query as Readonly<Record<string, unknown>>) }; // a query string, parsed
  const by = items === 'twice' ? -count : count;
  const moved = Object.entries(asked).map(([key, value]) =>
    isLaterPage({ [key]: value }) ? [key, String(Math.max(0, Number(value) + by))] : [key, value],
  );
  return Object.fromEntries(moved);
}

const bytesOf = (body: unknown): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

/** A placeholder that keeps its slashes is the route’s `*`. */
function pathValues(template: string, params: unknown): Readonly<Record<string, string>> {
  const { '*': rest, ...values } = { ...(params as Readonly<Record<string, string>>) }; // the route’s own placeholders
  const name = /\{\+(\w+)\}$/.exec(template)?.[1];
  return name === undefined ? values : { ...values, [name]: rest ?? '' };
}

const noteIn =
  (row: OpenRow): Carrying['note'] =>
  (change, kind, id, ...texts) => {
    const marker = markerIn(texts);
    row.effects.push({ change, kind, id, ...(marker !== undefined && { marker }) });
  };
