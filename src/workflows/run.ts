/** The life of a run: how it ends, what it undoes, who is told. Every pipeline is a body within it. */
import {
  CancellationScope,
  allHandlersFinished,
  condition,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { Failure } from '../pipeline/errors.js';
import { startersOf } from '../pipeline/people.js';
import type { Cleanup, Json, Run, RunStart } from '../pipeline/steps.js';
import { keptSteps } from '../pipelines/authority.js';
import type { Pipeline } from '../steps/define.js';
import { stepNamed } from '../steps/named.js';
import { fail, failureOf } from '../steps/failures.js';
import { writeDuration } from '../pipeline/durations.js';
import { type Announce, createAnnouncer } from './announce.js';
import { createApprovals } from './approval.js';
import { createStepEffects } from './effects.js';
import { record } from './ledger.js';
import { Expired, withinLimit } from './limits.js';
import { createParking } from './parking.js';
import { createRunView } from './run-view.js';
import { Steps } from './steps.js';
import { type UndoStack, createUndoStack } from './undo.js';

/** What a run is about, beside its input. */
export interface RunPlace {
  /** Where it acts, but for steps that name another. */
  readonly connection: string;
  /** Every connection on which it acts; left out, that one. */
  readonly connections?: readonly string[];
  /** What it names that no other run does. */
  readonly names: readonly string[];
}

/**
 * Runs a pipeline and returns the run as it ended.
 *
 * A failure of the pipeline fails the Temporal run with the failure's code as its type; a cancellation cancels
 * it. Both stop what the run has running on the platform before they end.
 */
export async function runPipeline(
  pipeline: Pipeline,
  start: RunStart<unknown>,
  { connection, connections, names }: RunPlace,
): Promise<Run> {
  const { trigger, lineage, continuation } = start;
  const place = { connection, ...(connections && { connections }), names };
  const view = createRunView(pipeline.name, { ...place, trigger, ...(lineage && { lineage }) });
  const announce = createAnnouncer(start.notify);
  const input = start.input as Json; // it came as JSON
  const parking = createParking(pipeline, keptSteps(pipeline, input));
  const all = { ...pipeline.steps, ...pipeline.last?.steps };
  const effectsOf = createStepEffects((step) => stepNamed(all, step)?.connection ?? connection);
  const undo = createUndoStack(connection, effectsOf);
  const announceNow: Announce = (type, approval) => {
    const { failure: _, ...run } = view.run(); // of another step
    return announce(type, run, approval);
  };
  const starters = startersOf(start, workflowInfo().workflowId);
  const approvals = createApprovals(starters, announceNow);
  const steps = new Steps({
    ...{ connection, pipeline, input, continuation, notify: start.notify },
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

  const running: Running = { pipeline, steps, undo };
  try {
    // Nobody is told of most runs, and few have handlers that still run: each wait for nothing would cost promises.
    if (start.notify !== undefined) await announce('run.started', view.run());
    undo.sweep(continuation?.sweeps ?? []);
    const { withinMs } = pipeline;
    const ran = withinMs === undefined ? steps.runAll() : withinLimit(withinMs, () => steps.runAll());
    const { outputs, ending, seen } = await ran;
    const result = pipeline.result(input, outputs, ending, seen);
    if (ending !== null && ending.isRecorded !== true)
      record(ending.outcome, { conclusion: ending.conclusion });
    if (!allHandlersFinished()) await condition(allHandlersFinished);
    if (pipeline.last !== undefined)
      await doLast(running, { outcome: ending?.outcome ?? 'succeeded', reason: ending?.conclusion ?? '' });
    const cleanup = undo.isInDoubt() ? await undo.end() : undefined;
    const ended = view.enter('succeeded', { result, ...(cleanup && { cleanup }) });
    if (start.notify !== undefined) await announce('run.succeeded', ended);
    return ended;
  } catch (error) {
    const cancelled = isCancellation(error);
    const failure = endingFailure(error, pipeline);
    if (failure === null) throw error;
    if (cancelled || error instanceof Expired) view.stand(); // lists say no more that it is parked
    const undone = await undo.perform(pipeline.cleansUp(input) ? ['running', 'lasting'] : ['running']);
    const outcome = cancelled ? 'cancelled' : 'failed';
    const cleanup = await doLast(running, { outcome, reason: failure.message, undone });
    const ended = view.enter(outcome, { ...{ step: steps.endedIn, failure }, cleanup: cleanup ?? undone });
    await announce(cancelled ? 'run.cancelled' : 'run.failed', ended);
    if (cancelled) throw error;
    throw fail(failure, [ended]);
  }
}

/** What a run fails or is cancelled by; `null` for a mistake in the code. */
function endingFailure(error: unknown, { withinMs = 0 }: Pipeline): Failure | null {
  if (isCancellation(error)) return { code: 'CANCELLED', message: 'the run was cancelled' };
  if (error instanceof Expired)
    return { code: 'TIMED_OUT', message: `the run was not done within ${writeDuration(withinMs)}` };
  return failureOf(error);
}

interface Running {
  readonly pipeline: Pipeline;
  readonly steps: Steps;
  readonly undo: UndoStack;
}

interface Outcome {
  readonly outcome: string;
  readonly reason: string;
  /** Of a run that has not succeeded: what was undone, and what is left. */
  readonly undone?: Cleanup;
}

/** Does what is done last, also of a run that was cancelled; answers what is left then, where that may be more. */
async function doLast(
  { pipeline: { last }, steps, undo }: Running,
  { outcome, reason, undone }: Outcome,
): Promise<Cleanup | undefined> {
  if (last === undefined) return undefined;
  const run = { outcome, reason, failed: steps.failed, left: undone?.leftBehind ?? [] };
  await CancellationScope.nonCancellable(() => steps.runLast(last, run));
  return undone === undefined ? undefined : undo.end();
}
