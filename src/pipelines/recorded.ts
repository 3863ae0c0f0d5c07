/** What a history tells of the steps of a run, without its workflow: each activity says of which step it is. */
import type { Json, Resolution, Step } from '../run/steps.js';
import type { Pipeline, PipelineStep } from '../steps/define.js';
import { itemName, itemOf, wholeOf } from '../steps/ends.js';
import { stepNamed } from '../steps/named.js';
import { type DefinedRun, pipelineOfRun } from './definition.js';
import { EvaluationFailure } from './document/evaluate.js';
import { itemsValue } from './document/scope.js';
import { askedSteps, laterSteps } from './order.js';

/** What a history says of the work of a run, in the order in which it was begun. */
export type Recorded =
  | {
      readonly type: 'activity';
      /** The event by which it was scheduled. */
      readonly eventId: number;
      readonly name: string;
      /** The step that has called it, or whose effect it undoes; left out for what is of no step. */
      readonly step?: string;
      /** What it returned; left out when it has not, or has failed. */
      readonly result?: Json;
    }
  | { readonly type: 'resolution'; readonly eventId: number; readonly resolution: Resolution };

export interface RecordedRun extends DefinedRun {
  readonly input: Json;
  /** Outputs of an earlier attempt: those steps called nothing. */
  readonly carried: Readonly<Record<string, Json>>;
  readonly recorded: readonly Recorded[];
  /** As legs of the attempt before this one have left them. */
  readonly before?: readonly Step[];
}

/** An activity and the step that it belongs to. */
export interface PlacedActivity {
  readonly step: string;
  readonly eventId: number;
  readonly name: string;
  readonly result?: Json;
  /** Whether it undoes what the step had done. */
  readonly isUndo: boolean;
}

/** The activities of a run that belong to a step. */
export const placedActivities = ({ recorded }: RecordedRun): PlacedActivity[] =>
  recorded.flatMap((entry) => {
    if (entry.type !== 'activity' || entry.step === undefined) return [];
    const { type: _, step, name, ...activity } = entry;
    return [{ ...activity, step, name, isUndo: isUndoing(name) }];
  });

/** Effects are named by their verbs. */
const isUndoing = (name: string): boolean => /^(stop|cancel|archive|takeBack|sweep)/.test(name);

/**
 * The outputs of the steps that a history shows to have ended, and to stand: none of a step whose effects were undone.
 * Steps whose output the workflow computes are left out; running them again calls nothing that changes anything.
 */
export function recordedOutputs(run: RecordedRun): Record<string, Json> {
  const placed = placedActivities(run);
  const outputs: Record<string, Json> = { ...run.carried };
  const pipeline = pipelineOfRun(run);
  const steps = { ...pipeline.steps, ...pipeline.last?.steps };
  const graph = askedSteps(pipeline.steps, run.input);
  const begun = { steps: pipeline.steps, input: run.input };
  for (const name of namesIn(run, steps)) {
    const step = stepNamed(steps, name);
    if (step === null || step.each !== undefined || isUndone({ name, step, steps }, placed)) continue;
    const later = laterSteps(graph, wholeOf(name));
    const output = outputOf({ name, step, later }, placed) ?? foretold(begun, step, outputs);
    if (output !== undefined && !(name in outputs)) outputs[name] = output;
    for (const entry of run.recorded)
      if (entry.type === 'resolution' && entry.resolution.step === name && entry.resolution.action === 'skip')
        outputs[name] = entry.resolution.output;
  }
  return outputs;
}

/** The steps of a run, those under `finally` last, each in front of those of its items that its history tells of. */
export function recordedNames(run: RecordedRun): string[] {
  const { steps, last } = pipelineOfRun(run);
  return namesIn(run, { ...steps, ...last?.steps });
}

function namesIn(run: RecordedRun, steps: Pipeline['steps']): string[] {
  const told = [...placedActivities(run).map(({ step }) => step), ...Object.keys(run.carried)];
  const begun = (run.before ?? []).map(({ name }) => name);
  const items = new Set([...told, ...begun].filter((name) => itemOf(name) !== null));
  const indexOf = (name: string): number => itemOf(name)?.index ?? 0;
  return Object.keys(steps).flatMap((name) => [
    name,
    ...[...items].filter((item) => itemOf(item)?.step === name).toSorted((a, b) => indexOf(a) - indexOf(b)),
  ]);
}

const isAmong = (names: readonly string[] = [], name: string): boolean => names.includes(name);

/**
 * What was undone before the step was done again stands no more in its way. What a step of another kind undoes may be a part of
 * this one, such as the environment of a revision; one of the same kind undoes its own.
 */
function isUndone(
  { name, step: { kind, recorded }, steps }: Named & Pick<Pipeline, 'steps'>,
  placed: readonly PlacedActivity[],
): boolean {
  const doneAt = placed.findLast(({ step, isUndo }) => step === name && !isUndo)?.eventId ?? 0;
  return placed.some(
    ({ step: by, isUndo, eventId, name: effect }) =>
      isUndo &&
      eventId > doneAt &&
      isAmong(recorded?.undo, effect) &&
      (by === name || stepNamed(steps, by)?.kind !== kind),
  );
}

interface Named {
  readonly name: string;
  readonly step: PipelineStep;
}

function outputOf(
  { name, step: { recorded }, later }: Named & { readonly later: ReadonlySet<string> },
  placed: readonly PlacedActivity[],
): Json | undefined {
  if (recorded === undefined) return undefined;
  const own = placed.filter(({ step, isUndo }) => step === name && !isUndo);
  const resultOf = (names: readonly string[]) =>
    own.findLast((activity) => activity.result !== undefined && names.includes(activity.name))?.result;
  const last = own.at(-1);
  // A step that nothing of its own ends has ended when one has begun that waits for it.
  const hasEnded =
    recorded.ends === undefined
      ? last !== undefined &&
        placed.some(({ step, eventId, isUndo }) => later.has(step) && eventId > last.eventId && !isUndo)
      : last?.result !== undefined && isAmong(recorded.ends, last.name);
  const result = resultOf(recorded.output);
  if (!hasEnded || result === undefined) return undefined;
  const parts = Object.entries(recorded.parts ?? {}).filter(([, activity]) =>
    own.some((one) => one.name === activity),
  );
  if (parts.length === 0) return result;
  return {
    ...objectOf(result),
    ...Object.fromEntries(parts.map(([key, activity]) => [key, resultOf([activity]) ?? null])),
  };
}

/** The steps of a run that was begun with an input. */
interface Begun extends Pick<Pipeline, 'steps'> {
  readonly input: Json;
}

/** What a step comes to that calls nothing, for what it is made from says it. */
function foretold(of: Begun, step: PipelineStep, outputs: Readonly<Record<string, Json>>): Json | undefined {
  const { steps, input } = of;
  if (!step.isAsked(input)) return undefined;
  try {
    const known = { ...Object.fromEntries(leftOut(of)), ...outputs };
    for (const name of step.needs) {
      const each = steps[name]?.each;
      if (each !== undefined)
        Object.assign(known, wholeIn(known, { name, items: each.itemsOf(input, known) }));
    }
    if (!step.needs.every((need) => known[need] !== undefined)) return undefined;
    if (step.passes(input, known) !== null) return undefined;
    const spec = step.specOf(input, known);
    return (spec === null ? null : step.foretold(spec)) ?? undefined;
  } catch (error) {
    if (error instanceof EvaluationFailure) return undefined; // it has parked, or its item is not told
    throw error;
  }
}

/** What a step has come to whose items have all succeeded. */
function wholeIn(
  known: Readonly<Record<string, Json>>,
  { name, items }: { readonly name: string; readonly items: readonly Json[] },
): Readonly<Record<string, Json>> {
  const outputs = items.map((_, index) => known[itemName(name, index)]);
  if (outputs.includes(undefined)) return {};
  const ends = items.map((item, index) => {
    const output = outputs[index] ?? null;
    return { item, output, state: output === null ? ('skipped' as const) : ('succeeded' as const), tries: 1 };
  });
  return { [name]: itemsValue('succeeded', ends) };
}

/** The steps that the input does not ask for, as those who read them have it. */
const leftOut = ({ steps, input }: Begun): (readonly [string, null])[] =>
  Object.entries(steps).flatMap(([name, step]) => (step.isAsked(input) ? [] : [[name, null] as const]));

const objectOf = (value: Json): Readonly<Record<string, Json>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>) // JSON that is neither null, plain nor a list
    : {};
