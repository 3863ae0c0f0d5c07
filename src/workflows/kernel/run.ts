/** The life of a run: how it ends, what it undoes, who is told. Every pipeline is a body within it. */
import { CancellationScope, allHandlersFinished, condition, isCancellation } from '@temporalio/workflow';
import type { Failure } from '../../run/failures/errors.js';
import type { Leg } from '../../run/legs.js';
import { startersOf } from '../../run/approvals/people.js';
import type { Cleanup, Json, Run, RunStart } from '../../run/steps.js';
import { keptSteps } from '../../pipelines/authority.js';
import type { Pipeline } from '../../steps/define.js';
import { stepNamed } from '../../steps/named.js';
import { fail, failureOf } from '../../steps/failures.js';
import { writeDuration } from '../../run/schedules/durations.js';
import { type Announce, type Announcer, createAnnouncer } from './announce.js';
import { type Approvals, createApprovals } from './approval.js';
import { type Attempt, attemptOf } from '../legs/attempt.js';
import { createStepEffects } from './effects.js';
import { record } from './ledger.js';
import { Legs, atRest } from '../legs/legs.js';
import { Expired, withinLimit } from './limits.js';
import { continueWith } from '../legs/next-leg.js';
import { type Parking, createParking } from './parking.js';
import { type RunView, createRunView } from './run-view.js';
import { Steps } from './steps.js';
import type { Finished } from './steps-options.js';
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
  place: RunPlace,
): Promise<Run> {
  const running = createRun(pipeline, start, place);
  const { view, announce, steps, undo } = running;
  const input = start.input as Json; // it came as JSON
  try {
    // Nobody is told of most runs, and few have handlers that still run: each wait for nothing would cost promises.
    if (start.notify !== undefined && start.leg === undefined) await announce('run.started', view.run());
    if (start.leg === undefined) undo.sweep(start.continuation?.sweeps ?? []);
    const { outputs, ending, seen } = await runSteps(running, start);
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
    steps.endUnreached(sayEnd(failure, steps.endedIn));
    const ended = view.enter(outcome, { ...{ step: steps.endedIn, failure }, cleanup: cleanup ?? undone });
    await announce(cancelled ? 'run.cancelled' : 'run.failed', ended);
    if (cancelled) throw error;
    throw fail(failure, [ended]);
  }
}

/** All that a run is made of. */
interface Running {
  readonly pipeline: Pipeline;
  readonly attempt: Attempt;
  readonly view: RunView;
  readonly announce: Announcer['announce'];
  /** How many events were announced. */
  readonly announced: Announcer['count'];
  readonly legs: Legs;
  readonly parking: Parking;
  readonly approvals: Approvals;
  readonly steps: Steps;
  readonly undo: UndoStack;
}

function createRun(pipeline: Pipeline, start: RunStart<unknown>, place: RunPlace): Running {
  const { trigger, lineage, continuation, notify, leg } = start;
  const { connection } = place;
  const attempt = attemptOf(leg);
  const before = leg && { view: leg.view, steps: leg.steps.steps };
  const viewed = { ...place, trigger, attempt, before, ...(lineage && { lineage }) };
  const view = createRunView(pipeline.name, viewed);
  const announcer = createAnnouncer(notify, attempt, leg?.announced);
  const legs = new Legs({
    limits: start.legs,
    open: Object.keys(leg?.steps.deeds ?? {}).length,
    isSpokenTo: () => approvals.isSpokenTo(),
  });
  const { track } = legs;
  const announce: Announcer['announce'] = (...event) => track(announcer.announce(...event));
  const input = start.input as Json; // it came as JSON
  const parking = createParking(pipeline, keptSteps(pipeline, input));
  const all = { ...pipeline.steps, ...pipeline.last?.steps };
  const effectsOf = createStepEffects((step) => stepNamed(all, step)?.connection ?? connection, track);
  const undo = createUndoStack({ connection, attempt, effectsOf, track, before: leg?.undo });
  const announceNow: Announce = (type, approval) => {
    const { failure: _, ...run } = view.run(); // of another step
    return announce(type, run, approval);
  };
  const starters = startersOf(start, attempt.runId);
  const approvals = createApprovals(starters, announceNow, leg?.questions);
  const steps = new Steps({
    ...{ connection, pipeline, input, continuation, notify, attempt, legs, before: leg?.steps },
    ...{ effectsOf, undo, approvals, starters },
    park: async (step, failure, { isStill }) => {
      const stood = view.stand();
      const resolved = parking.park(step);
      resolved.catch(() => undefined); // a cancellation may come while it is announced; it is awaited below
      if (!isStill) await announce('run.parked', { ...stood, failure: { ...failure, step } }); // another may be shown
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
      legs.end();
    },
    moved: () => void view.stand(),
    changed: view.show,
  });
  const { count: announced } = announcer;
  return { pipeline, attempt, view, announce, announced, legs, parking, approvals, steps, undo };
}

/** Does the steps, or those of this leg; the last thing that happens in that is the beginning of the next one. */
async function runSteps(running: Running, start: RunStart<unknown>): Promise<Finished> {
  const { pipeline, attempt, legs, parking, approvals, steps } = running;
  const listen = (): void => {
    parking.listen();
    approvals.listen();
  };
  if (start.leg === undefined) listen();
  const { withinMs } = pipeline;
  const goneMs = start.leg === undefined ? 0 : Date.now() - Date.parse(attempt.startedAt);
  const ran = withinMs === undefined ? steps.runAll() : withinLimit(withinMs - goneMs, () => steps.runAll());
  // Whoever resolves or decides something is heard when every step is where it was.
  if (start.leg !== undefined) void CancellationScope.nonCancellable(() => atRest(listen));
  if (attempt.isReset) return ran; // that it was reset is in the history of this execution alone
  const next = legs.next(() => continueWith(start, nextLeg(running)));
  const came = await Promise.race([ran, next]);
  legs.end();
  return typeof came === 'function' ? came() : came;
}

function nextLeg(running: Running): Leg {
  const { attempt, view, announced, approvals, steps, undo } = running;
  const { attemptId, startedAt } = attempt;
  return {
    ...{ attemptId, startedAt, announced: announced() },
    ...{ steps: steps.known(), undo: undo.known(), view: view.told(), questions: approvals.open() },
  };
}

/** What a run fails or is cancelled by; `null` for a mistake in the code. */
function endingFailure(error: unknown, { withinMs = 0 }: Pipeline): Failure | null {
  if (isCancellation(error)) return { code: 'CANCELLED', message: 'the run was cancelled' };
  if (error instanceof Expired)
    return { code: 'TIMED_OUT', message: `the run was not done within ${writeDuration(withinMs)}` };
  return failureOf(error);
}

/** Why a step that the run has not come to is skipped. */
function sayEnd({ code }: Failure, step: string | undefined): string {
  if (code === 'CANCELLED') return 'the run was cancelled before this step';
  return step === undefined ? 'the run ended before this step' : `the run failed at "${step}"`;
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
