/**
 * The worker process: its composition root, and nothing but.
 *
 * Workflow tasks come from one queue, activities from one queue per connection, so that a worker can stand where
 * it reaches a platform and hold that platform’s credential alone.
 */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Client } from '@temporalio/client';
import { createConnectionReadings } from './activities/connection-readings.js';
import type { PayloadCodec } from '@temporalio/common';
import { createConnectionActivities } from './activities/connections.js';
import { createElsewhere } from './activities/effect/elsewhere.js';
import { createLookoutActivities } from './activities/effect/lookout/keep-lookout.js';
import { activityWings, watchingWings } from './activities/wings.js';
import type { Recording } from './activities/effect/replacing.js';
import { createAuditLog } from './audit/log.js';
import { readAuditKey } from './config/audit-key.js';
import { createWebhookActivities } from './activities/webhooks.js';
import { unreachable } from './client/translating.js';
import {
  type Config,
  connectionOf,
  platformIn,
  probeOf,
  proxyFor,
  readApprovalSecret,
  readSecret,
  serviceOf,
} from './config.js';
import { readPayloadKeys } from './config/payload-keys.js';
import { secretValuesOf } from './config/secret-values.js';
import { createCipher } from './encryption/cipher.js';
import { codecOf } from './encryption/codec.js';
import { encryptedConnection } from './encryption/connection.js';
import { type Mask, createMask } from './foreign-text/mask.js';
import { type Logger, createLogger } from './observability/logger.js';
import type { Meters } from './observability/meters.js';
import { openTracing } from './observability/open-tracing.js';
import type { Tracing } from './observability/tracing.js';
import { LonghaulError } from './run/failures/errors.js';
import { activitiesQueue, pipelinesQueue, webhooksQueue } from './run/ids.js';
import { probeConnection } from './platform/probe.js';
import { lookoutsQueue } from './run/lookouts.js';
import { platforms } from './platform/wings.js';
import { activityTuner } from './worker/activity-slots.js';
import { type SharedConnection, joinConnection } from './worker/connections.js';
import { serveHealth } from './worker/health.js';
import { guardLookouts, takeOver } from './worker/lookouts.js';
import { meterDeliveries, meterEffects, meterLookouts, runSinks } from './worker/metering.js';
import { createGate } from './platform/gate.js';
import type { Turns } from './platform/turns.js';
import type { Service } from './services/send.js';
import { patiently } from './worker/patience.js';
import { joinRate, newIdentity } from './worker/rate.js';
import { watchActivities, watchRequests } from './worker/watching.js';
import { installRuntime } from './worker/runtime.js';
import { readSigner } from './webhooks/secrets.js';
import { buildIdOf, pinnedTo, sayWhetherCurrent } from './worker/versioning.js';
import { ensureSearchAttributes } from './worker/search-attributes.js';

/** `pipelines`: workflow tasks. `activities`: effects on the connections. `webhooks`: events to receivers. */
export type WorkerRole = 'pipelines' | 'activities' | 'webhooks';

export interface WorkerOptions {
  readonly roles: readonly WorkerRole[];
  /** Names of connections to work for; left out, all that are configured. */
  readonly connections?: readonly string[] | undefined;
  /** Of this installation. */
  readonly version: string;
  /** Called once tasks are taken. */
  readonly ready?: (addresses: { health: string; metrics: string }) => void;
}

/**
 * Works until SIGTERM or SIGINT, then lets requests finish and returns. Nothing is lost by stopping: waits hold
 * no slot, and what is cut off is found again by its marker.
 *
 * @throws LonghaulError `CONFIG_INVALID`, `CONNECTION_UNKNOWN`, `CREDENTIALS_MISSING`, `TEMPORAL_UNREACHABLE`,
 * `NAMESPACE_UNKNOWN`
 */
export async function runWorker(config: Config, options: WorkerOptions): Promise<void> {
  const names = options.roles.includes('activities') ? connectionNames(config, options.connections) : [];
  const receivers = options.roles.includes('webhooks') ? receiverNames(config) : [];
  if (options.roles.every((role) => role === 'webhooks') && receivers.length === 0)
    throw new LonghaulError(
      'CONFIG_INVALID',
      `${config.file} has no webhooks.outgoing, so there is nothing to do`,
    );
  const logger = createLogger(config.log.level, { redact: maskOf(config).text });
  const tracing = await openTracing(config, 'longhaul-worker', logger);
  const namespace = config.temporal.namespace ?? 'default';
  const cipher = createCipher(readPayloadKeys(config), namespace);
  const { connected, meters } = await connect(config, logger);
  const connection = encryptedConnection(connected, cipher);
  const following = new AbortController();
  const patience = { address: addressOf(config), logger };
  try {
    await patiently(() => ensureSearchAttributes(connection, { namespace, ...patience }), patience);
    const shared = {
      ...{ connection, namespace, identity: newIdentity(), meters, tracing, ...shutdownOf(config) },
      create: (worker: Parameters<typeof Worker.create>[0]) =>
        patiently(() => Worker.create(worker), patience),
      dataConverter: { payloadCodecs: [codecOf(cipher)] },
    };
    const code = options.roles.includes('pipelines') ? await codeOf(config) : undefined;
    const client = new Client({ connection, namespace, ...(tracing && { interceptors: tracing.client }) });
    const joined = await Promise.all(
      names.map(async (name) => {
        const joining = { client, logger, meters, signal: following.signal };
        const { requestsPerSecond: perSecond } = settingsOf(config, name);
        const missed = (identity: string): void => void takeOver(name, identity, joining);
        const turns = joinRate(name, { ...joining, identity: shared.identity, perSecond, missed });
        return { ...(await joinConnection(name, joining)), turns };
      }),
    );
    const services = servicesOf(config);
    const workers = await Promise.all([
      ...(code === undefined ? [] : [createPipelineWorker(config, code, shared)]),
      ...joined.flatMap((one) =>
        createConnectionWorkers(config, one, { ...shared, version: options.version, services }),
      ),
      ...(receivers.length > 0 ? [createWebhookWorker(config, shared)] : []),
    ]);
    const version = code && { buildId: code.buildId };
    for (const name of names) void guardLookouts(name, { client, logger, signal: following.signal });
    const health = await serveHealth(config.worker.healthAddress, { connection, workers, ...version });
    options.ready?.({ health: health.address, metrics: config.worker.metricsAddress });
    logger.info(
      { roles: options.roles, connections: names, receivers, health: health.address, ...version },
      'worker started',
    );
    if (code !== undefined && config.worker.versioning === 'pinned')
      void sayWhetherCurrent(code.buildId, { connection, namespace, logger });
    await runTogether(workers);
    await health.close();
    logger.info('worker stopped');
  } finally {
    following.abort();
    await connection.close();
    await tracing?.close();
  }
}

function connectionNames(config: Config, chosen: readonly string[] | undefined): string[] {
  const known = Object.keys(config.connections);
  const unknown = chosen?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new LonghaulError(
      'CONNECTION_UNKNOWN',
      `there is no connection "${unknown}" in ${config.file}; configured are ${known.join(', ') || 'none'}`,
    );
  const names = [...(chosen ?? known)];
  if (names.length === 0)
    throw new LonghaulError(
      'CONFIG_INVALID',
      `${config.file} configures no connection, so there is nothing to work for`,
    );
  // A missing credential is said now, by the name of its variable, rather than by the first run that needs it.
  for (const name of names) credentialOf(config, name);
  return names;
}

const maskOf = (config: Config): Mask => createMask(secretValuesOf(config));

function settingsOf(config: Config, name: string): Config['connections'][string] {
  const settings = config.connections[name];
  if (settings === undefined)
    throw new LonghaulError('CONNECTION_UNKNOWN', `there is no connection "${name}"`);
  return settings;
}

function credentialOf(config: Config, name: string): void {
  try {
    const connection = connectionOf(name, settingsOf(config, name));
    connection.credential();
    connection.egress();
  } catch (error) {
    if (!(error instanceof LonghaulError)) throw error;
    throw new LonghaulError(error.code, `connection ${name} in ${config.file}: ${error.message}`, {
      cause: error,
    });
  }
}

const addressOf = ({ temporal }: Config): string => temporal.connectionOptions.address ?? '127.0.0.1:7233';

/** A connection that fails closes the runtime, and with it its metrics: each try has its own. */
const connect = (
  config: Config,
  logger: Logger,
): Promise<{ readonly connected: NativeConnection; readonly meters: Meters }> =>
  patiently(
    async () => {
      const meters = installRuntime(config.worker, logger);
      try {
        return { connected: await NativeConnection.connect(config.temporal.connectionOptions), meters };
      } catch (cause) {
        throw unreachable(addressOf(config), cause);
      }
    },
    { address: addressOf(config), logger },
  );

/** Requests get the grace; an activity that is then still under way is cut off and tried again elsewhere. */
const shutdownOf = ({ worker }: Config) => ({
  shutdownGraceTime: worker.shutdownGraceMs,
  shutdownForceTime: worker.shutdownGraceMs + 10_000,
});

interface Shared extends ReturnType<typeof shutdownOf> {
  readonly connection: NativeConnection;
  /** Creates a worker when Temporal answers. */
  readonly create: typeof Worker.create;
  readonly namespace: string;
  readonly identity: string;
  readonly dataConverter: { readonly payloadCodecs: PayloadCodec[] };
  readonly meters: Meters;
  readonly tracing: Tracing | null;
}

/** The workflow code of this installation, and its version. */
interface Code {
  readonly codePath: string;
  readonly buildId: string;
}

async function codeOf({ worker }: Config): Promise<Code> {
  const codePath = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
  await access(codePath).catch((cause: unknown) => {
    throw new LonghaulError('CONFIG_INVALID', `${codePath} is missing; build it with \`npm run build\``, {
      cause,
    });
  });
  return { codePath, buildId: worker.buildId ?? (await buildIdOf(codePath)) };
}

const createPipelineWorker = (
  { worker }: Config,
  { codePath, buildId }: Code,
  { create, meters, tracing: _, ...shared }: Shared,
): Promise<Worker> =>
  create({
    ...shared,
    taskQueue: pipelinesQueue,
    workflowBundle: { codePath },
    maxCachedWorkflows: worker.cachedRuns,
    // What a killed worker had in memory waits for it so long, then goes to another one, which replays it.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    sinks: runSinks(meters),
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else names the code of an unversioned worker
    ...(worker.versioning === 'pinned' ? { workerDeploymentOptions: pinnedTo(buildId) } : { buildId }),
  });

/** Each with what this process knows of how long it asks to be sent nothing. */
const servicesOf = ({ services }: Config): ReadonlyMap<string, Service> =>
  new Map(
    Object.entries(services).map(([name, settings]) => [
      name,
      { ...serviceOf(settings), gate: createGate(name) },
    ]),
  );

/** One takes effects, the other keeps the lookouts: they last, and hold no slot of an effect. */
function createConnectionWorkers(
  config: Config,
  { turns, ...joined }: SharedConnection & { readonly turns: Turns },
  {
    create,
    meters,
    tracing,
    version,
    services,
    ...shared
  }: Shared & Pick<WorkerOptions, 'version'> & { readonly services: ReadonlyMap<string, Service> },
): Promise<Worker>[] {
  const { name, gate } = joined;
  const { text: redact, lines: redactLines } = maskOf(config);
  const settings = settingsOf(config, name);
  const platform = platforms[settings.platform];
  const around = watchRequests(meters, tracing);
  const connection = { ...connectionOf(name, settings), gate, turns, redact, around };
  const asking = { check: () => gate.check({ probing: true }), hold: gate.hold };
  const { whoAmI } = platform.read({ ...connection, gate: asking });
  const deps = {
    client: platform.connect(connection),
    url: connection.url,
    dialect: connection.dialect,
    platformOf: platformIn(config),
    waits: config.waits,
    restoredAt: config.worker.restoredAt,
    connection: { ...joined, elsewhere: createElsewhere(whoAmI) },
    probe: (probe: string) => {
      const settings = config.probes[probe];
      return settings === undefined ? null : probeOf(settings);
    },
    service: (service: string) => services.get(service) ?? null,
    redact,
    redactLines,
  };
  const effects = create({
    ...shared,
    taskQueue: activitiesQueue(name),
    activities: {
      ...activityWings[settings.platform](deps, recordingOf(config)),
      ...createConnectionActivities({ ...deps, whoAmI }),
      ...createConnectionReadings({
        ...deps,
        reading: platform.read(connection),
        probe: () => probeConnection(platform, { ...connection, gate: asking }),
        version,
      }),
    },
    interceptors: watchActivities(meterEffects(name, meters), tracing),
    tuner: activityTuner(config.worker.activitySlots, turns),
  });
  const lookouts = create({
    ...shared,
    shutdownGraceTime: 0, // another worker goes on with it at once
    taskQueue: lookoutsQueue(name),
    activities: {
      ...createLookoutActivities({
        watchings: watchingWings[settings.platform](deps),
        bounds: config.waits,
        looksPerSecond: settings.requestsPerSecond * shareOfLooks,
        ...meterLookouts(name, meters),
      }),
    },
    interceptors: watchActivities(meterEffects(name, meters), tracing),
    maxConcurrentActivityTaskExecutions: lookoutsAtOnce,
    maxConcurrentActivityTaskPolls: 1, // what a frozen worker has asked for, it gets: each time another one waits for it
  });
  return [effects, lookouts];
}

/** Of the requests of a connection, lookouts send no more: effects are never behind looks. */
const shareOfLooks = 0.25;
/** A lookout is hardly ever at work. */
const lookoutsAtOnce = 1_000;

/** A worker changes nothing in anybody’s name but for runs that replace others: the file is made with the first of these. */
function recordingOf(config: Config): Recording {
  const audit = createAuditLog({
    directory: config.audit.directory,
    key: () => readAuditKey(config),
    report: ({ message }) => {
      Runtime.instance().logger.error(message);
    },
  });
  return async (entry, perform) => {
    await audit.record(entry, perform);
  };
}

/** A missing or malformed secret is said now, too. */
function receiverNames(config: Config): string[] {
  const names = Object.keys(config.webhooks.outgoing);
  for (const [name, { secret }] of Object.entries(config.webhooks.outgoing))
    readSigner({ name: `webhooks.outgoing.${name}.secret`, read: () => readSecret(secret) }, 'standard');
  if (names.length > 0) readApprovalSecret(config);
  return names;
}

function receiverOf({ webhooks }: Config, name: string) {
  const receiver = webhooks.outgoing[name];
  if (receiver === undefined) return null;
  return { ...receiver, secret: readSecret(receiver.secret), proxy: proxyFor(receiver.url) };
}

function createWebhookWorker(
  config: Config,
  { create, meters, tracing, ...shared }: Shared,
): Promise<Worker> {
  const activities = createWebhookActivities({
    receiver: (target) => receiverOf(config, target),
    publicUrl: config.server.publicUrl,
    approvalSecret: () => readApprovalSecret(config),
    firstRetryMs: config.webhooks.firstRetryMs,
  });
  meters.expectReceivers(Object.keys(config.webhooks.outgoing));
  return create({
    ...shared,
    taskQueue: webhooksQueue,
    activities: { ...activities },
    interceptors: watchActivities(meterDeliveries(meters), tracing),
  });
}

/** One that fails takes the others down in order, so that the process ends and is started anew. */
async function runTogether(workers: readonly Worker[]): Promise<void> {
  const stopOthers = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run().finally(stopOthers));
  await Promise.all(runs).finally(() => Promise.allSettled(runs));
}
