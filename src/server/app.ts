/** The HTTP server: who may in, what is read, how faults are answered. */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { z } from 'zod';
import { actorOf, localPrincipal, requireRole } from '../access/principal.js';
import { faultsOf, pointerOf } from '../client/door.js';
import { LonghaulError } from '../run/failures/errors.js';
import { longestToken } from '../webhooks/approval-token.js';
import type { ServerContext } from './context.js';
import { mostValues, parseJson } from './json-body.js';
import { addOpenApi } from './openapi.js';
import { type Problem, isForLog, problemOf, problemType, retryAfterSeconds } from './problem.js';
import { traceRequests } from './tracing.js';
import { pipelineNames, withoutUnseenRuns } from './unseen.js';
import { answerUnreadable, checkHostHeader, ignoreExpectations } from './wire.js';

/** Inputs name things; large things stay on the platform. */
const bodyLimit = 256 * 1024;
/** A caller that takes longer to send a request than this is cut off. */
const requestTimeoutMs = 15_000;
/** Longer than a stream is ever silent. */
const connectionTimeoutMs = 120_000;
const maxConnections = 20_000;

/** A server without routes that does not listen yet. */
export async function createApp(
  context: ServerContext,
  logger: FastifyBaseLogger,
  version: string,
): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    // One line per request is written below.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: connectionTimeoutMs,
    keepAliveTimeout: 72_000,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: longestToken, ignoreTrailingSlash: false, caseSensitive: true },
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => {
      request.principal = localPrincipal;
      void answerProblem(error, request, reply.headers(answerHeaders(request.id)));
    },
    // Who is late is looked for this often; and a request without `Host` is answered by `checkHostHeader`, with a problem.
    http: { connectionsCheckingInterval: 5_000, requireHostHeader: false },
  });
  ignoreExpectations(app.server);
  app.server.maxConnections = maxConnections;
  app.server.headersTimeout = requestTimeoutMs;
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (value: unknown) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? { value: parsed.data } : { error: malformed(parsed.error, httpPart ?? 'body') };
  });
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson);
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply));
  // For pages that there are not; a path that no route has is refused before its body is read.
  app.setNotFoundHandler((request, reply) => answerProblem(routeNotFound(request), request, reply));
  addHeadersAndMetrics(app, context); // first: what is refused has the headers too
  addAccess(app, context);
  if (context.tracing !== null) traceRequests(app, context.tracing);
  app.addHook('onSend', async (request, _reply, payload) =>
    typeof payload === 'string' ? withoutUnseenRuns(request)(payload) : payload,
  );
  await addOpenApi(app, version);
  return app;
}

/** What it throws rejects. */
const readJson = (_request: FastifyRequest, body: Buffer): Promise<unknown> =>
  new Promise((resolve) => {
    resolve(parseJson(body, { most: mostValues }));
  });

const routeNotFound = (request: FastifyRequest): LonghaulError =>
  new LonghaulError('ROUTE_NOT_FOUND', `there is no ${request.method} ${pathOf(request)}`);

/** Short enough to be repeated in an answer. */
const pathOf = ({ url }: FastifyRequest): string => (url.split('?', 1)[0] ?? '').slice(0, 200);

const requestIdOf = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();

function malformed(error: z.ZodError, part: string): LonghaulError {
  const at = { body: [], querystring: ['query'], params: ['path'], headers: ['headers'] }[part] ?? [part];
  const fields = error.issues
    .flatMap((issue) => faultsOf(issue))
    .map(({ path, detail }) => ({ pointer: pointerOf([...at, ...path]), detail }));
  const said = fields.map(({ pointer, detail }) => `${pointer || 'the body'}: ${detail}`).join('; ');
  return new LonghaulError('REQUEST_MALFORMED', said, { cause: error, fields });
}

/** Deny by default: a route that does not say who may call it is a mistake that shows when the server is built. */
function addAccess(app: FastifyInstance, { authenticator, config, ...names }: ServerContext): void {
  const pipelines = pipelineNames(names);
  app.decorateRequest('principal');
  app.decorateRequest('pipelines');
  app.decorateRequest('connections');
  app.addHook('onRoute', ({ config: { access } = {}, url, method }) => {
    const ours = !url.startsWith('/docs');
    if (ours && access === undefined)
      throw new TypeError(`${String(method)} ${url} does not say who may call it`);
  });
  app.addHook('onRequest', async (request) => {
    request.principal = localPrincipal;
    request.pipelines = pipelines;
    checkHostHeader(request.raw);
    if (request.is404) throw routeNotFound(request);
    const access = request.routeOptions.config.access ?? 'public';
    if (access !== 'public') {
      if (authenticator.configured)
        request.principal = await authenticator.authenticate(request.headers.authorization);
      else refuseForeignPages(request, config.server.address);
      requireRole(request.principal, access, 'this');
    }
    if (hasBody(request) && request.headers['content-encoding'] !== undefined)
      throw new LonghaulError('MEDIA_TYPE_UNSUPPORTED', 'send the body as it is, without Content-Encoding');
  });
}

const hasBody = ({ method }: FastifyRequest): boolean => method !== 'GET' && method !== 'HEAD';

/**
 * Without access configured, whoever reaches this machine may do everything. A web page that somebody here looks at
 * reaches it too, by a name of its own that leads to loopback or by a request across origins.
 */
function refuseForeignPages({ headers }: FastifyRequest, address: string): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || (isIP(host) !== 0 && (host === '::1' || host.startsWith('127.')));
  const site = headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isHere && !isForeign) return;
  throw new LonghaulError(
    'UNAUTHENTICATED',
    `no access is configured, so this server answers only callers of this machine that ask for ${address}`,
  );
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemFor(error, request, reply);
  return reply.code(problem.status).type(problemType).send(problem);
}

/** What is wrong, for who answers it in a form of its own; what belongs to it is logged and in the headers. */
export function problemFor(error: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
  const ours = translate(error);
  const problem = problemOf(ours, request.id);
  if (isForLog(problem)) request.log.error({ err: error, cause: causeOf(error) }, 'a request failed');
  if (problem.status === 503) reply.header('retry-after', retryAfterSeconds(error));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="longhaul"');
  return problem;
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

/** What the pages at /docs, which are the only files, fail with for names that are none. */
const noSuchFile = ['ENAMETOOLONG', 'FST_STATIC_FORBIDDEN_PATH'];

function translate(error: unknown): unknown {
  if (error instanceof LonghaulError) return error;
  if (codeOf(error) === 'ECONNRESET')
    // the caller's own: calls to others fail with errors of theirs
    return new LonghaulError('REQUEST_MALFORMED', 'the request broke off', { cause: error });
  if (noSuchFile.includes(String(codeOf(error))))
    return new LonghaulError('ROUTE_NOT_FOUND', 'there is no page with such a name', { cause: error });
  if (!isFastifyError(error)) return error;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new LonghaulError('BODY_TOO_LARGE', `the body is larger than ${bodyLimit / 1024} KiB`);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new LonghaulError('MEDIA_TYPE_UNSUPPORTED', 'send JSON, with Content-Type: application/json');
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new LonghaulError('REQUEST_MALFORMED', 'a part of the path is longer than any name');
  if (error.code === 'FST_ERR_BAD_URL')
    return new LonghaulError('REQUEST_MALFORMED', 'the path is not encoded as a URL');
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new LonghaulError('REQUEST_MALFORMED', error.message, { cause: error });
  return error;
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

const isFastifyError = (error: unknown): error is FastifyError =>
  String(codeOf(error)).startsWith('FST_ERR_');

const answerHeaders = (requestId: string) => ({
  'x-request-id': requestId,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
});

/** Who is not let in is known by the address alone. */
function refusalOf({ principal, ip, id: requestId }: FastifyRequest, object: string, status: 401 | 403) {
  return status === 401
    ? { actor: ip, actorKind: 'unknown' as const, object, requestId, code: 'UNAUTHENTICATED' }
    : { actor: actorOf(principal), actorKind: principal.kind, object, requestId, code: 'ACCESS_DENIED' };
}

function addHeadersAndMetrics(app: FastifyInstance, { metrics, refusals }: ServerContext): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(answerHeaders(request.id));
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const { statusCode: status, elapsedTime } = reply;
    metrics.answered({ method, route, status, seconds: elapsedTime / 1_000 });
    if (status === 401 || status === 403) refusals.add(refusalOf(request, `${method} ${route}`, status));
    request.log.info({ method, route, status, ms: Math.round(elapsedTime) }, 'request');
  });
}
