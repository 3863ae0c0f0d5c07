/** The server process: its composition root. It keeps nothing; any number of them serve behind one address. */
import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createAuthenticator } from '../access/authenticator.js';
import { createAuditLog } from '../audit/log.js';
import { type Documents, connectClient } from '../client.js';
import { type Config, documentsIn, knownIn, proxyFor } from '../config.js';
import { readConfigured } from '../documents/pipeline/configured.js';
import { readAuditKey } from '../config/audit-key.js';
import { readPayloadKeys } from '../config/payload-keys.js';
import { secretValuesOf } from '../config/secret-values.js';
import { createMask } from '../foreign-text/mask.js';
import { type Logger, createLogger } from '../observability/logger.js';
import { openTracing } from '../observability/open-tracing.js';
import type { Tracing } from '../observability/tracing.js';
import { pipelines } from '../pipelines/built-in.js';
import { LonghaulError } from '../run/failures/errors.js';
import { activitiesQueue, pipelinesQueue, webhooksQueue } from '../run/ids.js';
import { lookoutsQueue } from '../run/lookouts.js';
import { createApp } from './app.js';
import { addApprovalLinks } from './approvals/links.js';
import { addApprovalRoutes } from './approvals/approvals.js';
import { addAuditRoute } from './audit.js';
import { addCampaignRoutes } from './campaigns/campaigns.js';
import { addConnectionRoutes } from './connections/connections.js';
import type { ServerContext } from './context.js';
import { addDecodingRoute } from './decoding.js';
import { createDocumentChecks } from './document-checks.js';
import { createAdmissions } from './following/admissions.js';
import { createFeeds } from './following/feeds.js';
import { createFleetMetrics } from './fleet-metrics.js';
import { addDiffRoute } from './runs/diffs.js';
import { addFailureRoute } from './runs/failures.js';
import { addFollowingRoutes } from './following/following.js';
import { createMetrics } from './metrics.js';
import { addOperationRoutes } from './operation.js';
import { addPipelineRoutes } from './pipelines.js';
import { createPlaces } from './following/places.js';
import { createPlatforms } from './connections/platforms.js';
import { createRefusals } from './refusals.js';
import { addReplayRoutes } from './replays/replays.js';
import { addRetrainingRoute } from './retrainings/retrainings.js';
import { addRunHistoryRoutes } from './runs/history.js';
import { addRunRoutes } from './runs/runs.js';
import { addScheduleSteeringRoutes } from './schedules/steering.js';
import { addScheduleRoutes } from './schedules/schedules.js';
import { addWebhookRoutes } from './webhooks.js';

/** Temporal answers in milliseconds, or a caller is told to come back. */
const callTimeoutMs = 8_000;
/** Streams end at once and are resumed elsewhere; requests under way get this long. */
const closeWithinMs = 10_000;

export interface ServerOptions {
  readonly version: string;
  /** Called once it listens. */
  readonly ready?: (addresses: { readonly url: string }) => void;
  /** Ends it, gracefully. */
  readonly stop: AbortSignal;
}

/**
 * Serves until `stop` aborts.
 * @throws LonghaulError `CONFIG_INVALID`, also when it would listen beyond loopback without access configured
 */
export async function runServer(config: Config, { version, ready, stop }: ServerOptions): Promise<void> {
  const logger = createLogger(config.log.level, {
    busy: true,
    redact: createMask(secretValuesOf(config)).text,
  });
  const tracing = await openTracing(config, 'longhaul-server', logger);
  const app = await createApiServer(config, { version, stop, logger, tracing });
  const { host, port } = splitAddress(config.server.address);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LonghaulError(
      'CONFIG_INVALID',
      `the server cannot listen at ${config.server.address} (LONGHAUL_SERVER_ADDRESS): ${reason}`,
      { cause },
    );
  }
  const url = urlOf(app.server.address());
  logger.info({ url }, 'server started');
  ready?.({ url });
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
  const forced = setTimeout(() => app.server.closeAllConnections(), closeWithinMs);
  await app.close();
  clearTimeout(forced);
  await tracing?.close();
  logger.info('server stopped');
}

/** The configured documents. One with a fault is logged, and keeps no other from being run. */
async function documentsOf(config: Config, logger: Logger) {
  const { paths, ...connections } = documentsIn(config);
  const { documents, faulty } = await readConfigured(paths, connections);
  for (const { pipeline, faults } of faulty)
    logger.error({ pipeline, faults }, 'a configured document cannot be run, the others can');
  return { documents, faulty };
}

/** The server with its routes, not listening yet. Closing it closes what it is made from. */
export async function createApiServer(
  config: Config,
  {
    version,
    stop,
    logger = createLogger(config.log.level),
    tracing = null,
  }: Pick<ServerOptions, 'version' | 'stop'> & {
    readonly logger?: Logger;
    readonly tracing?: Tracing | null;
  },
) {
  setMaxListeners(0, stop); // every stream listens
  const authenticator = createAuthenticator(config.access, { proxyOf: proxyFor });
  if (!authenticator.configured) refuseBeyondLoopback(config.server.address);
  await authenticator.checkPlaces();
  authenticator.ready().catch((err: unknown) => {
    const cause = err instanceof Error ? err.cause : undefined; // names the file
    logger.warn({ err, cause }, 'not ready: no API key can be read; make one with `longhaul key create`');
  });
  const { documents, faulty } = await documentsOf(config, logger);
  const client = await connectClient({
    temporal: config.temporal,
    ...knownIn(config),
    documents,
    faulty,
    receivers: config.webhooks.outgoing,
    payloadKeys: readPayloadKeys(config),
    callTimeoutMs,
    ...(tracing && { interceptors: tracing.client }),
  });
  if (readAuditKey(config) === undefined)
    logger.warn(
      'the audit log is not sealed: whoever can write to its directory can rewrite it; set audit.key',
    );
  const audit = createAuditLog({
    directory: config.audit.directory,
    key: () => readAuditKey(config),
    ...(config.audit.stdout && { mirror: toStandardOutput }),
    report: (error) => logger.error({ err: error }, 'the outcome of a change is missing in the audit log'),
  });
  const refusals = createRefusals(audit);
  const places = createPlaces({ max: config.server.followers, perCaller: config.server.followersPerCaller });
  const scope = fleetOf(config, documents);
  const meterFleet = createFleetMetrics({ fleet: client.fleet, scope, logger });
  const metrics = createMetrics({ followers: () => places.taken, meterFleet });
  const platforms = createPlatforms(config, { connections: client.connections, logger });
  const documentChecks = createDocumentChecks({ documents });
  const context: ServerContext = {
    client,
    config,
    documents,
    faulty,
    authenticator,
    audit,
    refusals,
    feeds: createFeeds(client),
    places,
    admissions: createAdmissions(authenticator),
    metrics,
    platforms,
    documentChecks,
    tracing,
    stopping: stop,
  };
  const app = await createApp(context, logger, version);
  addRoutes(app, context);
  // Before requests under way are waited for: a client asks another server, which has time for it.
  app.addHook('preClose', () => documentChecks.close());
  app.addHook('onClose', async () => {
    refusals.flush();
    await audit.close();
    await client.close();
  });
  return app;
}

function addRoutes(app: FastifyInstance, context: ServerContext): void {
  addRunRoutes(app, context);
  addDiffRoute(app, context);
  addFailureRoute(app, context);
  addRunHistoryRoutes(app, context);
  addFollowingRoutes(app, context);
  addReplayRoutes(app, context);
  addApprovalRoutes(app, context);
  addApprovalLinks(app, context);
  addRetrainingRoute(app, context);
  addCampaignRoutes(app, context);
  addScheduleRoutes(app, context);
  addScheduleSteeringRoutes(app, context);
  addPipelineRoutes(app, context);
  addConnectionRoutes(app, context);
  addWebhookRoutes(app, context);
  addAuditRoute(app, context);
  addOperationRoutes(app, context);
  addDecodingRoute(app, context);
}

/** What metrics tell apart: the pipelines and queues of this configuration. */
const fleetOf = ({ connections, webhooks }: Config, documents: Documents) => ({
  pipelines: [...Object.keys(pipelines), ...Object.keys(documents)],
  queues: [
    pipelinesQueue,
    ...Object.keys(connections).flatMap((name) => [activitiesQueue(name), lookoutsQueue(name)]),
    ...(Object.keys(webhooks.outgoing).length > 0 ? [webhooksQueue] : []),
  ],
});

/** For a collector: the line as it is in its file, and which that is. */
const toStandardOutput = (file: string, line: string): void =>
  void process.stdout.write(`{"auditFile":${JSON.stringify(file)},${line.slice(1)}`);

/** @throws LonghaulError `CONFIG_INVALID` */
function refuseBeyondLoopback(address: string): void {
  const { host } = splitAddress(address);
  if (host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new LonghaulError(
    'CONFIG_INVALID',
    `the server would listen at ${address} (LONGHAUL_SERVER_ADDRESS), where others reach it, and no access is configured: set access.keysFile (LONGHAUL_KEYS_FILE) or access.tokens, or listen on 127.0.0.1`,
  );
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
