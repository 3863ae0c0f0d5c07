/**
 * The typed client, through which everything outside the workers starts, follows and steers runs.
 *
 * It keeps no state: every answer comes from Temporal.
 *
 * @example
 * const longhaul = await connectClient({ temporal: { connectionOptions: { address: '127.0.0.1:7233' } } });
 * const { runId } = await longhaul.start('train-and-deploy', input, { key: 'nightly-2026-11-21' });
 * const run = await longhaul.wait(runId);
 */
import {
  Client,
  type ClientInterceptors,
  Connection,
  type ConnectionOptions,
  type WorkflowHandle,
} from '@temporalio/client';
import { type Campaigns, createCampaigns } from './client/campaigns/campaigns.js';
import { type Connections, createConnections } from './client/connections/connections.js';
import {
  type DeliveryFilter,
  type DeliverySummary,
  type Receivers,
  deliveriesOf,
  deliveryOf,
  redeliver,
} from './client/deliveries.js';
import { type Documents, checkStart } from './client/door.js';
import { cancelRun } from './client/runs/cancelling.js';
import { cleanUpNow } from './client/cleanups.js';
import { type Changes, type Followed, changesOf } from './client/runs/events.js';
import { type Deployments, createDeployments } from './client/deployments.js';
import { type Fleet, createFleet } from './client/fleet.js';
import { type Histories, createHistories } from './client/histories/histories.js';
import { identity, localIds } from './client/identity.js';
import { decideOn } from './client/runs/approvals.js';
import { type DiffOptions, type RunDiff, diffOf } from './client/diffs/diff.js';
import { type DryRun, dryRunOf } from './client/runs/dry-run.js';
import { type FailureReport, failuresOf } from './client/runs/failures.js';
import { type RunFilter, summaryOf } from './client/runs/list.js';
import { type PageOptions, type RunPage, runPageOf, runsOf } from './client/runs/page.js';
import {
  type RetrainingFilter,
  type RetrainingPage,
  retrainingPageOf,
  retrainingsOf,
} from './client/retrainings.js';
import { type Replays, createReplays } from './client/replays/replays.js';
import { type Reset, type ResetOptions, resetRun } from './client/histories/reset.js';
import { resolveStep } from './client/runs/resolving.js';
import { type Schedules, createSchedules } from './client/schedules/schedules.js';
import { type StartOptions, createStart } from './client/runs/start.js';
import type { Started } from './client/starting.js';
import { translateRunError, unreachable } from './client/translating.js';
import { awaitTaken } from './client/runs/unserved.js';
import { createRunLogs } from './client/logs/read-log.js';
import type { RunLogLine, RunLogOptions } from './client/logs/run-logs.js';
import { viewOf } from './client/runs/view.js';
import { ended, watched } from './client/runs/watching.js';
import { type KnownWorkers, createWorkers } from './client/workers/workers.js';
import { type PayloadKey, createCipher } from './encryption/cipher.js';
import { encryptedConnection } from './encryption/connection.js';
import type { PipelineDocument } from './run/documents/documents.js';
import type { FaultyDocument } from './run/documents/faulty-documents.js';
import type { PipelineInput, PipelineName } from './run/inputs/inputs.js';
import type { ApprovalDecision, LedgerEntry } from './run/retraining/retraining.js';
import type { Cleanup, Resolution, Run, RunSummary } from './run/steps.js';
import type { Unserved } from './run/unserved.js';

export { type CheckedStart, type Documents, type KnownNames, checkKey, checkStart } from './client/door.js';
export { identity, localIds } from './client/identity.js';
export type { CampaignDefinition } from './client/campaigns/door.js';
export type { CampaignFilter, CampaignPage } from './client/campaigns/view.js';
export type { CampaignCreation, Campaigns, CreatedCampaign } from './client/campaigns/campaigns.js';
export type { ConnectionStanding } from './client/connections/connections.js';
export type { Outage } from './client/connections/outages.js';
export type { DeliveryFilter, DeliveryStatus, DeliverySummary } from './client/deliveries.js';
export type { DryRun } from './client/runs/dry-run.js';
export type { CodeVersion } from './client/deployments.js';
export type { Changes, Followed } from './client/runs/events.js';
export { type FailureGroup, type FailureReport, usualFailuresMax } from './client/runs/failures.js';
export { type RunDifference, type DiffPart, type PartDiff, diffParts } from './client/diffs/compare-runs.js';
export type { ComparedRun, RunDiff } from './client/diffs/diff.js';
export type { RunFilter, RunScope } from './client/runs/list.js';
export type { RunLogLine, RunLogOptions } from './client/logs/run-logs.js';
export type { RunPage } from './client/runs/page.js';
export { parseRunQuery, unsuccessfulRuns, writeRunQuery } from './client/runs/query.js';
export type { Reset, ResetOptions } from './client/histories/reset.js';
export type { RetrainingFilter, RetrainingPage } from './client/retrainings.js';
export type { FieldChange } from './client/schedules/diff.js';
export { type CheckedSchedule, checkSchedule } from './client/schedules/door.js';
export type { ScheduleFilter, SchedulePage } from './client/schedules/list.js';
export type { BackfillPlan, ScheduleTime } from './client/schedules/times.js';
export type { ScheduleDescription, ScheduleSummary } from './client/schedules/view.js';
export type { Triggered } from './client/schedules/trigger.js';
export type { AttemptSummary } from './client/attempts.js';
export type { Replays } from './client/replays/replays.js';
export type { KnownWorkers, Probed } from './client/workers/workers.js';
export type { Poller } from './client/workers/pollers.js';
export type { Schedules } from './client/schedules/schedules.js';
export type { StartOptions } from './client/runs/start.js';
export type { Started } from './client/starting.js';
export type { Campaign, CampaignAction, CampaignRun, CampaignSummary } from './run/replays/campaigns.js';
export { LonghaulError, type FailureCode } from './run/failures/errors.js';
export type { PipelineDocument } from './run/documents/documents.js';
export type { FaultyDocument } from './run/documents/faulty-documents.js';
export type { PipelineInput, PipelineName } from './run/inputs/inputs.js';
export type { ApprovalDecision, ApprovalRequest, LedgerEntry, Outcome } from './run/retraining/retraining.js';
export type { AttemptRecord, ReplayPlan, ReplayRequest, Replayed, Replaying } from './run/replays/replays.js';
export type { Unserved } from './run/unserved.js';
export type {
  Cleanup,
  Resolution,
  Run,
  RunEvent,
  RunStatus,
  RunSummary,
  Step,
  Trigger,
} from './run/steps.js';

export interface ClientOptions {
  /** As `loadClientConnectConfig` of `@temporalio/envconfig` returns it. */
  readonly temporal: { readonly connectionOptions: ConnectionOptions; readonly namespace?: string };
  /** The configured connections; left out, any name is let through. */
  readonly connections?: readonly string[];
  /** The configured probes; left out, any name is let through. */
  readonly probes?: readonly string[];
  /** The platform of a connection, of which pipelines that are there on several are told. Left out, their input says it. */
  readonly platformOf?: ((connection: string) => string | null) | undefined;
  /** The dialect that a connection speaks: what it has no words for is refused. Left out, a run finds it. */
  readonly dialectOf?: ((connection: string) => string | null) | undefined;
  /** Documents that may be started by their name: `pipelines` of the configuration. */
  readonly documents?: Documents | undefined;
  /** Configured documents that have faults: what needs one of them is refused with its faults. */
  readonly faulty?: readonly FaultyDocument[] | undefined;
  /** Who is told of runs that are started: `webhooks.outgoing` of the configuration. */
  readonly receivers?: Receivers;
  /** The keys by which payloads are encrypted: `encryption.keys` of the configuration. Left out, nothing is. */
  readonly payloadKeys?: readonly PayloadKey[] | undefined;
  /** Around each call to Temporal, for traces. */
  readonly interceptors?: ClientInterceptors;
  /** For servers: connects with the first call, and no call takes longer. Left out, it connects now. */
  readonly callTimeoutMs?: number;
}

export interface LonghaulClient {
  /**
   * Starts a pipeline once its input is checked; when it answers, the run is durable.
   * @throws LonghaulError `PIPELINE_UNKNOWN`, `INPUT_INVALID`, `CONNECTION_UNKNOWN`, `RUN_KEY_REUSED`
   */
  start<P extends PipelineName>(
    pipeline: P,
    input: PipelineInput<P>,
    options?: StartOptions,
  ): Promise<Started>;
  /**
   * The same of any pipeline: by its name, also that of a document that is configured, or of a document, which becomes a
   * part of the run.
   * @throws LonghaulError those of `start`
   */
  startPipeline(
    pipeline: PipelineDocument | string,
    input: unknown,
    options?: StartOptions,
  ): Promise<Started>;
  /**
   * Checks an input as `start` does, and looks up on the platform what it names. Nothing is created.
   * @throws LonghaulError those of `start` on the input, `WORKER_SILENT`
   */
  dryRun(pipeline: PipelineDocument | string, input: unknown): Promise<DryRun>;
  /** @throws LonghaulError `RUN_NOT_FOUND` */
  get(runId: string): Promise<Run>;
  /**
   * The row of a run that lists have, without asking a worker.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  describe(runId: string): Promise<RunSummary>;
  /**
   * The changes of a run since `followed`.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  changes(runId: string, followed?: Followed): Promise<Changes>;
  /**
   * One page of `list`.
   * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
   */
  page(filter: RunFilter, options: PageOptions): Promise<RunPage>;
  /** Whether Temporal answers for the namespace. */
  ready(): Promise<void>;
  /** Newest first. */
  list(filter?: RunFilter): AsyncIterable<RunSummary>;
  /** Runs that did not succeed, by cause; of more than `max`, the newest. */
  failures(filter?: RunFilter, options?: { readonly max?: number | undefined }): Promise<FailureReport>;
  /**
   * What differs between two runs; with one, between the last that succeeded before it and it. Reads the platform
   * through a worker, and says what it could not read.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  diff(a: string, b?: string, options?: DiffOptions): Promise<RunDiff>;
  /** What of a run that was just started no worker takes, as soon as it is known; `null` where one does. */
  awaitTaken(runId: string): Promise<Unserved | null>;
  /**
   * The logs of the jobs of a run, line by line, read by a worker that holds the credential.
   * @throws LonghaulError `RUN_NOT_FOUND`, `NOT_FOUND`, `WORKER_SILENT`, and what the platform answers
   */
  logs(runId: string, options?: RunLogOptions): AsyncIterable<RunLogLine>;
  /** The run at each change, until it ends. */
  watch(runId: string, options?: { everyMs?: number }): AsyncIterable<Run>;
  /** The run when it has ended, or as it stands after `timeoutMs`. */
  wait(runId: string, options?: { timeoutMs?: number | undefined }): Promise<Run>;
  /**
   * Asks the run to stop what it has running on the platform and end.
   * @throws LonghaulError `RUN_ENDED`
   */
  cancel(runId: string, options: { reason: string; by?: string }): Promise<void>;
  /**
   * Tries now what a run that has ended has left on the platform; what it cannot undo is tried again by itself.
   * @throws LonghaulError `RUN_NOT_FOUND`, `RUN_GOES_ON`
   */
  cleanUp(runId: string): Promise<Cleanup>;
  /** @throws LonghaulError `STEP_NOT_PARKED`, `RESOLUTION_INVALID`, `RUN_ENDED` */
  resolve(runId: string, resolution: Resolution): Promise<void>;
  /**
   * Begins a step again with the history before it kept, in a new attempt of the run. Where that fails, its cleanup goes on.
   * @throws LonghaulError `RUN_NOT_FOUND`, `RESET_REFUSED`, `WORKER_SILENT`
   */
  reset(runId: string, options: ResetOptions): Promise<Reset>;
  /**
   * Approves or rejects what the run waits for. With `attemptId`, only while the run is in that attempt.
   * @throws LonghaulError `RUN_NOT_FOUND`, `RUN_ENDED`, `APPROVAL_NOT_AWAITED`, `APPROVAL_DENIED`
   */
  decideApproval(
    runId: string,
    decision: ApprovalDecision,
    options?: { readonly attemptId?: string | undefined },
  ): Promise<void>;
  /** What ticks of `retrain` decided and came to, newest first. */
  retrainings(filter?: RetrainingFilter): AsyncIterable<LedgerEntry>;
  /**
   * One page of `retrainings`.
   * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
   */
  retrainingPage(filter: RetrainingFilter, options: PageOptions): Promise<RetrainingPage>;
  /** Events on their way to other services, those delivered and those given up. */
  deliveries(filter?: DeliveryFilter): AsyncIterable<DeliverySummary>;
  /** @throws LonghaulError `DELIVERY_NOT_FOUND` */
  delivery(deliveryId: string): Promise<DeliverySummary>;
  /** @throws LonghaulError `DELIVERY_NOT_FOUND`, `DELIVERY_UNDER_WAY` */
  redeliver(deliveryId: string): Promise<void>;
  readonly schedules: Schedules;
  readonly campaigns: Campaigns;
  readonly connections: Connections;
  readonly replays: Replays;
  readonly histories: Histories;
  readonly deployments: Deployments;
  readonly workers: KnownWorkers;
  readonly fleet: Fleet;
  close(): Promise<void>;
}

/** What a run has left is tried within this time, or goes on being tried. */
const cleanUpMs = 30_000;
/** A reset ends the cleanup of a run first, whose request that is under way is waited for. */
const resetMs = 90_000;
/** Nobody may take it. */
const takenMs = 15_000;
/** A worker looks things up meanwhile. */
const dryRunMs = 50_000;
/** Who asks whether a server is ready wants to know soon. */
const readyWithinMs = 2_000;

/**
 * Connects a client to Temporal.
 * @throws LonghaulError `TEMPORAL_UNREACHABLE`
 */
export async function connectClient(options: ClientOptions): Promise<LonghaulClient> {
  const { temporal, connections, probes, platformOf, dialectOf, documents, faulty } = options;
  const { receivers = {}, callTimeoutMs } = options;
  const address = temporal.connectionOptions.address ?? '127.0.0.1:7233';
  const connection = await connect(options, address);
  const client = clientOf(options, connection);
  const guard = <T>(runId: string, perform: () => Promise<T>, moreMs = 0): Promise<T> =>
    (callTimeoutMs === undefined
      ? perform()
      : connection.withDeadline(Date.now() + callTimeoutMs + moreMs, perform)
    ).catch((error: unknown) => {
      throw translateRunError(error, runId, address);
    });
  const handleOf = (runId: string): WorkflowHandle => client.workflow.getHandle(runId);
  const get = (runId: string): Promise<Run> => guard(runId, () => viewOf(client, handleOf(runId)));

  const known = { connections, probes, platformOf, dialectOf, documents, faulty };
  const start = createStart({ client, known, receivers, guard });

  return {
    start,
    startPipeline: start,
    dryRun: (pipeline, input) => {
      const checked = checkStart(pipeline, input, known);
      return guard('dry run', () => dryRunOf(client, checked), dryRunMs);
    },
    get,
    describe: (runId) => guard(runId, async () => summaryOf(await handleOf(runId).describe())),
    changes: (runId, followed) => guard(runId, () => changesOf(client, handleOf(runId), followed)),
    page: (filter, page) => guard('list', () => runPageOf(client, filter, page)),
    ready: () => answers(client, address),
    list: (filter = {}) => guarded(runsOf(client, filter), address),
    diff: (a, b, options) => guard(b === undefined ? a : `${a} or ${b}`, () => diffOf(client, a, b, options)),
    failures: (filter = {}, options) => guard('list', () => failuresOf(client, filter, options)),
    awaitTaken: (runId) => guard(runId, () => awaitTaken(client, runId), takenMs),
    logs: createRunLogs(client, { get, guard }),
    watch: (runId, { everyMs = 1_000 } = {}) => watched(() => get(runId), everyMs),
    wait: async (runId, { timeoutMs } = {}) => {
      await guard(runId, () => ended(client, handleOf(runId), timeoutMs));
      return get(runId);
    },
    cancel: (runId, { reason, by = identity() }) =>
      guard(runId, () => cancelRun(client, handleOf(runId), { reason, by })),
    cleanUp: (runId) => guard(runId, () => cleanUpNow(client, runId), cleanUpMs),
    resolve: (runId, resolution) => guard(runId, () => resolveStep(handleOf(runId), resolution)),
    reset: (runId, options) => {
      const asked = { by: identity(), ids: localIds(), ...options };
      return guard(runId, () => resetRun(client, runId, asked), resetMs);
    },
    decideApproval: (runId, decision, { attemptId } = {}) =>
      guard(runId, () => decideOn(client, { runId, attemptId }, decision)),
    retrainings: (filter = {}) => guarded(retrainingsOf(client, filter), address),
    retrainingPage: (filter, page) => guard('list', () => retrainingPageOf(client, filter, page)),
    deliveries: (filter = {}) => guarded(deliveriesOf(client, filter), address),
    delivery: (deliveryId) => guard(deliveryId, () => deliveryOf(client, deliveryId)),
    redeliver: (deliveryId) => guard(deliveryId, () => redeliver(client, deliveryId)),
    replays: createReplays({ client, guard, receivers, documents, faulty }),
    schedules: createSchedules({
      client,
      known,
      receivers,
      guard: (perform) => guard('of the schedule', perform),
      guarded: (items) => guarded(items, address),
    }),
    deployments: createDeployments(client, guard),
    workers: createWorkers(client, guard),
    fleet: createFleet(client, guard),
    connections: createConnections(client, { guard, known: connections }),
    histories: createHistories({ client, guard, guarded: (items) => guarded(items, address) }),
    campaigns: createCampaigns({
      client,
      guard: (perform) => guard('of the campaign', perform),
      guarded: (items) => guarded(items, address),
    }),
    close: () => connection.close(),
  };
}

const clientOf = ({ temporal, interceptors = {} }: ClientOptions, connection: Connection): Client =>
  new Client({
    ...{ connection, interceptors, identity: identity() },
    ...(temporal.namespace && { namespace: temporal.namespace }),
  });

async function connect(
  { temporal, payloadKeys = [], callTimeoutMs }: ClientOptions,
  address: string,
): Promise<Connection> {
  const cipher = createCipher(payloadKeys, temporal.namespace ?? 'default');
  const options = { connectTimeout: 5_000, ...temporal.connectionOptions };
  const connection =
    callTimeoutMs === undefined
      ? await Connection.connect(options).catch((cause: unknown) => {
          throw unreachable(address, cause);
        })
      : Connection.lazy(options);
  return encryptedConnection(connection, cipher);
}

async function answers(client: Client, address: string): Promise<void> {
  const { namespace } = client.options;
  try {
    await client.withDeadline(Date.now() + readyWithinMs, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    throw translateRunError(error, 'namespace', address);
  }
}

async function* guarded<T>(items: AsyncIterable<T>, address: string): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw translateRunError(error, 'list', address);
  }
}
