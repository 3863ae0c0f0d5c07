/** The life of a run: how it ends, what it undoes, who is told. Every pipeline is a body within it. */
import { allHandlersFinished, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Failure } from '../pipeline/errors.js';
import type { NamedInput } from '../pipeline/fingerprint.js';
import { startersOf } from '../pipeline/people.js';
import type { Json, Run, RunStart } from '../pipeline/steps.js';
import { keptSteps } from '../pipelines/authority.js';
import type { Pipeline } from '../steps/define.js';
import { fail, failureOf } from '../steps/failures.js';
import { type Announce, createAnnouncer } from './announce.js';
import { createApprovals } from './approval.js';
import { createStepEffects } from './effects.js';
import { record } from './ledger.js';
import { createParking } from './parking.js';
import { createRunView } from './run-view.js';
import { Steps } from './steps.js';
import { createUndoStack } from './undo.js';

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
  const view = createRunView(pipeline.name, start);
  const announce = createAnnouncer(start.notify);
  const input = start.input as unknown as Json; // it came as JSON
  const parking = createParking(pipeline, keptSteps(pipeline, input));
  const { connection } = start.input;
  const effectsOf = createStepEffects(connection);
  const undo = createUndoStack(connection, effectsOf);
  const announceNow: Announce = (type, approval) => {
    const { failure: _, ...run } = view.run(); // of another step
    return announce(type, run, approval);
  };
  const starters = startersOf(start, workflowInfo().workflowId);
  const approvals = createApprovals(starters, announceNow);
  const steps = new Steps({
    ...{ connection, pipeline, input, continuation: start.continuation, notify: start.notify },
    ...{ effectsOf, undo, approvals, starters },
    park: async (step, failure) => {
      const stood = view.stand();
      const resolved = parking.park(step);
      resolved.catch(() => undefined); // a cancellation may come while it is announced; it is awaited below
      await announce('run.parked', { ...stood, failure: { ...failure, step } }); // another may be shown
      const resolution = await resolved;
      const { failure: _, ...going } = view.stand(step);
      await announce('run.resumed', going);
      return resolution;
    },
    pause: parking.pause,
    // Nothing that a person could say would count any more.
    closing: (trouble) => {
      if (trouble !== null) view.fail(trouble);
      parking.giveUp();
      approvals.giveUp();
    },
    moved: () => void view.stand(),
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
    const ended = view.enter(cancelled ? 'cancelled' : 'failed', {
      ...{ step: steps.endedIn, failure, cleanup },
    });
    await announce(cancelled ? 'run.cancelled' : 'run.failed', ended);
    if (cancelled) throw error;
    throw fail(failure, [ended]);
  }
}
