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
import type { Effect, Effects, Hold } from '../pipeline/effects.js';
import { LonghaulError } from '../pipeline/errors.js';
import { holdPrefix, holdWorkflow, pipelinesQueue } from '../pipeline/ids.js';
import { attempted } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { notYet } from './failures.js';
import { nextLookMs } from './looks.js';

/** A run that has what another one asks for. */
interface Holder {
  readonly runId: string;
  readonly startedAt: Date;
}

/** No run lasts so long. What nobody asks for any more goes away by itself then. */
const heldForRun = {
  taskQueue: { name: pipelinesQueue },
  workflowStartDelay: msToTs('400 days'),
  workflowExecutionTimeout: msToTs('1 day'),
};
/**
 * A creation holds its name until what it made is sure to be in lists, also for others: longer than an attempt and a slow
 * replica together. No worker takes tasks of this queue.
 */
const heldForCreation = { taskQueue: { name: 'holds' }, workflowExecutionTimeout: msToTs('5 minutes') };
/** `ALREADY_EXISTS` of gRPC: what Temporal answers, unless asked otherwise, where the id is open. */
const alreadyExists = 6;

const rememberedAtMost = 10_000;

export interface Holds extends Pick<Effects, 'awaitHold'> {
  /**
   * Makes sure that the run of an effect has the model.
   * @throws LonghaulError `MODEL_BUSY`, naming the run that has it; nothing was sent to the platform then
   */
  ensureHold(effect: Effect & { readonly hold?: Hold | undefined }): Promise<void>;
  /**
   * Makes sure, right before something is created under a name, that no other run does.
   * @throws ApplicationFailure, benign and retryable, while another one does, or may have done since it was looked for
   */
  ensureSole(effect: Effect, of: Shared): Promise<void>;
}

/** A name that runs share. */
export interface Shared {
  readonly kind: 'environment' | 'model-api';
  readonly name: string;
  /** What it is unique in, beside the connection. */
  readonly within?: string;
}

/** The holds of one connection's worker. It remembers what it has taken: while an attempt is open, nobody takes it from it. */
export function createHolds(deps: Pick<ActivityDependencies, 'waits'>): Holds {
  const { waits } = deps;
  const taken = new Set<string>();
  const take = async (key: string, by: string): Promise<Holder | null> => {
    const { client, info } = Context.current();
    const attempt = `${info.workflowExecution?.runId} ${key}`;
    if (taken.has(attempt)) return null;
    const claimed = await claim(client, { key, by, heldFor: heldForRun });
    if (typeof claimed === 'object') return claimed;
    if (taken.size >= rememberedAtMost) taken.clear();
    taken.add(attempt);
    return null;
  };
  return {
    ensureHold: async ({ hold, origin }) => {
      const holder = hold === undefined ? null : await take(hold.key, origin.runId);
      if (holder !== null)
        throw new LonghaulError('MODEL_BUSY', `${holder.runId} trains or deploys the same model`);
    },
    ensureSole: async ({ connection, origin }, { kind, name, within }) => {
      const { client, info } = Context.current();
      const key = [connection, `new-${kind}`, ...(within === undefined ? [] : [within]), name].join('.');
      const claimed = await claim(client, { key, by: origin.runId, heldFor: heldForCreation });
      if (claimed === 'opened' || claimed === 'had') return;
      // By Temporal’s clock alone: that of this machine may be off.
      const elapsedMs = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
      const holder = claimed === 'taken over' ? 'a run that has ended' : claimed.runId;
      throw notYet(`${holder} makes the ${kind} ${JSON.stringify(name)}`, nextLookMs(elapsedMs, waits));
    },
    awaitHold: attempted(deps, async (of, { number, elapsedMs }) => {
      const holder = await take(of.hold.key, of.runId);
      if (holder === null) return { held: true, waited: number > 1 };
      if (of.whenBusy === 'skip') return { held: false, reason: `${holder.runId} has the model` };
      if (of.whenBusy === 'replace') {
        if (holder.startedAt.getTime() > Date.parse(of.startedAt))
          return { held: false, reason: `${holder.runId} started later and replaces this run` };
        await replace(Context.current().client, holder, of.runId);
      }
      throw notYet(`${holder.runId} has the model`, nextLookMs(elapsedMs, waits));
    }),
  };
}

interface Claiming {
  readonly key: string;
  readonly by: string;
  readonly heldFor: typeof heldForRun | typeof heldForCreation;
}

/** Takes the key: it was free, the run had it, or a run had it that has ended. Else the run that has it. */
async function claim(
  client: Client,
  { key, by, heldFor }: Claiming,
): Promise<'opened' | 'had' | 'taken over' | Holder> {
  const workflowId = `${holdPrefix}${key}`;
  let opened: 'opened' | 'taken over' = 'opened';
  for (;;) {
    if (await open(client, { workflowId, by, heldFor })) return opened;
    const keeper = await found(client.workflow.getHandle(workflowId).describe());
    if (keeper === null) continue;
    const runId = String(keeper.memo?.['runId']);
    if (runId === by && keeper.status.name === 'RUNNING') return 'had';
    const startedAt = await runningSince(client, runId);
    if (startedAt !== null && keeper.status.name === 'RUNNING') return { runId, startedAt };
    // This very execution, so that of several who find it abandoned one alone comes to have the key.
    await found(client.workflow.getHandle(workflowId, keeper.runId).terminate(`${runId} has ended`));
    opened = 'taken over';
  }
}

/** Opens the id of a key, if it is not open. It asks the service without the client around it: every run does this. */
async function open(
  client: Client,
  { workflowId, by, heldFor }: Omit<Claiming, 'key'> & { readonly workflowId: string },
): Promise<boolean> {
  const { namespace, identity } = client.options;
  try {
    await client.workflowService.startWorkflowExecution({
      ...{ namespace, identity, workflowId, ...heldFor },
      requestId: randomUUID(),
      workflowType: { name: holdWorkflow },
      memo: { fields: { runId: defaultPayloadConverter.toPayload(by) } },
    });
    return true;
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    if (code === alreadyExists) return false;
    throw translated(error);
  }
}

/** When a run that has not ended was started; `null` for one that has, or that Temporal does not know any more. */
async function runningSince(client: Client, runId: string): Promise<Date | null> {
  const run = await found(client.workflow.getHandle(runId).describe());
  return run?.status.name === 'RUNNING' ? run.startTime : null;
}

async function replace(client: Client, { runId }: Holder, by: string): Promise<void> {
  await found(
    client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: runId },
      identity: by,
      requestId: `replaced-by-${by}`,
      reason: `replaced by ${by}`,
    }),
  );
}

async function found<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw translated(error);
  }
}

/** What Temporal answers here passes, so it is asked again. */
function translated(error: unknown): unknown {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  if (!isGrpcServiceError(cause)) return error;
  return new LonghaulError('TEMPORAL_UNREACHABLE', 'Temporal could not say who has the model', { cause });
}
