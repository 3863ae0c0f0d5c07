/**
 * One run at a time per model, and one creation at a time per name that is shared. Temporal keeps who has it: a workflow
 * id is open once, so whoever opens the id of a key has it, until its own run ends. That execution never begins to run, and
 * needs no worker.
 */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError, isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { hasLeftRunning } from '../../client/cleanups.js';
import { attemptIdOf, legIn } from '../../client/executions.js';
import { keyword } from '../../client/starting.js';
import type { Effect, Effects, Hold } from '../../run/undoing/effects.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { holdPrefix, holdWorkflow, pipelinesQueue } from '../../run/ids.js';
import { PlatformError } from '../../platform/errors.js';
import { translate } from '../asking-temporal.js';
import { asLongAsItTakes, attempted } from './attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { notYet } from './failures.js';
import { nextLookMs } from './looks.js';
import { type Recording, replaceHolder } from './replacing.js';

/** A run that has what another one asks for. */
interface Holder {
  readonly runId: string;
  readonly startedAt: Date;
  /** It has ended, and what it has left on the platform is not undone yet. */
  readonly isLeaving?: boolean;
}

/**
 * The time of an execution counts from its start, whatever the delay: none of these lasts until it would begin to run. So
 * Temporal schedules no task for it.
 */
const neverBegun = { taskQueue: { name: pipelinesQueue }, workflowStartDelay: msToTs('401 days') };
/** No run lasts so long. What nobody asks for any more goes away by itself then. */
export const heldForRun = { ...neverBegun, workflowExecutionTimeout: msToTs('400 days') };
/**
 * A creation holds its name until what it made is sure to be in lists, also for others: longer than an attempt and a slow
 * replica together.
 */
export const heldForCreation = { ...neverBegun, workflowExecutionTimeout: msToTs('5 minutes') };
/** What a run that has ended since has made is in lists after so many settle times. */
const settleTimes = 5;
/** `ALREADY_EXISTS` of gRPC: what Temporal answers, unless asked otherwise, where the id is open. */
const alreadyExists = 6;

const rememberedAtMost = 10_000;

/** What Temporal is asked here. */
const whoHolds = 'say who has the model';

export interface Holds extends Pick<Effects, 'awaitHold'> {
  /**
   * Makes sure that the run of an effect has the model.
   * @throws LonghaulError `MODEL_BUSY`, naming the run that has it; nothing was sent to the platform then
   */
  ensureHold(effect: Effect & { readonly hold?: Hold | undefined }): Promise<void>;
  /**
   * Creates something under a name while no other run does, and no other step of this one.
   * @throws ApplicationFailure, benign and retryable, while another one does, or may have done since it was looked for
   */
  createAlone<T>(effect: Effect, of: Shared, create: () => Promise<T>): Promise<T>;
  /** Whether another run, or another step, was the last to create something under a name: what is new there may be its. */
  isAnothers(effect: Pick<Effect, 'connection' | 'origin'>, of: Shared): Promise<boolean>;
  /** Whether another run was the last to have a model: what goes on there may be its. */
  isHeldByAnother(effect: Pick<Effect, 'origin'>, key: Hold['key']): Promise<boolean>;
}

/** A name that runs share. */
export interface Shared {
  readonly kind: 'environment' | 'revision' | 'model-api' | 'snapshot' | 'package';
  readonly name: string;
  /** What it is unique in, beside the connection. */
  readonly within?: string;
}

/** The holds of one connection's worker. It remembers what it has taken: while an attempt is open, nobody takes it from it. */
export function createHolds(deps: Pick<ActivityDependencies, 'waits'>, record: Recording): Holds {
  const { waits } = deps;
  const taken = new Set<string>();
  const take = async ({ key, ...hold }: Hold, by: string): Promise<Holder | null> => {
    const { client, info } = Context.current();
    const attemptId = hold.attemptId ?? info.workflowExecution?.runId ?? '';
    const taking = `${attemptId} ${key}`;
    if (taken.has(taking)) return null;
    const claimed = await claim(client, { key, by: { runId: by, attemptId }, heldFor: heldForRun });
    if ('runId' in claimed) return claimed;
    if (taken.size >= rememberedAtMost) taken.clear();
    taken.add(taking);
    return null;
  };
  return {
    ensureHold: async ({ hold, origin }) => {
      const holder = hold === undefined ? null : await take(hold, origin.runId);
      if (holder !== null)
        throw new LonghaulError('MODEL_BUSY', sayBusy(holder, 'trains or deploys the same model'));
    },
    createAlone: async (effect, of, create) => {
      const { client, info } = Context.current();
      const nowMs = info.currentAttemptScheduledTimestampMs;
      const settledMs = nowMs - settleTimes * waits.settleMs;
      const key = keyOfCreation(effect, of);
      const claimed = await claim(client, {
        key,
        by: byOf(effect, of),
        heldFor: heldForCreation,
        settledMs,
      });
      if ('runId' in claimed || claimed.isTakenOver) {
        const maker = 'runId' in claimed ? claimed.runId : 'another run';
        const pauseMs = nextLookMs(nowMs - info.scheduledTimestampMs, waits);
        throw notYet(`${maker} makes the ${of.kind} ${JSON.stringify(of.name)}`, pauseMs);
      }
      try {
        return await create();
      } catch (error) {
        const mayBeMade = !(error instanceof PlatformError) || error.ambiguous;
        if (!mayBeMade) await release(client, claimed, 'it was not made');
        throw error;
      }
    },
    isAnothers: async (effect, of) => {
      const last = await lastOf(keyOfCreation(effect, of));
      const { runId, step } = byOf(effect, of);
      return last !== null && !(last['runId'] === runId && last['step'] === step);
    },
    isHeldByAnother: async ({ origin: { runId } }, key) => {
      const last = await lastOf(key);
      return last !== null && last['runId'] !== runId;
    },
    awaitHold: attempted(
      deps,
      async (of, { number, elapsedMs }) => {
        const holder = await take(of.hold, of.runId);
        if (holder === null) return { held: true, waited: number > 1 };
        const name = holder.runId;
        const busy = sayBusy(holder, 'has the model');
        if (of.whenBusy === 'skip') return { held: false, reason: busy };
        if (of.whenBusy === 'replace' && holder.isLeaving !== true) {
          if (holder.startedAt.getTime() > Date.parse(of.startedAt))
            return { held: false, reason: `${name} started later and replaces this run` };
          const { client } = Context.current();
          // One that has ended meanwhile is not found, and is replaced.
          const isAllowed = await found(replaceHolder(client, { holder: name, asking: of.runId }, record));
          if (isAllowed === false)
            return {
              held: false,
              reason: `${name} has the model, and who started this run may not cancel it`,
            };
        }
        throw notYet(busy, nextLookMs(elapsedMs, waits));
      },
      asLongAsItTakes,
    ),
  };
}

/** Who was the last to take a key, and is perhaps done with it; `null` where nobody is known. */
async function lastOf(key: string): Promise<Readonly<Record<string, unknown>> | null> {
  const { client } = Context.current();
  const last = await found(client.workflow.getHandle(`${holdPrefix}${key}`).describe());
  return last === null ? null : (last.memo ?? {});
}

const sayBusy = ({ runId, isLeaving = false }: Holder, has: string): string =>
  `${runId} ${isLeaving ? 'has ended, but what it left running is not stopped yet' : has}`;

interface Claiming {
  readonly key: string;
  readonly by: Claimer;
  readonly heldFor: typeof heldForRun;
  /** A key that was taken after this time is not taken from a run that has ended. Left out, it is. */
  readonly settledMs?: number;
}

/** A run, and which of its attempts and of its steps; left out, any of them. */
interface Claimer {
  readonly runId: string;
  readonly attemptId?: string;
  readonly step?: string;
  /** Whether it undoes what it has made. */
  readonly isUndoing?: boolean;
}

/** The execution that stands for a key which was taken. */
interface Keeping {
  readonly workflowId: string;
  readonly keeperId: string;
  /** Whether a run that has ended had it before. */
  readonly isTakenOver: boolean;
}

/** Takes the key; answers the run that has it where that is another one. */
async function claim(
  client: Client,
  { key, by, heldFor, settledMs = Number.POSITIVE_INFINITY }: Claiming,
): Promise<Keeping | Holder> {
  const workflowId = `${holdPrefix}${key}`;
  let isTakenOver = false;
  for (;;) {
    const opened = await open(client, { workflowId, by, heldFor });
    if (opened !== null) return { workflowId, keeperId: opened, isTakenOver };
    const keeper = await found(client.workflow.getHandle(workflowId).describe());
    if (keeper === null) continue;
    const runId = String(keeper.memo?.['runId']);
    const isOwn = runId === by.runId && keeper.memo?.['step'] === by.step;
    // What another attempt has left, whoever has found this run ended is about to take: it must not end what is begun now.
    if (isOwn && keeper.memo?.['attemptId'] === by.attemptId && keeper.status.name === 'RUNNING')
      return { workflowId, keeperId: keeper.runId, isTakenOver: false };
    const has = isOwn ? null : await stillHas(client, runId, heldFor === heldForRun);
    if (has !== null && keeper.status.name === 'RUNNING') return { runId, ...has };
    if (keeper.startTime.getTime() > settledMs) return { runId, startedAt: keeper.startTime };
    // This very execution, so that of several who find it abandoned one alone comes to have the key.
    await release(client, { workflowId, keeperId: keeper.runId }, `${runId} has ended`);
    isTakenOver = true;
  }
}

/** Ends exactly this execution: its key is free then. */
export const release = (
  client: Client,
  { workflowId, keeperId }: Pick<Keeping, 'workflowId' | 'keeperId'>,
  reason: string,
): Promise<unknown> => found(client.workflow.getHandle(workflowId, keeperId).terminate(reason));

/** A later step of a run finds by its name what an earlier one has made; snapshots have none, and each is one more. */
const byOf = ({ origin: { runId, step } }: Pick<Effect, 'origin'>, { kind }: Shared): Claimer =>
  kind === 'snapshot' ? { runId } : { runId, step };

const keyOfCreation = ({ connection }: Pick<Effect, 'connection'>, of: Shared): string =>
  keyIn(connection, `new-${of.kind}`, of);

/** The key of what is shared, for one purpose. */
export const keyIn = (connection: string, purpose: string, { name, within }: Shared): string =>
  [connection, purpose, ...(within === undefined ? [] : [within]), name].join('.');

/** Opens the id of a key, if it is not open; answers the execution that stands for it. It asks the service without the client around it: every run does this. */
export async function open(
  client: Client,
  { workflowId, by, heldFor }: Pick<Claiming, 'by' | 'heldFor'> & { readonly workflowId: string },
): Promise<string | null> {
  const { namespace, identity } = client.options;
  try {
    const { runId } = await client.workflowService.startWorkflowExecution({
      ...{ namespace, identity, workflowId, ...heldFor },
      requestId: randomUUID(),
      workflowType: { name: holdWorkflow },
      memo: { fields: fieldsOf(by) },
    });
    return runId;
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    if (code === alreadyExists) return null;
    throw translate(error, whoHolds);
  }
}

const fieldsOf = ({ runId, attemptId, step, isUndoing }: Claimer) => ({
  runId: defaultPayloadConverter.toPayload(runId),
  ...(attemptId !== undefined && { attemptId: defaultPayloadConverter.toPayload(attemptId) }),
  ...(step !== undefined && { step: defaultPayloadConverter.toPayload(step) }),
  ...(isUndoing === true && { isUndoing: defaultPayloadConverter.toPayload(true) }),
});

/**
 * A run that has not ended or, for whoever minds, that has left something running which is not stopped yet; `null` for any
 * other, and for one that Temporal does not know any more.
 */
async function stillHas(
  client: Client,
  runId: string,
  minds: boolean,
): Promise<Omit<Holder, 'runId'> | null> {
  const run = await found(client.workflow.getHandle(runId).describe());
  if (run === null) return null;
  const startedAt = new Date(legIn(run)?.startedAt ?? run.startTime);
  if (run.status.name === 'RUNNING') return { startedAt };
  // One that has succeeded has left nothing that is known.
  if (!minds || run.typedSearchAttributes.get(keyword('LonghaulStatus')) === 'succeeded') return null;
  const isLeaving = await found(hasLeftRunning(client, { runId, attemptId: attemptIdOf(run) }));
  return isLeaving === true ? { startedAt, isLeaving } : null;
}

/** What Temporal is asked for; `null` where it knows none. */
export async function found<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw translate(error, whoHolds);
  }
}
