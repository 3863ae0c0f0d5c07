/** The life of a run: what it shows, how it ends, what it undoes. Every pipeline is a body within it. */
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Failure } from '../pipeline/errors.js';
import { type NamedInput, fingerprintOf, namesOf } from '../pipeline/fingerprint.js';
import { startersOf } from '../pipeline/people.js';
import type { Change, Cleanup, Json, Run, RunEvent, RunStart, Step } from '../pipeline/steps.js';
import { keptSteps } from '../pipelines/authority.js';
import type { Pipeline } from '../steps/define.js';
import { fail, failureOf } from '../steps/failures.js';
import { type Announce, createAnnouncer } from './announce.js';
import { createApprovals } from './approval.js';
import { record } from './ledger.js';
import { eventsQuery, runQuery } from './messages.js';
import { createParking } from './parking.js';
import { Steps } from './steps.js';
import { createUndoStack } from './undo.js';

const statusKey = defineSearchAttributeKey('LonghaulStatus', 'KEYWORD');
const stepKey = defineSearchAttributeKey('LonghaulStep', 'KEYWORD');
const failureKey = defineSearchAttributeKey('LonghaulFailure', 'KEYWORD');
const fingerprintKey = defineSearchAttributeKey('LonghaulFingerprint', 'KEYWORD');

interface PipelineInput extends NamedInput {
  readonly connection: string;
  /** When the run fails, undo what it made. */
  readonly cleanup?: boolean;
}

/**
 * Runs a pipeline and returns the run as it ended.
 *
 * A failure of the pipeline fails the Temporal run with the failure's code as its type; a cancellation cancels
 * it. Both stop what the run has running on the platform before they end.
 */
export async function runPipeline<Input extends PipelineInput>(
  pipeline: Pipeline,
  start: RunStart<Input>,
): Promise<Run> {
  const view = createView(pipeline.name, start);
  const announce = createAnnouncer(start.notify);
  const input = start.input as unknown as Json; // it came as JSON
  const parking = createParking(pipeline, keptSteps(pipeline, input));
  const { connection } = start.input;
  const undo = createUndoStack(connection);
  const announceNow: Announce = (type, approval) => announce(type, view.run(), approval);
  const steps = new Steps({
    ...{ connection, pipeline, input, continuation: start.continuation, undo },
    approvals: createApprovals(startersOf(start, workflowInfo().workflowId), announceNow),
    park: async (step, failure) => {
      const parked = view.enter('parked', { step, failure });
      const resolved = parking.park(step);
      resolved.catch(() => undefined); // a cancellation may come while it is announced; it is awaited below
      await announce('run.parked', parked);
      const resolution = await resolved;
      await announce('run.resumed', view.enter('running', {}));
      return resolution;
    },
    changed: view.show,
  });

  try {
    // Nobody is told of most runs, and few have handlers that still run: each wait for nothing would cost promises.
    if (start.notify !== undefined) await announce('run.started', view.run());
    undo.sweep(start.continuation?.sweeps ?? []);
    const { outputs, ending } = await steps.runAll();
    const result = pipeline.result(input, outputs, ending);
    if (ending !== null && ending.isRecorded !== true)
      record(ending.outcome, { conclusion: ending.conclusion });
    if (!allHandlersFinished()) await condition(allHandlersFinished);
    const cleanup = undo.isInDoubt() ? await undo.end() : undefined;
    const ended = view.enter('succeeded', { result, ...(cleanup && { cleanup }) });
    if (start.notify !== undefined) await announce('run.succeeded', ended);
    return ended;
  } catch (error) {
    const cancelled = isCancellation(error);
    const failure: Failure | null = cancelled
      ? { code: 'CANCELLED', message: 'the run was cancelled' }
      : failureOf(error);
    if (failure === null) throw error;
    const cleanup = await undo.perform(start.input.cleanup === true ? ['running', 'lasting'] : ['running']);
    const ended = view.enter(cancelled ? 'cancelled' : 'failed', { failure, cleanup });
    await announce(cancelled ? 'run.cancelled' : 'run.failed', ended);
    if (cancelled) throw error;
    throw fail(failure, [ended]);
  }
}

interface RunChange {
  readonly step?: string;
  readonly failure?: Failure;
  readonly cleanup?: Cleanup;
  readonly result?: Json;
}

interface View {
  /** Announces a change of the whole run, by search attributes too. */
  enter(status: Run['status'], change: RunChange): Run;
  readonly show: (steps: readonly Step[], changed?: Step) => void;
  readonly run: () => Run;
}

function createView(pipeline: string, start: RunStart<PipelineInput>): View {
  const { workflowId: runId, runId: attemptId, startTime } = workflowInfo();
  let run: Run = {
    runId,
    attemptId,
    pipeline,
    connection: start.input.connection,
    trigger: start.trigger,
    ...(start.lineage && { lineage: start.lineage }),
    status: 'running',
    startedAt: startTime.toISOString(),
    steps: [],
  };
  const names = namesOf(runId, start.input);
  const changes: { readonly change: Change; readonly atMs: number }[] = [];
  const note = (change: Change): void => {
    changes.push({ change, atMs: Date.now() });
  };
  note({ type: 'run', run: { status: 'running' } });
  setHandler(runQuery, () => run, { description: 'The run and its steps, now.' });
  const eventsAfter = (after: number): RunEvent[] =>
    changes.slice(after).map(({ change, atMs }, index) => ({
      ...change,
      number: after + index + 1,
      at: new Date(atMs).toISOString(),
    }));
  setHandler(eventsQuery, eventsAfter, { description: 'Its changes after a number.' });

  return {
    run: () => run,
    show: (steps, changed) => {
      if (changed !== undefined) note({ type: 'step', step: changed });
      run = { ...run, steps };
      setCurrentDetails(detailsOf(steps));
    },
    enter: (status, { step = lastStep(run.steps), failure, cleanup, result }) => {
      const ended = status === 'running' || status === 'parked' ? {} : { endedAt: new Date().toISOString() };
      const { failure: _, ...rest } = run;
      run = {
        ...rest,
        ...ended,
        status,
        ...(failure && { failure: step === undefined ? failure : { ...failure, step } }),
        ...(cleanup && { cleanup }),
        ...(result !== undefined && { result }),
      };
      upsertSearchAttributes([
        { key: statusKey, value: status },
        { key: stepKey, value: step ?? null },
        { key: failureKey, value: failure?.code ?? null },
        {
          key: fingerprintKey,
          value: failure ? fingerprintOf({ pipeline, step, failure, names }) : null,
        },
      ]);
      const known = run.failure && { failure: run.failure };
      note({ type: 'run', run: { status, ...ended, ...known, ...(cleanup && { cleanup }) } });
      return run;
    },
  };
}

const lastStep = (steps: readonly Step[]): string | undefined =>
  steps.findLast(({ state }) => state.status !== 'pending')?.name;

/** The steps in words, for Temporal's own Web UI. */
const detailsOf = (steps: readonly Step[]): string =>
  steps
    .map(({ name, state }, index) => {
      const more =
        state.status === 'waiting'
          ? `: ${state.waitingFor}`
          : 'failure' in state
            ? `: ${state.failure.message}`
            : '';
      return `${index + 1}. ${name} **${state.status}**${more}`;
    })
    .join('\n');
