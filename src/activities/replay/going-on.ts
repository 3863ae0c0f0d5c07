/** What goes on beside a new attempt: what the one before has left, and nobody takes over. */
import type { UndoCall } from '../../run/undoing/effect.js';
import { isCutOff, leftoversOf } from '../../pipelines/leftovers.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { earlierSteps } from '../../pipelines/order.js';
import { allStepsOf, outputOf, partOf, stepsOf } from '../../pipelines/replay-request.js';
import type { AttemptRecord, PlannedStep } from '../../run/replays/replays.js';
import type { Json } from '../../run/steps.js';
import { keyOf, withStops } from '../../run/undoing/undoing.js';
import { besideOutput, undoFactsOf } from '../../steps/undoings.js';
import { wholeOf } from '../../steps/ends.js';
import { cleaningOf } from './left-running.js';

/**
 * What no cleanup knows of an attempt that Temporal has ended: what a request that was under way may still make, a version
 * that nobody has watched to the end, and a build that would go on to its end.
 */
export function cutOffIn(record: AttemptRecord): readonly UndoCall[] {
  if (!isCutOff(record)) return [];
  const kinds = new Map(allStepsOf(record));
  // A plan stops nothing of it first: what has a name may serve.
  const isUnwatched = ({ origin: { step } }: UndoCall): boolean => {
    const { replaces, isNamed } = kinds.get(step) ?? {};
    return replaces === true || (isNamed === true && outputOf(record, step) === undefined);
  };
  return leftoversOf(record).filter(
    (call) =>
      call.keep !== true &&
      (call.doubt === 'unanswered' || isUnwatched(call) || undoFactsOf(call).endsByItself === true),
  );
}

/** The attempt that a replay goes on from, and what that does. */
interface Going {
  readonly record: AttemptRecord;
  readonly steps: readonly PlannedStep[];
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
  const going = { record, steps };
  const leftByIt = (call: UndoCall): UndoCall => ({ leftBy: record.attemptId, ...call });
  const left = cutOff
    .map(leftByIt)
    .filter((call) => call.doubt !== undefined || !isReplacedSoon(going, call));
  const known = [...left, ...withStops(open.map(leftByIt), left)];
  const behind = [...new Map(known.map((call) => [keyOf(call), call] as const)).values()].flatMap((call) => {
    const rest = leftBehind(going, call);
    return rest === null ? [] : [asReplaced(going, rest)];
  });
  const stopping = steps
    .flatMap(({ name, cleans }) => (cleans.length > 0 ? (cleaningOf(record, name) ?? []) : []))
    .map(leftByIt);
  // Taking a deployment back stops the same, and starts again what served before.
  const takenBack = behind.filter((call) => isTakenBack(call) && !isReplacedSoon(going, call));
  const stopped = stopping.filter((call) => !isAmong(takenBack, call));
  return [
    ...stopped.map((call) => (isAmong(behind, call) ? { ...call, doubt: 'perhaps' as const } : call)),
    ...behind.filter((call) => !isAmong(stopped, call)).map((call) => ({ told: [], ...call })),
  ];
}

/** Whether any of them is about the same effect. */
const isAmong = (calls: readonly UndoCall[], { origin, leftBy }: UndoCall): boolean =>
  calls.some(
    ({ origin: { step, generation }, leftBy: by }) =>
      step === origin.step && generation === origin.generation && by === leftBy,
  );

/** What is not done again. */
const isTaken = ({ action }: PlannedStep): boolean =>
  ['reused', 'supplied', 'skipped', 'dropped'].includes(action);

/**
 * Whether what serves is replaced by what is deployed next: it is not stopped before that, and what served before it is not
 * started again. Before what a step waits for has come to its end, nothing is deployed, and perhaps never.
 */
function isReplacedSoon({ record, steps }: Going, call: UndoCall): boolean {
  const { step: name } = call.origin;
  const deploying = steps.find((step) => step.name === name);
  if (deploying === undefined || isTaken(deploying) || isElsewhere(call, deploying)) return false;
  if (new Map(stepsOf(record)).get(name)?.replaces !== true) return false;
  const earlier = earlierSteps(pipelineOfRun(record).steps).get(wholeOf(name));
  return steps.every((step) => earlier?.has(wholeOf(step.name)) !== true || isTaken(step));
}

/** What serves is not taken back where the step deploys in its place. */
function asReplaced(going: Going, call: UndoCall): UndoCall {
  if (undoFactsOf(call).mayServe !== true) return isReplacedSoon(going, call) ? withoutRestoring(call) : call;
  const planned = going.steps.find(({ name }) => name === call.origin.step);
  const isReplaced = planned !== undefined && !isTaken(planned) && !isElsewhere(call, planned);
  const { untilReplaced: _, ...target } = call.target;
  return { ...call, target: { ...target, ...(isReplaced && { untilReplaced: true }) } };
}

/** What is left to undo of a call; `null` where the new attempt goes on with what it is about. */
function leftBehind({ record, steps }: Going, call: UndoCall): UndoCall | null {
  const planned = steps.find(({ name }) => name === call.origin.step);
  if (planned === undefined) return call; // of an item, or of a step of another document, that there is no more
  if (planned.action === 'dropped') return call;
  if (call.origin.generation < planned.generation) {
    const isNamed = new Map(stepsOf(record)).get(planned.name)?.isNamed === true;
    return isNamed ? besideAdopted(call, planned) : call;
  }
  const isGivenUp = planned.action === 'supplied' || planned.action === 'skipped';
  const { output = null } = planned;
  if (isGivenUp) return isInAnother(call, output) ? call : besideOutput(call, output);
  return isElsewhere(call, planned) ? call : null;
}

/** Whether a step acts elsewhere now than where a call undoes what it has made. */
function isElsewhere(call: UndoCall, { at }: PlannedStep): boolean {
  if (at === undefined) return false;
  if (at === null) return true;
  const [, parentKey] = undoFactsOf(call).namedBy;
  const parent = parentKey === undefined ? {} : { [parentKey]: call.made?.parent };
  const { connection, target } = call;
  const there: Readonly<Record<string, unknown>> = { connection, ...parent, ...target };
  return Object.entries(at).some(([key, value]) => there[key] !== undefined && there[key] !== value);
}

/** Whether an output names something in another place than where a call looks. */
function isInAnother(call: UndoCall, output: Json): boolean {
  const [, parentKey] = undoFactsOf(call).namedBy;
  if (parentKey === undefined) return false;
  const [parent, sought] = [partOf(output, parentKey), call.target[parentKey]];
  return typeof parent === 'string' && sought !== undefined && sought !== parent;
}

/** What is found by its name may be what an earlier generation has left. */
function besideAdopted(call: UndoCall, { adopts }: PlannedStep): UndoCall | null {
  if (adopts === undefined) return call;
  const { object, namedBy, endsByItself } = undoFactsOf(call);
  if (object === adopts.kind) return besideOutput(call, { [namedBy[0]]: adopts.id });
  return endsByItself === true ? null : call;
}

const isTakenBack = (call: UndoCall): boolean =>
  call.keep !== true && undoFactsOf(call).withoutRestoring !== undefined;

/** Where the new attempt deploys soon, what served before is not started again. */
const withoutRestoring = (call: UndoCall): UndoCall => {
  const { withoutRestoring: without } = undoFactsOf(call);
  return without === undefined || call.keep === true ? call : { ...call, target: without(call.target) };
};
