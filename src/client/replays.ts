/** Replays of one run: planned, applied, and the attempts that came of them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { LonghaulError, isFailureCode } from '../pipeline/errors.js';
import { pipelinesQueue } from '../pipeline/ids.js';
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
} from '../pipeline/replays.js';
import { quote } from '../pipeline/search-attributes.js';
import { parseAttempt } from './attempt-file.js';
import { type AttemptSummary, attemptsOf, readAttempt } from './attempts.js';
import { summaryOf } from './list.js';

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
   * The attempts of a run, newest first: who replayed it, when, why, and by which plan.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  attempts(runId: string): Promise<readonly AttemptSummary[]>;
  /**
   * All that a replay needs of the run's last attempt, for a time when Temporal knows it no more.
   * @throws LonghaulError `RUN_NOT_FOUND`
   */
  export(runId: string): Promise<AttemptRecord>;
}

/** Longer than the plan policy allows; a worker that is there answers within seconds. */
const patience = { workflowExecutionTimeout: '4 minutes' } as const;
/** Cleaning up may wait for a platform that is down. */
const applyPatience = { workflowExecutionTimeout: '1 day' } as const;

export interface ReplayDependencies {
  readonly client: Client;
  readonly guard: <T>(runId: string, perform: () => Promise<T>) => Promise<T>;
}

/** Builds them. */
export function createReplays({ client, guard }: ReplayDependencies): Replays {
  const connectionOf = async ({ runId, exported }: ReplayRequest): Promise<string> =>
    exported?.connection ?? summaryOf(await client.workflow.getHandle(runId).describe()).connection;
  const checked = (request: ReplayRequest): ReplayRequest =>
    request.exported === undefined ? request : { ...request, exported: parseAttempt(request.exported) };
  return {
    plan: (given) =>
      guard(given.runId, async () => {
        const request = checked(given);
        return resultOf<ReplayPlan>(given.runId, async () =>
          client.workflow.execute(planWorkflow, {
            workflowId: `${planPrefix}${given.runId}.${randomUUID()}`,
            taskQueue: pipelinesQueue,
            args: [{ connection: await connectionOf(request), request }],
            ...patience,
          }),
        );
      }),
    apply: (given, replaying) =>
      guard(given.runId, async () => {
        refuseUnexplained(replaying);
        const request = asksNothing(given) ? await requestOf(client, given, replaying.plan) : checked(given);
        return resultOf<Replayed>(given.runId, async () =>
          client.workflow.execute(replayWorkflow, {
            workflowId: `${replayPrefix}${given.runId}`,
            taskQueue: pipelinesQueue,
            workflowIdConflictPolicy: 'FAIL',
            args: [{ connection: await connectionOf(request), request, replaying }],
            staticSummary: `${replaying.by}: ${replaying.reason}`.slice(0, 200),
            ...applyPatience,
          }),
        );
      }),
    attempts: (runId) => guard(runId, () => attemptsOf(client, runId)),
    export: (runId) => guard(runId, () => readAttempt(client, runId)),
  };
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
      if (plan.hash === hash) return plan.request;
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

async function resultOf<T>(runId: string, execute: () => Promise<unknown>): Promise<T> {
  try {
    return (await execute()) as T; // the workflows of these very names
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      throw new LonghaulError('REPLAY_UNDER_WAY', `another replay of ${runId} is being applied`);
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw failureIn(error, runId);
  }
}

function failureIn({ cause }: WorkflowFailedError, runId: string): unknown {
  if (cause instanceof TimeoutFailure)
    return new LonghaulError('WORKER_SILENT', `no worker planned a replay of ${runId} in time`, { cause });
  if (!(cause instanceof ApplicationFailure)) return cause;
  return new LonghaulError(isFailureCode(cause.type) ? cause.type : 'INTERNAL', cause.message, { cause });
}
