/** Replays of one run: planned, applied, and the attempts that came of them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { PipelineDocument } from '../../run/documents/documents.js';
import { type FieldFault, LonghaulError, isFailureCode } from '../../run/failures/errors.js';
import { type FaultyDocument, refuseFaulty } from '../../run/documents/faulty-documents.js';
import { pipelineOf, pipelinesQueue } from '../../run/ids.js';
import {
  type AttemptRecord,
  type ReplayPlan,
  type ReplayRequest,
  type Replayed,
  type Replaying,
  planPrefix,
  planWorkflow,
  replayPrefix,
  replayWorkflow,
} from '../../run/replays/replays.js';
import { quote } from '../../run/search-attributes.js';
import type { Run } from '../../run/steps.js';
import { parseAttempt } from './attempt-file.js';
import { type AttemptSummary, type StepPlace, attemptsOf, placeOf, readAttempt } from '../attempts.js';
import { type Receivers, notifyOf } from '../deliveries.js';
import type { Documents } from '../door.js';
import { summaryOf } from '../runs/list.js';
import { checkSize } from '../size.js';

/** The methods of `LonghaulClient.replays`. */
export interface Replays {
  /**
   * Says what a replay would do, step by step. Nothing is changed.
   * @throws LonghaulError `RUN_NOT_FOUND`, `REPLAY_INVALID`, `REPLAY_REFUSED`, `INPUT_INVALID`, codes of the platform
   */
  plan(request: ReplayRequest): Promise<ReplayPlan>;
  /**
   * Does what the plan of this hash says, and nothing else; when it answers, the new attempt is durable. Of the
   * request, the run is enough: the rest is kept with the plan.
   * @throws LonghaulError `REPLAY_STALE`, `REPLAY_UNDER_WAY`, and those of `plan`
   */
  apply(request: ReplayRequest, replaying: Replaying): Promise<Replayed>;
  /**
   * `apply`, waited for no longer than this: `null` when it goes on, for it goes on without whoever asked. `admit` throws for
   * another document by which whoever asks may not go on.
   */
  applyWithin(
    timeoutMs: number,
    request: ReplayRequest,
    replaying: Replaying,
    admit?: (document: PipelineDocument) => void,
  ): Promise<Replayed | null>;
  /**
   * The attempts of a run, newest first: who replayed it, when, why, and by which plan.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  attempts(runId: string): Promise<readonly AttemptSummary[]>;
  /**
   * Where a step of an attempt acts, and who has made what it has there: its run, and those that it was forked from.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  placeOf(attempt: Pick<Run, 'runId' | 'attemptId'>, step: string): Promise<StepPlace>;
  /**
   * All that a replay needs of the run's last attempt, or of the one that is named, for a time when Temporal knows it no more.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  export(runId: string, options?: { readonly attemptId?: string | undefined }): Promise<AttemptRecord>;
}

/** Each edit makes the input anew, on a worker that has other runs to work at. */
const mostEdits = 100;

/** Longer than the plan policy allows, and shorter than proxies wait; a worker that is there answers within seconds. */
const patience = { workflowExecutionTimeout: '50 seconds' } as const;
const planWithinMs = 50_000;
/** Cleaning up may wait for a platform that is down. */
const applyPatience = { workflowExecutionTimeout: '1 day' } as const;

export interface ReplayDependencies {
  readonly client: Client;
  /** Lets calls take so much longer than they usually may. */
  readonly guard: <T>(runId: string, perform: () => Promise<T>, moreMs?: number) => Promise<T>;
  /** Documents by their names. */
  readonly documents?: Documents | undefined;
  /** Those that have faults. */
  readonly faulty?: readonly FaultyDocument[] | undefined;
  /** Who is told of runs: of an attempt from a file, those and not whom the file names. */
  readonly receivers: Receivers;
}

/** Creates the replays of a client: plan, apply, and replays of exported attempts. */
export function createReplays(deps: ReplayDependencies): Replays {
  const { client, guard } = deps;
  return {
    plan: async (given) => {
      const workflowId = `${planPrefix}${given.runId}.${randomUUID()}`;
      const handle = await begin(deps, planWorkflow, {
        workflowId,
        request: checked(deps, given),
        ...patience,
      });
      return guard(given.runId, () => resultOf<ReplayPlan>(given.runId, handle), planWithinMs);
    },
    apply: async (given, replaying) => {
      const handle = await beginApplying(deps, given, replaying);
      return guard(given.runId, () => resultOf<Replayed>(given.runId, handle), planWithinMs);
    },
    applyWithin: async (timeoutMs, given, replaying, admit) => {
      const handle = await beginApplying(deps, given, replaying, admit);
      const over = AbortSignal.timeout(timeoutMs);
      const result = () => client.withAbortSignal(over, () => resultOf<Replayed>(given.runId, handle));
      const unlessOver = (error: unknown): null => {
        if (over.aborted && !(error instanceof LonghaulError)) return null;
        throw error;
      };
      return guard(given.runId, () => result().catch(unlessOver), timeoutMs);
    },
    attempts: (runId) => guard(runId, () => attemptsOf(client, runId)),
    placeOf: (attempt, step) => guard(attempt.runId, () => placeOf(client, attempt, step)),
    export: (runId, { attemptId } = {}) => guard(runId, () => readAttempt(client, runId, attemptId)),
  };
}

function checked(
  { receivers, documents = {}, faulty = [] }: ReplayDependencies,
  { exported: given, document: _, ...wanted }: ReplayRequest,
): ReplayRequest {
  const pipeline = pipelineOf(wanted.runId);
  const isWanted = wanted.definition === 'latest' && Object.hasOwn(documents, pipeline);
  const document = isWanted ? documents[pipeline] : undefined;
  if (wanted.definition !== undefined && document === undefined) {
    refuseFaulty(pipeline, faulty);
    throw new LonghaulError('REPLAY_INVALID', `no document "${pipeline}" is configured to go on by`);
  }
  const asked = { ...wanted, ...(document && { document }) };
  checkSize(wanted, { what: 'what is asked of the replay', code: 'REPLAY_INVALID' });
  const edits = Object.keys(asked.set ?? {}).length;
  if (edits > mostEdits)
    throw new LonghaulError(
      'REPLAY_INVALID',
      `a replay edits at most ${mostEdits} values, and ${edits} are given: set the part that holds them as a whole`,
    );
  if (given === undefined) return asked;
  const { notify: _notify, ...exported } = parseAttempt(given);
  const notify = notifyOf(receivers, exported.pipeline);
  return { ...asked, exported: { ...exported, ...(notify && { notify }) } };
}

interface Beginning {
  readonly workflowId: string;
  readonly request: ReplayRequest;
  readonly replaying?: Replaying;
  readonly staticSummary?: string;
  readonly workflowExecutionTimeout: (typeof patience | typeof applyPatience)['workflowExecutionTimeout'];
}

async function begin(
  { client, guard }: ReplayDependencies,
  workflow: string,
  { request, replaying, ...options }: Beginning,
): Promise<WorkflowHandle> {
  const { runId, exported } = request;
  try {
    return await guard(runId, async () => {
      const connection =
        exported?.connection ?? summaryOf(await client.workflow.getHandle(runId).describe()).connection;
      return client.workflow.start(workflow, {
        ...options,
        taskQueue: pipelinesQueue,
        workflowIdConflictPolicy: 'FAIL',
        args: [{ connection, request, ...(replaying && { replaying }) }],
      });
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new LonghaulError('REPLAY_UNDER_WAY', `another replay of ${runId} is being applied`);
  }
}

async function beginApplying(
  deps: ReplayDependencies,
  given: ReplayRequest,
  replaying: Replaying,
  admit?: (document: PipelineDocument) => void,
): Promise<WorkflowHandle> {
  refuseUnexplained(replaying);
  const request = asksNothing(given)
    ? await deps.guard(given.runId, () => requestOf(deps.client, given, replaying.plan))
    : checked(deps, given);
  if (request.document !== undefined) admit?.(request.document);
  return begin(deps, replayWorkflow, {
    workflowId: `${replayPrefix}${given.runId}`,
    request,
    replaying: { mayCancel: ['*'], ...replaying },
    staticSummary: `${replaying.by}: ${replaying.reason}`.slice(0, 200),
    ...applyPatience,
  });
}

const asksNothing = ({ runId: _, ...asked }: ReplayRequest): boolean => Object.keys(asked).length === 0;

/** A plan just made is listed within a second or two. */
const listed = { looks: 5, everyMs: 500 };
/** An operator makes a few plans of a run and applies the last. */
const plansRead = 20;

/** What the plan of a hash was asked for; where none is found, the run alone, whose plan the hash may be as well. */
async function requestOf(client: Client, given: ReplayRequest, hash: string): Promise<ReplayRequest> {
  const query = `WorkflowType = ${quote(planWorkflow)} AND ExecutionStatus = 'Completed' AND WorkflowId STARTS_WITH ${quote(`${planPrefix}${given.runId}.`)}`;
  for (let look = 1; look <= listed.looks; look += 1) {
    let read = 0;
    for await (const { workflowId } of client.workflow.list({ query, pageSize: plansRead })) {
      const plan = (await client.workflow.getHandle(workflowId).result()) as ReplayPlan; // the workflow of this name
      // A key may begin as this run's id goes on, so plans of other runs are listed too.
      if (plan.hash === hash && plan.of.runId === given.runId) return plan.request;
      read += 1;
      if (read >= plansRead) break;
    }
    await delay(listed.everyMs);
  }
  return given;
}

function refuseUnexplained({ by, reason }: Replaying): void {
  if (by.trim() === '' || reason.trim() === '')
    throw new LonghaulError('REPLAY_INVALID', 'a replay needs an actor and a reason');
}

async function resultOf<T>(runId: string, handle: WorkflowHandle): Promise<T> {
  try {
    return (await handle.result()) as T; // the workflows of these very names
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw failureIn(error, runId);
  }
}

function failureIn({ cause }: WorkflowFailedError, runId: string): unknown {
  if (cause instanceof TimeoutFailure)
    return new LonghaulError('WORKER_SILENT', `no worker planned a replay of ${runId} in time`, { cause });
  if (!(cause instanceof ApplicationFailure)) return cause;
  const { type, message, details } = cause;
  const fields = (details ?? []) as FieldFault[]; // the workflows of these names put no others there
  return new LonghaulError(isFailureCode(type) ? type : 'INTERNAL', message, { cause, fields });
}
