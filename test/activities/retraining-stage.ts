/** A simulator with a live model, and the dependencies of activities that act on it. */
import { Context, type Info, asyncLocalStorage } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, noopMetricMeter } from '@temporalio/common';
import { createAnyClient, typedClient } from '../../src/platform/client.js';
import { dominoWing } from '../../src/platform/domino/index.js';
import type { DominoDependencies } from '../../src/activities/domino/dependencies.js';
import { dominoActivities } from '../../src/activities/domino/index.js';
import { createForesight } from '../../src/activities/replay/foresight.js';
import { planReplay } from '../../src/activities/replay/replay-plan.js';
import type { Attempt, Unsettled } from '../../src/activities/effect/attempt.js';
import { createMask } from '../../src/foreign-text/mask.js';
import type { Probe } from '../../src/probes/ask.js';
import type { AttemptRecord, ReplayPlan, ReplayRequest } from '../../src/run/replays/replays.js';
import type { Service } from '../../src/services/send.js';
import { type Stage, fixedWorld, openStage } from '../simulator/stage.js';

export interface Setting extends Stage {
  readonly deps: DominoDependencies;
  /** Trains, registers and deploys version after version of the model `iris` as `iris-api`; the ids of the last. */
  deploy(description?: string): Promise<{ modelApiId: string; versionId: string; trainingJob: string }>;
  /** Writes a file into the project. */
  upload(path: string, text: string): Promise<void>;
  inject(fault: object): Promise<void>;
  /** What has been asked since, by endpoint, in order; of the platform alone. */
  asked(since?: number): string[];
}

/** What a replay of an attempt would do, by looks at the platform of a setting. */
export const planOn = (
  { deps }: Pick<Setting, 'deps'>,
  record: AttemptRecord,
  request: Partial<ReplayRequest> = {},
): Promise<ReplayPlan> =>
  planReplay({
    record,
    request: { runId: record.runId, ...request },
    foresight: createForesight(dominoActivities, deps),
    buildId: undefined,
    tried: 1,
  });

/** By name. */
export type Probes = Readonly<Record<string, Partial<Probe>>>;

const world = fixedWorld.replace('files: files', 'files: files, datasets: [{ name: measurements }]');

/** Opens one; `more` is added to its world. */
export async function openSetting(
  options: {
    more?: string;
    files?: Record<string, string>;
    probes?: Probes;
    services?: Readonly<Record<string, Service>>;
  } = {},
) {
  const { more = '', files, probes = {}, services = {} } = options;
  const stage = await openStage({ yaml: `${world}\n${more}`, ...(files && { files }) });
  const { simulator, post, get, pass, startJob } = stage;
  const connection = {
    name: 'domino-test',
    url: simulator.url,
    dialect: 'v6' as const,
    requestTimeoutMs: 30_000,
    credential: () => ({ kind: 'apiKey' as const, value: simulator.apiKey }),
  };
  const mask = createMask(() => []);
  const client = createAnyClient(dominoWing, connection);
  const deps: DominoDependencies = {
    ...{ client, domino: typedClient(dominoWing, client) },
    url: simulator.url,
    dialect: connection.dialect,
    platformOf: () => 'domino',
    waits: { firstLookMs: 100, lastLookMs: 500, settleMs: 100, patienceMs: 1_000, undoMs: 0, sweepMs: 0 },
    probe: (name) => probeOf(probes[name], simulator.url),
    service: (name) => services[name] ?? null,
    redact: mask.text,
    redactLines: mask.lines,
  };
  const register = async (runId: string): Promise<number> => {
    const known = (await get('/api/registeredmodels/v1/iris')).status === 200;
    const modelSource = { sourceType: 'mlflow', mlflowSource: { experimentRunId: runId } };
    const body = { modelName: 'iris', create: !known, modelSource };
    return Number((await post('/api/registeredmodels/v2', body)).body.modelVersion.modelVersion);
  };
  const deploy: Setting['deploy'] = async (description = '') => {
    const trainingJob = await startJob({ runCommand: 'train', title: 'train iris' });
    await pass(200);
    const stats = (await get(`/api/jobs/beta/jobs/${trainingJob}`)).body.job.dominoStats;
    const number = await register(stats.find(({ name }) => name === 'mlflow_run_id')?.value ?? '');
    const source = { type: 'Registry', registeredModelName: 'iris', registeredModelVersion: number };
    return { ...(await addVersion(stage, source, description)), trainingJob };
  };
  const setting: Setting = {
    ...stage,
    deps,
    deploy,
    upload: async (path, text) => {
      const [owner, project] = ['ada', 'iris'];
      await deps.domino.projectFiles.upload({
        path: { owner, project, path },
        body: new TextEncoder().encode(text),
      });
    },
    inject: async (fault) => {
      const { status, text } = await post('/_simulator/faults', fault);
      if (status !== 200) throw new Error(text);
    },
    asked: (since = 0) =>
      simulator
        .ledger()
        .slice(since)
        .map(({ endpoint }) => endpoint ?? 'none'),
  };
  return setting;
}

/** Adds a version to `iris-api`, or makes it, and lets it come to serve. */
export async function addVersion(stage: Stage, source: object, description = '') {
  const { get, post, pass } = stage;
  const list = '/api/modelServing/v1/modelApis';
  const version = {
    projectId: await stage.projectId(),
    source,
    description,
    logHttpRequestResponse: false,
    monitoringEnabled: false,
  };
  const known = (await get(list)).body.items[0]?.id;
  const modelApi = {
    ...{ name: 'iris-api', description: '', environmentId: await stage.environmentId() },
    ...{ environmentVariables: [], isAsync: false, strictNodeAntiAffinity: false, version },
  };
  const modelApiId = known ?? (await post(list, modelApi)).body.id;
  if (known !== undefined) await post(`${list}/${known}/versions`, version);
  await pass(150);
  const versionId = (await get(`${list}/${modelApiId}/versions`)).list[0]?.id ?? '';
  return { modelApiId, versionId };
}

function probeOf(probe: Partial<Probe> | undefined, root: string): Probe | null {
  if (probe === undefined) return null;
  return {
    ...{ method: 'GET', internal: true, timeoutMs: 1_000, metrics: {}, headers: () => ({}) },
    ...probe,
    url: (probe.url ?? '').replace('SIMULATOR', root),
  };
}

/** An attempt that has time, unless less is stated. */
export const freshAttempt = (
  number = 1,
  restMs = 60_000,
): Pick<Attempt, 'number' | 'deadlineMs' | 'endsMs' | 'nowMs' | 'heldMs' | 'hasStayed'> => ({
  number,
  nowMs: () => Date.now(),
  heldMs: 0,
  hasStayed: () => false,
  deadlineMs: () => performance.now() + 45_000,
  endsMs: () => performance.now() + restMs,
});

/** An attempt that is made again and again, and knows what it has left before. */
export function repeatedAttempt(restMs?: number): Attempt {
  let unsettled: Unsettled | null = null;
  return {
    ...{ ...freshAttempt(1, restMs), elapsedMs: 0 },
    get unsettled() {
      return unsettled;
    },
    remember: (left) => {
      unsettled = left;
    },
  };
}

interface Try {
  readonly number: number;
  /** Since the activity was scheduled. */
  readonly elapsedMs?: number;
  /** What the try before has left. */
  readonly details?: unknown;
  readonly heartbeat?: (details: Unsettled) => void;
  readonly client?: Client | undefined;
}

/** One try as a worker performs it: what it returned, or the type of its failure. */
export async function inTry<T>(of: Try, perform: () => Promise<T>): Promise<T | string> {
  const outcome = await tried(of, perform);
  return outcome instanceof ApplicationFailure ? (outcome.type ?? '') : outcome;
}

/** The same, with the failure itself. */
export async function tried<T>(
  { number, elapsedMs = 0, details, heartbeat = () => undefined, client }: Try,
  perform: () => Promise<T>,
): Promise<T | ApplicationFailure> {
  const info = {
    attempt: number,
    heartbeatDetails: details,
    scheduledTimestampMs: Date.now() - elapsedMs,
    currentAttemptScheduledTimestampMs: Date.now(),
    heartbeatTimeoutMs: 10_000,
    startToCloseTimeoutMs: 60_000,
  } as Info; // of all of it, what effects read
  const { signal } = new AbortController();
  const never = new Promise<never>(() => undefined);
  const context = new Context(info, never, signal, heartbeat, client, console, noopMetricMeter, {});
  try {
    return await asyncLocalStorage.run(context, perform);
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
}
