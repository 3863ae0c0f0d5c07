/**
 * Step kinds and pipelines, each stated once: what plans, resets, replays and the kernel know of them follows from that.
 * The only generics of the house.
 */
import type { UndoTarget, UndoTargetOf } from '../run/undoing/effect.js';
import type { Effects, ReadingEffects } from '../run/undoing/effects.js';
import type { OutputKind } from '../run/output-kinds.js';
import type { Failure, FailureCode } from '../run/failures/errors.js';
import type { Overlap } from '../run/schedules/overlaps.js';
import type { PlacedPreflight } from '../run/inputs/preflight.js';
import type { WhereActing } from '../run/replays/replays.js';
import type { Json, RemoteReference } from '../run/steps.js';
import type { StepContext } from './context.js';
import type { Bounds, Ending, Passed, Seen } from './ends.js';
import type { Leaving, LeavingAttempt, Leftover, Undoable } from './leaving.js';

/** What a person's output for a step must be, by key. */
export type OutputKinds = Readonly<Record<string, OutputKind>>;

/** How a history tells what a step has come to; left out for a kind whose output the workflow computes. */
export interface RecordedBy<EffectName extends string = string> {
  /** When one of these completes, the step has ended; left out, it has ended when one has begun that waits for it. */
  readonly ends?: readonly EffectName[];
  /** Those whose result is its output. */
  readonly output: readonly EffectName[];
  /** By key of the output: activities whose results are parts of it, where they were called. */
  readonly parts?: Readonly<Record<string, EffectName>>;
  /** What undoes its effects, and with them its output. */
  readonly undo?: readonly EffectName[];
}

/** What is true of a kind of step, whatever it is made from. */
export interface StepFacts {
  /** `<platform>.<name>`, or the name of a kind that any platform has. */
  readonly kind: string;
  /** What an output must hold that a person supplies or a file names: without it a run would stop half-way. */
  readonly holds: OutputKinds;
  /** What later steps read if it is there. */
  readonly mayHold?: OutputKinds;
  /** Keys of its output by which it is the same for those who read it; left out, the whole output. */
  readonly sameBy?: readonly string[];
  readonly recorded?: RecordedBy;
  /** Whether each generation of it makes another object; what other kinds make is found by other means. */
  readonly renewable?: true;
  /** Whether it can look up what the input names before it makes anything. */
  readonly looksUp?: true;
  /** Whether what it makes takes the place of what served before. */
  readonly replaces?: true;
  /** Whether a person decides it: nobody supplies its output, nor that of a step which acts on it. */
  readonly asks?: true;
  /** Whether its output stands for something that no approver sees in it: where one is asked, none is taken from a file. */
  readonly isOpaque?: true;
  /** The kinds of steps within whose output it makes something: in another one, there is nothing of this run yet. */
  readonly isWithin?: readonly string[];
  /**
   * Whether it is found by its name, whichever generation has made it. What is asked for otherwise is another generation, so
   * that what is left of the one before can go.
   */
  readonly isNamed?: true;
  /** Whether a plan judges as it will, where all that it needs is known. */
  readonly judgesAhead?: true;
  /** Whether its output is the decision that the ledger of retrainings shows. */
  readonly decides?: true;
  /** Whether it can end the run or say no: what comes after it in its pipeline does not start before it has ended. */
  readonly holdsBack?: true;
  /** Failures that another object of its kind may not meet: where a pipeline says so, it is made again. */
  readonly repeats?: readonly FailureCode[];
  /** Under which condition the run goes on after it, in words: `it decides to retrain`. */
  readonly goesOnIf?: string;
  /** What is said before the reason for which an output of an earlier attempt does not count. */
  readonly again?: string;
}

/** A kind of step: what it is made from (its spec), what it comes to, and how it does that by the effects that it calls. */
export interface StepKind<
  Spec extends object,
  Output extends Json,
  Calls extends object = Effects & ReadingEffects,
> extends Omit<StepFacts, 'holds' | 'mayHold'> {
  readonly holds: { readonly [K in keyof Output]?: OutputKind };
  readonly mayHold?: { readonly [K in keyof Output]?: OutputKind };
  readonly sameBy?: readonly (keyof Output & string)[];
  readonly recorded?: RecordedBy<keyof Calls & string>;
  /** What of its spec decides what it makes; left out, all of it. The rest can change without its running again. */
  readonly madeFrom?: (spec: Spec) => object;
  /** What stops that which its effect has running. */
  readonly running?: (spec: Spec) => UndoTargetOf<Calls>;
  /** Where it acts; left out, what `running` names. */
  readonly at?: (spec: Spec) => WhereActing;
  /** What it has made that goes with a run that failed, where the input says so; `null` where that is nothing. */
  readonly lasting?: (output: Output) => Undoable<UndoTargetOf<Calls>> | null;
  readonly leaves?: Leaving<Spec, Output, UndoTargetOf<Calls>>;
  /** What it comes to without calling anything, where its spec says that; else `null`. */
  readonly foretold?: (spec: Spec) => Output | null;
  /** The objects on the platform that its output stands for, beside those that it has named while it waited. */
  readonly refersTo?: (output: Output) => readonly RemoteReference[];
  /**
   * What the platform had already that its output stands for, so that nothing was made: `revision 3 of iris`. `null` where it
   * was made, or where the spec asks for what is there. Of a generation above 1, nobody asks.
   */
  readonly reuses?: (output: Output, spec: Spec) => string | null;
  /** Why an output of an earlier attempt does not count; of a spec that is not known yet, `undefined` is judged. */
  readonly fault?: (output: Output, spec: Spec | undefined) => string | null;
  /** The end of the run that its output brings about; `null` where the run goes on. */
  readonly ends?: (output: Output) => Ending | null;
  /** Does it, in the order of its sentence: ensure, await, undo. */
  readonly perform: (step: StepContext<Calls>, spec: Spec) => Promise<Output>;
}

/** States a kind of step. */
export const defineStep = <
  Spec extends object,
  Output extends Json,
  Calls extends object = Effects & ReadingEffects,
>(
  kind: StepKind<Spec, Output, Calls>,
): StepKind<Spec, Output, Calls> => kind;

/** Outputs by step: `null` of one that was skipped, `undefined` of one that is not known yet. */
export type Outputs = Readonly<Record<string, Json | undefined>>;

/** That a step is done once for each item of a list. */
export interface Fanning {
  /** How many items are under way at once. */
  readonly atOnce: number;
  itemsOf(input: Json, outputs: Outputs, seen?: Seen): readonly Json[];
  /** The step of one item. */
  stepOf(item: Json, index: number): PipelineStep;
}

/**
 * A step of a pipeline as generic code walks it. Input and outputs are JSON here: the door has checked the one, and each
 * output is of the very step whose name it has.
 */
export interface PipelineStep extends StepFacts {
  /** The steps whose outputs it is made from: by another one of theirs, it runs again. */
  readonly needs: readonly string[];
  /** Those whose outputs it takes note of beside that. */
  readonly reads: readonly string[];
  /** Those whose outputs it is made from: what it needs and reads, without what only allows it. */
  readonly madeOf: readonly string[];
  /** Where it acts; left out, where the run does. */
  readonly connection?: string | undefined;
  readonly bounds?: Bounds | undefined;
  /** Of one that is done for each item: what is said of it then is true of each, but for its output. */
  readonly each?: Fanning | undefined;
  /** Whether the input asks for it, as far as the input alone can tell. */
  isAsked(input: Json): boolean;
  /** Why it is passed over, although the input asks for it; `null` where it is not. */
  passes(input: Json, outputs: Outputs, seen?: Seen): Passed | null;
  /** What it acts on, in words: `project ds/churn`. */
  on(input: Json): string;
  /** The project that it acts in, where the input alone tells; a plan looks there for what it would add to. */
  projectOf(input: Json): string | undefined;
  /** What it is made from; `null` where it has nothing to do. The outputs of what it needs and reads must be known. */
  specOf(input: Json, outputs: Outputs, seen?: Seen): object | null;
  madeFrom(spec: object): object;
  running(spec: object): UndoTarget | null;
  /** Where it acts, as far as that is known. */
  at(spec: object): WhereActing;
  /** What it has made that goes with a run that failed, where the run’s input asks for that; `null` where that is nothing. */
  lasting(output: Json): Undoable | null;
  /** As `Leaving` says; empty, or `null`, for a kind that leaves nothing. */
  unfinished(spec: object, attempt: LeavingAttempt): readonly Leftover[];
  beside(output: Json): Undoable | null;
  twin(output: Json, spec: object, attempt: LeavingAttempt): Leftover | null;
  /** Whether the pipeline goes on without it: then `null` stands for its output. */
  readonly isOptional: boolean;
  foretold(spec: object): Json | null;
  refersTo(output: Json): readonly RemoteReference[];
  reuses(output: Json, spec: object): string | null;
  fault(output: Json, spec: object | undefined): string | null;
  ends(output: Json): Ending | null;
  /** Why it must not be done, although everything before it has been; `null` where nothing stands against it. */
  refusal(input: Json, outputs: Outputs, seen?: Seen): Failure | null;
  perform(step: StepContext<object>, spec: object): Promise<Json>;
}

/** The outputs of the steps in front of one. */
export type Before<O> = { readonly [S in keyof O]: O[S] | null };

/** How a step of a pipeline is made from the input and the outputs of the steps that it needs or reads: it sees no others. */
export interface Placing<Input, O, Spec, N extends keyof O & string, A extends keyof O & string = never> {
  readonly needs?: readonly N[];
  readonly reads?: readonly N[];
  /** What it waits for too, and is refused by; what it is made from is known without these. */
  readonly allowedBy?: readonly A[];
  /** Whether the input asks for it; left out, always. */
  readonly if?: (input: Input) => boolean;
  /** Whether nothing comes after it that would miss its output. */
  readonly isLast?: true;
  readonly connection?: string | undefined;
  readonly bounds?: Bounds;
  readonly passes?: (input: Input, outputs: Pick<Before<O>, N>, seen: Seen) => Passed | null;
  /** What it acts on, in words, where a plan must say so before anything else is known. */
  readonly on?: (input: Input) => string;
  readonly projectOf?: (input: Input) => string | undefined;
  /** The one place in which input and outputs become what the step is made from, for the deed and for its plan. */
  readonly with: (input: Input, outputs: Pick<Before<O>, N>, seen: Seen) => Spec | null;
  readonly refusal?: (input: Input, outputs: Pick<Before<O>, N | A>, seen: Seen) => Failure | null;
}

declare const comesTo: unique symbol;

/** A step that comes to an output of this type. */
export type Placed<Output> = PipelineStep & { readonly [comesTo]?: Output };

/** Puts a kind into a pipeline of this input and these outputs. */
export type Place<Input, O> = <
  Spec extends object,
  Output extends Json,
  Calls extends object,
  N extends keyof O & string = never,
  A extends keyof O & string = never,
>(
  kind: StepKind<Spec, Output, Calls>,
  placing: Placing<Input, O, Spec, N, A>,
) => Placed<Output>;

/** A pipeline as generic code walks it. */
export interface Pipeline {
  readonly name: string;
  /** The Temporal workflow type. */
  readonly workflow: string;
  /** Of one that exists on several platforms: as it is on the one that an input names. Left out, it is the same for all. */
  readonly forInput?: (input: unknown) => Pipeline;
  /** The same of each platform, by its name. */
  readonly platforms?: Readonly<Record<string, Pipeline>>;
  /** Of schedules that state none. */
  readonly overlap: Overlap;
  /** Each after those that it needs and reads; what holds back, in front of what must wait for it. */
  readonly steps: Readonly<Record<string, PipelineStep>>;
  /** How long a run may take, without what it does last. */
  readonly withinMs?: number | undefined;
  /** What is done when the outcome is fixed, however the run has ended. */
  readonly last?: LastSteps | undefined;
  /** What its input names on each platform. */
  preflights(input: Json): readonly PlacedPreflight[];
  /** Whether an input asks for what a run has made to go when it fails. */
  cleansUp(input: Json): boolean;
  /** How it has ended after its last step; `null` for a pipeline that writes down no outcome. */
  end(outputs: Outputs, seen?: Seen): Ending | null;
  /** What it hands over; of steps that were not reached, the output is `undefined`. */
  result(input: Json, outputs: Outputs, ending: Ending | null, seen?: Seen): Json;
}

/** Steps at the end of a run. None of them parks. */
export interface LastSteps {
  /** How long they may take together. */
  readonly withinMs: number;
  readonly steps: Pipeline['steps'];
}

type PlacedSteps<Input, O> = (place: Place<Input, O>) => { readonly [S in keyof O]: Placed<O[S]> };

interface Stated<Input, O, Result extends Json> extends Pick<
  Pipeline,
  'name' | 'workflow' | 'overlap' | 'withinMs'
> {
  readonly preflights: (input: Input) => readonly PlacedPreflight[];
  /** Left out, where the input says `cleanup: true`. */
  readonly cleansUp?: (input: Input) => boolean;
  readonly steps: PlacedSteps<Input, O>;
  readonly last?: { readonly withinMs: number; readonly steps: PlacedSteps<Input, O> } | undefined;
  readonly end?: (outputs: Before<O>, seen: Seen) => Ending | null;
  readonly result: (input: Input, outputs: Partial<Before<O>>, ending: Ending | null, seen: Seen) => Result;
}

/**
 * States a pipeline: its input, the outputs of its steps, and what it hands over.
 * @throws TypeError where a step needs or reads one that does not come before it
 */
export function definePipeline<Input, O extends Readonly<Record<string, Json>>, Result extends Json>({
  steps,
  last,
  preflights,
  cleansUp,
  end,
  result,
  ...facts
}: Stated<Input, O, Result>): Pipeline {
  return {
    ...facts,
    steps: inOrder(facts.name, steps(place)),
    ...(last && { last: { withinMs: last.withinMs, steps: last.steps(place) } }),
    preflights: (input) => preflights(typed(input)),
    cleansUp: (input) => cleansUp?.(typed(input)) ?? wantsCleanup(input),
    end: (outputs, seen = {}) => end?.(typed(outputs), seen) ?? null,
    result: (input, outputs, ending, seen = {}) => result(typed(input), typed(outputs), ending, seen),
  };
}

/** A step that waited for a later one would never start. */
function inOrder(pipeline: string, steps: Pipeline['steps']): Pipeline['steps'] {
  const names = Object.keys(steps);
  for (const [at, [name, { needs, reads }]] of Object.entries(steps).entries())
    for (const other of [...needs, ...reads])
      if (!names.slice(0, at).includes(other))
        throw new TypeError(`${pipeline}: "${name}" needs "${other}", which does not come before it`);
  return steps;
}

/**
 * JSON by the type that it was checked to have: an input by the door, an output and a spec by the step whose it is. Where a
 * pipeline forgets the types of its steps, what is stated by the keys of an output is stated by texts. The effects of a step
 * are called by name on its connection, whose wing has them.
 */
const typed = (json: unknown): never => json as never;

const wantsCleanup = (input: Json): boolean =>
  typeof input === 'object' && input !== null && 'cleanup' in input && input['cleanup'] === true;

const stoppedBy = (target: UndoTarget | undefined): readonly Leftover[] =>
  target === undefined ? [] : [{ target }];

function placeIn(target: UndoTarget | undefined): WhereActing {
  const { undo: _, ...named } = target ?? { undo: '' };
  return Object.fromEntries(
    Object.entries(named).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

function place<
  Input,
  O,
  Spec extends object,
  Output extends Json,
  Calls extends object,
  N extends keyof O & string,
  A extends keyof O & string,
>(
  {
    holds,
    mayHold,
    madeFrom = (spec) => spec,
    running,
    at,
    lasting,
    leaves = {},
    foretold,
    refersTo,
    reuses,
    fault,
    ends,
    perform,
    ...facts
  }: StepKind<Spec, Output, Calls>,
  {
    needs = [],
    reads = [],
    allowedBy = [],
    if: isAsked,
    isLast,
    passes,
    on,
    projectOf,
    with: specOf,
    refusal,
    ...where
  }: Placing<Input, O, Spec, N, A>,
): Placed<Output> {
  return {
    ...facts,
    ...where,
    holds: typed(holds),
    ...(mayHold && { mayHold: typed(mayHold) }),
    needs,
    reads: [...reads, ...allowedBy],
    madeOf: [...needs, ...reads],
    isAsked: (input) => isAsked?.(typed(input)) ?? true,
    on: (input) => on?.(typed(input)) ?? '',
    projectOf: (input) => projectOf?.(typed(input)),
    passes: (input, outputs, seen = {}) => passes?.(typed(input), typed(outputs), seen) ?? null,
    specOf: (input, outputs, seen = {}) => specOf(typed(input), typed(outputs), seen),
    madeFrom: (spec) => madeFrom(typed(spec)),
    running: (spec) => running?.(typed(spec)) ?? null,
    at: (spec) => at?.(typed(spec)) ?? placeIn(running?.(typed(spec))),
    lasting: (output) => lasting?.(typed(output)) ?? null,
    unfinished: (spec, attempt) =>
      leaves.unfinished?.(typed(spec), attempt) ?? stoppedBy(running?.(typed(spec))),
    beside: (output) => leaves.beside?.(typed(output)) ?? null,
    twin: (output, spec, attempt) => leaves.twin?.(typed(output), typed(spec), attempt) ?? null,
    isOptional: isAsked !== undefined || isLast === true,
    foretold: (spec) => foretold?.(typed(spec)) ?? null,
    refersTo: (output) => refersTo?.(typed(output)) ?? [],
    reuses: (output, spec) => reuses?.(typed(output), typed(spec)) ?? null,
    fault: (output, spec) => fault?.(typed(output), typed(spec)) ?? null,
    ends: (output) => ends?.(typed(output)) ?? null,
    refusal: (input, outputs, seen = {}) => refusal?.(typed(input), typed(outputs), seen) ?? null,
    perform: (step, spec) => perform(typed(step), typed(spec)),
  };
}
