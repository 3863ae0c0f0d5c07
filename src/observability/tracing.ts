/**
 * Traces: from the request, or the command, that starts a run to the requests that its activities send. Nothing of this is
 * loaded unless an endpoint is set, which is why the packages are imported here and nowhere else.
 */
import type { ClientInterceptors } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import {
  type Attributes,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  diag,
  propagation,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import { createTraceExporter } from './trace-exporter.js';

export interface TracingOptions {
  /** Where OTLP over HTTP is taken, without `/v1/traces`. */
  readonly endpoint: string;
  /** `service.name`. */
  readonly service: 'longhaul-server' | 'longhaul-worker' | 'longhaul-cli';
  /** Told when spans could not be sent: they are lost. */
  readonly failed?: () => void;
  /** The proxy on the way to a URL. */
  readonly proxyOf: (url: string) => string | undefined;
}

/** A span that others begin in. */
export interface OpenSpan {
  /** Calls `perform` in it. */
  within<T>(perform: () => T): T;
  end(attributes: Attributes, how: { readonly isFailed: boolean }): void;
}

export interface Tracing {
  /** Of Temporal's client. */
  readonly client: ClientInterceptors;
  /** Of a worker's activities. */
  readonly activity: ActivityInterceptorsFactory;
  /** Begins the span of a request from outside, in the trace that its headers name or in one of its own. */
  begin(name: string, headers: Readonly<Record<string, unknown>>): OpenSpan;
  /** The span of what is sent; it fails where `perform` throws. */
  send<T>(name: string, attributes: Attributes, perform: () => Promise<T>): Promise<T>;
  /** Sends what is left. Never throws: nobody's work depends on a trace. */
  close(): Promise<void>;
}

/** Nobody waits for it but a command that ends. */
const timeoutMillis = 3_000;

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, verbose: nothing };

/** Starts it, once per process. */
export function startTracing(options: TracingOptions): Tracing {
  const { endpoint, service, failed = () => undefined, proxyOf } = options;
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = createTraceExporter({ url, timeoutMillis, proxyOf });
  diag.setLogger({ ...silent, error: failed }, DiagLogLevel.ERROR); // what it says may hold what was sent
  const provider = new BasicTracerProvider({
    resource: new Resource({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: fromOutside }),
    spanProcessors: [new BatchSpanProcessor(withoutText(exporter))],
  });
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
  const tracer = provider.getTracer('longhaul');
  const end = (span: ReturnType<typeof tracer.startSpan>, isFailed: boolean): void => {
    span.setStatus({ code: isFailed ? SpanStatusCode.ERROR : SpanStatusCode.OK });
    span.end();
  };
  return {
    client: { workflow: [new ClientInterceptor()] },
    activity: (activity) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(activity) }),
    begin: (name, headers) => {
      const caller = propagation.extract(ROOT_CONTEXT, headers);
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, caller);
      const inside = trace.setSpan(caller, span);
      return {
        within: (perform) => context.with(inside, perform),
        end: (attributes, { isFailed }) => {
          span.setAttributes(attributes);
          end(span, isFailed);
        },
      };
    },
    send: (name, attributes, perform) =>
      tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
        try {
          const result = await perform();
          end(span, false);
          return result;
        } catch (error) {
          end(span, true);
          throw error;
        }
      }),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

/** A workflow that is started with its first signal works for many runs, for ever: the trace of the first is not its own. */
class ClientInterceptor extends OpenTelemetryWorkflowClientInterceptor {
  override signalWithStart(
    ...[input, next]: Parameters<OpenTelemetryWorkflowClientInterceptor['signalWithStart']>
  ): Promise<string> {
    return next(input);
  }

  // One who waits for a run asks again and again: no part of what the request does.
  override query(
    ...[input, next]: Parameters<OpenTelemetryWorkflowClientInterceptor['query']>
  ): Promise<unknown> {
    return next(input);
  }

  override describe(
    ...[input, next]: Parameters<OpenTelemetryWorkflowClientInterceptor['describe']>
  ): ReturnType<typeof next> {
    return next(input);
  }
}

/** A trace begins with a request or a command. What asks by itself, such as one who follows a run, begins none. */
const fromOutside: Sampler = {
  shouldSample: (_context, _traceId, _name, kind) =>
    kind === SpanKind.SERVER ? new AlwaysOnSampler().shouldSample() : new AlwaysOffSampler().shouldSample(),
  toString: () => 'FromOutside',
};

/** Attributes that hold no text of a person or a platform. */
const kept = [
  'run_id',
  'temporalWorkflowId',
  'temporalActivityId',
  'temporalUpdateId',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'longhaul.connection',
  'longhaul.endpoint',
  'longhaul.request_id',
] as const;

/**
 * Sends spans without the text that may be in them: errors with their messages, reasons, and attributes that are not listed.
 * Runs and logs have that text, with secrets taken out.
 */
const withoutText = (exporter: SpanExporter): SpanExporter => ({
  export: (spans, done) => exporter.export(spans.map(bare), done),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  shutdown: () => exporter.shutdown(),
});

const bare = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  spanContext: () => span.spanContext(),
  ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
  startTime: span.startTime,
  endTime: span.endTime,
  duration: span.duration,
  ended: span.ended,
  status: { code: span.status.code },
  attributes: Object.fromEntries(
    kept.flatMap((name) => (span.attributes[name] === undefined ? [] : [[name, span.attributes[name]]])),
  ),
  links: [],
  events: [],
  resource: span.resource,
  instrumentationLibrary: span.instrumentationLibrary,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
});
