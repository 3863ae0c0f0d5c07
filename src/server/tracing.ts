/** The span of each request: what its route does is part of it, the run that it starts too. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OpenSpan, Tracing } from '../observability/tracing.js';

/** Who asks whether all is well asks often, and starts nothing. */
const unseen: readonly string[] = ['/livez', '/readyz', '/metrics', '/openapi.json'];

/** Traces the requests that were let in. Their URLs and headers stay out of it: in some the URL is the credential. */
export function traceRequests(app: FastifyInstance, tracing: Pick<Tracing, 'begin'>): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  // Once the body was read: what waits for it would leave the span.
  app.addHook('preHandler', (request, _reply, done) => {
    const route = routeOf(request);
    if (unseen.includes(route)) {
      done();
      return;
    }
    const { traceparent } = request.headers;
    const span = tracing.begin(
      `${request.method} ${route}`,
      traceparent === undefined ? {} : { traceparent },
    );
    spans.set(request, span);
    span.within(done);
  });
  app.addHook('onResponse', async (request, { statusCode }) => {
    spans.get(request)?.end(
      {
        'http.request.method': request.method,
        'http.route': routeOf(request),
        'http.response.status_code': statusCode,
        'longhaul.request_id': request.id,
      },
      { isFailed: statusCode >= 500 },
    );
  });
}

const routeOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url ?? 'none';
