/** What goes on beside a new attempt: what the one before has left, and nobody takes over. */
import type { UndoCall } from '../../run/undoing/effect.js';
import { isCutOff, leftoversOf } from '../../pipelines/leftovers.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { earlierSteps } from '../../pipelines/order.js';
import { allStepsOf, stepsOf } from '../../pipelines/replay-request.js';
import type { AttemptRecord, PlannedAction, PlannedStep } from '../../run/replays/replays.js';
import { keyOf, withStops } from '../../run/undoing/undoing.js';
import { besideOutput, undoFactsOf } from '../../steps/undoings.js';
import { wholeOf } from '../../steps/ends.js';
import { cleaningOf } from './left-running.js';

/**
 * What no cleanup knows of an attempt that Temporal has ended: what a request that was under way may still make, and a
 * version that nobody has watched to the end.
 */
export function cutOffIn(record: AttemptRecord): readonly UndoCall[] {
  if (!isCutOff(record)) return [];
  const kinds = new Map(allStepsOf(record));
  const isUnwatched = ({ origin: { step } }: UndoCall): boolean => kinds.get(step)?.replaces === true;
  return leftoversOf(record).filter(
    (call) => call.keep !== true && (call.doubt === 'unanswered' || isUnwatched(call)),
  );
}

/**
 * What goes on beside a new attempt: what was asked to stop is looked at until it has, and of what was cut off or is open,
 * what the plan leaves behind. Nobody adopts that, and a request for it may still be carried out.
 */
export function goingOn(
  record: AttemptRecord,
  steps: readonly PlannedStep[],
  { cutOff, open }: { readonly cutOff: readonly UndoCall[]; readonly open: readonly UndoCall[] },
): readonly UndoCall[] {
  const kinds = new Map(stepsOf(record));
  const deploying = steps.find(({ name }) => kinds.get(name)?.replaces === true);
  const isTaken = ({ action }: PlannedStep): boolean => taken.includes(action);
  const earlier = deploying && earlierSteps(pipelineOfRun(record).steps).get(wholeOf(deploying.name));
  // Before what it waits for has come to its end, nothing is deployed, and perhaps never.
  const isDeployingSoon =
    deploying !== undefined &&
    !isTaken(deploying) &&
    steps.every((step) => earlier?.has(wholeOf(step.name)) !== true || isTaken(step));
  // What serves is replaced by what is deployed next, and not stopped before it.
  const left = isDeployingSoon ? cutOff.filter(({ doubt }) => doubt !== undefined) : cutOff;
  const known = new Map([...left, ...withStops(open, left)].map((call) => [keyOf(call), call] as const));
  const behind = [...known.values()].flatMap((call) => leftBehind(call, steps) ?? []);
  const stopping = steps.flatMap(({ name, cleans }) =>
    cleans.length > 0 ? (cleaningOf(record, name) ?? []) : [],
  );
  const isAmong = (calls: readonly UndoCall[], { origin }: UndoCall): boolean =>
    calls.some(
      ({ origin: { step, generation } }) => step === origin.step && generation === origin.generation,
    );
  return [
    ...stopping.map((call) => (isAmong(behind, call) ? { ...call, doubt: 'perhaps' as const } : call)),
    ...behind
      .filter((call) => !isAmong(stopping, call))
      .map((call) => ({ told: [], ...(isDeployingSoon ? withoutRestoring(call) : call) })),
  ];
}

/** What is left to undo of a call; `null` where the new attempt goes on with what it is about. */
function leftBehind(call: UndoCall, steps: readonly PlannedStep[]): UndoCall | null {
  const planned = steps.find(({ name }) => name === call.origin.step);
  if (planned === undefined) return call; // of an item, or of a step of another document, that there is no more
  if (call.origin.generation < planned.generation) return call;
  if (planned.action === 'dropped') return call;
  const isGivenUp = planned.action === 'supplied' || planned.action === 'skipped';
  return isGivenUp ? besideOutput(call, planned.output ?? null) : null;
}

/** What is not done again. */
const taken: readonly PlannedAction[] = ['reused', 'supplied', 'skipped', 'dropped'];

/** Where the new attempt deploys soon, what served before is not started again. */
const withoutRestoring = (call: UndoCall): UndoCall => {
  const { withoutRestoring: without } = undoFactsOf(call);
  return without === undefined || call.keep === true ? call : { ...call, target: without(call.target) };
};
