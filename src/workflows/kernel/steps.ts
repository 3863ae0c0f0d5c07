/**
 * The step kernel: everything around a step, so that a pipeline reads as its business sentence.
 *
 * It keeps the state of each step, hands over outputs of an earlier attempt, parks what a person can repair,
 * and remembers how to undo. Temporal takes a stack trace of every promise that a workflow makes, which is most of
 * what a step costs: layers of async functions are few here for that reason.
 */
import { CancelledFailure } from '@temporalio/common';
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Preflight } from '../../run/inputs/preflight.js';
import type { OpenDeed, StepsLeg } from '../../run/legs.js';
import type { Json } from '../../run/steps.js';
import { askedSteps } from '../../pipelines/order.js';
import type { UndoKind } from '../../steps/context.js';
import type { Fanning, LastSteps, Outputs, Pipeline, PipelineStep } from '../../steps/define.js';
import type { Undoable } from '../../steps/leaving.js';
import {
  type EndedRun,
  type Ending,
  type Passed,
  type Seen,
  type Unsuccessful,
  itemName,
} from '../../steps/ends.js';
import { stepNamed } from '../../steps/named.js';
import { endsRun, failureOf } from '../../steps/failures.js';
import { collect, hasFailedItem } from './collected.js';
import type { Deed } from './deed.js';
import { Deeds, now } from './deeds.js';
import { FirstSends } from './first-sends.js';
import { type Closing, runGraph } from './graph.js';
import { type Settled, runItems } from './items.js';
import { record } from './ledger.js';
import { Expired, withinLimit } from './limits.js';
import { isHistoryFull } from '../legs/legs.js';
import { Origins } from './origins.js';
import { endsOfRest, isEnd, isEndedBy } from './run-end.js';
import { Contexts } from './step-contexts.js';
import { StepStates } from './step-states.js';
import type { Finished, StepsOptions } from './steps-options.js';
import { deedAsBefore, itemsIn, outputsOf, settledOf } from '../legs/taken-over.js';

/** The steps of one run. */
export class Steps {
  readonly #options: StepsOptions;
  readonly #all: Pipeline['steps'];
  readonly #carried: Readonly<Record<string, Json>>;
  readonly #outputs: Map<string, Json>;
  /** Of steps that have ended without success. */
  readonly #ends: Map<string, Unsuccessful>;
  readonly #origins: Origins;
  readonly #firstSends: FirstSends;
  readonly #states: StepStates;
  readonly #contexts: Contexts;
  readonly #deeds: Deeds;
  /** Those that a leg before has begun, until they go on. */
  readonly #begun: Map<string, OpenDeed>;
  /** By connection, what the first step that acts there looks up. */
  #preflights = new Map<string, Preflight>();
  #isClosing = false;
  /** Once the outcome is fixed. */
  #ended: EndedRun | undefined;
  #endedIn: string | undefined;

  constructor(options: StepsOptions) {
    const { continuation, pipeline, attempt, before, approvals, undo, park, pause, moved, changed } = options;
    const { effectsOf, notify } = options;
    this.#options = options;
    this.#all = { ...pipeline.steps, ...pipeline.last?.steps };
    this.#carried = continuation?.outputs ?? {};
    const connectionOf = (name: string): string => this.#connectionOf(this.#stepNamed(name));
    const { last } = pipeline;
    const isLast = (name: string): boolean => last !== undefined && stepNamed(last.steps, name) !== null;
    const { runId, startedAt, isReset } = attempt;
    this.#outputs = outputsOf(before?.steps ?? []);
    this.#ends = new Map(Object.entries(before?.ends ?? {}));
    this.#begun = new Map(Object.entries(before?.deeds ?? {}));
    this.#origins = new Origins({ attempt, continuation, before, connectionOf, isLast });
    this.#firstSends = new FirstSends({ continuation, isReset, isLast, before: before?.firstSends });
    const generationOf = (name: string): number | undefined => this.#origins.generationOf(name);
    const names = Object.keys(this.#all);
    this.#states = new StepStates({ names, generationOf, changed, ...(before && { before: before.steps }) });
    const known = { states: this.#states, origins: this.#origins, firstSends: this.#firstSends, undo };
    this.#contexts = new Contexts({
      ...{ ...known, effectsOf, approvals, pause },
      ...{ asked: before?.asked ?? {}, resolvers: before?.resolvers ?? [] },
      run: {
        ...{ runId, startedAt, continuation, record, notify },
        attemptId: before && attempt.attemptId,
        supplied: () => this.#states.supplied(),
        starters: () => [...new Set([...options.starters, ...this.#contexts.resolvers()])],
      },
    });
    this.#deeds = new Deeds({
      ...{ ...known, contexts: this.#contexts, park, moved },
      refusalOf: (step) => step.refusal(options.input, this.#known(), this.#seen()),
      again: (deed) => this.#do(deed),
      isClosing: () => this.#isClosing,
      isUnattended: () => this.#ended !== undefined,
      // What is done last is little, and has to be done.
      isFull: () => this.#ended === undefined && isHistoryFull(workflowInfo()),
    });
  }

  /** What the next leg is to know. */
  known(): StepsLeg {
    const steps = this.#states.all().filter(({ state }) => state.status !== 'pending');
    return {
      ...{ steps, ends: Object.fromEntries(this.#ends), deeds: this.#deeds.open() },
      ...this.#origins.known(),
      firstSends: this.#firstSends.known(),
      ...{ asked: this.#contexts.asked(), resolvers: this.#contexts.resolvers() },
      lookUps: [...this.#preflights.keys()],
    };
  }

  /** The step that has ended the run early: the one that failed first, or was cancelled first. */
  get endedIn(): string | undefined {
    return this.#endedIn;
  }

  /** The steps that have failed, each as a whole. */
  get failed(): readonly string[] {
    return this.#states
      .all()
      .flatMap(({ name, item, state }) => (state.status === 'failed' && item === undefined ? [name] : []));
  }

  /** Does every step as soon as it may be done, to the last one or to one that ends the run. */
  async runAll(): Promise<Finished> {
    const { input, pipeline, moved } = this.#options;
    const graph = askedSteps(pipeline.steps, input);
    for (const name of Object.keys(pipeline.steps))
      if (!Object.hasOwn(graph, name) && !this.#outputs.has(name)) this.#leaveOut(name, notAsked);
    const left = this.#options.before?.lookUps;
    for (const { connection = this.#options.connection, ...preflight } of pipeline.preflights(input))
      if (left === undefined || left.includes(connection)) this.#preflights.set(connection, preflight);
    const ending = await runGraph({
      ...{ graph, ended: [...this.#outputs.keys()], moved, isEnd },
      perform: (name) => this.#perform(name),
      closing: (by) => this.#close(by),
    });
    if (ending !== null || this.#ends.size > 0 || hasFailedItem(this.#states)) await this.#undoUnfinished();
    const [outputs, { ends }] = [this.#known(), this.#seen()];
    const seen = { ends: { ...ends, ...(ending && this.#rest()) } };
    return { outputs, seen, ending: ending ?? pipeline.end(outputs, seen) };
  }

  /** Says of every step that the run has not come to, and will not, that it is skipped. */
  endUnreached(reason: string): void {
    this.#skipRest(reason, { unreached: true });
  }

  /** Does what is done last, whatever becomes of it: the outcome is fixed, and nobody is asked. */
  async runLast({ withinMs, steps }: LastSteps, run: EndedRun): Promise<void> {
    this.#ended = run;
    this.#isClosing = false;
    this.#preflights.clear(); // what they name is none of it
    this.#endRest();
    const { moved } = this.#options;
    let isOver = false;
    try {
      await withinLimit(withinMs, () =>
        runGraph({
          ...{ graph: steps, moved, isEnd },
          perform: (name) => this.#perform(name),
          closing: () => {
            this.#isClosing = true;
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof Expired)) throw error;
      isOver = true;
    }
    await this.#undoUnfinished((name) => stepNamed(steps, name) !== null);
    if (isOver) this.#skipRest('there was no time left for it at the end of the run');
  }

  /** To those that come last, a step that has come to no output has ended as it stands. */
  #endRest(): void {
    for (const [name, end] of Object.entries(this.#rest())) {
      this.#outputs.set(name, null);
      this.#ends.set(name, end);
    }
  }

  #rest(): Readonly<Record<string, Unsuccessful>> {
    return endsOfRest(this.#options.pipeline.steps, this.#outputs, this.#states);
  }

  #stepNamed(name: string): PipelineStep {
    const step = stepNamed(this.#all, name);
    if (step === null) throw new TypeError(`the pipeline declares no step "${name}"`);
    return step;
  }

  /** What a step that has nothing to do comes to, for those who read it. */
  #leaveOut(name: string, { reason, isReleased }: Passed): null {
    this.#outputs.set(name, null);
    this.#ends.set(name, { state: 'skipped', reason, ...(isReleased && { isReleased }) });
    this.#states.enter(name, { status: 'skipped', endedAt: now(), reason });
    return null;
  }

  /** Nothing starts any more. What goes on is waited for, but for what a person would have to say. */
  #close(by: Closing): void {
    this.#isClosing = true;
    this.#endedIn = by.step;
    if ('ending' in by) this.#skipRest(by.ending.conclusion);
    const failure = 'error' in by && !isCancellation(by.error) ? failureOf(by.error) : null;
    this.#options.closing(failure && { step: by.step, failure });
  }

  /** Of a run whose outcome is another all the same: what a step has left that was given up, or has failed meanwhile. */
  async #undoUnfinished(isMeant: (name: string) => boolean = () => true): Promise<void> {
    for (const { name, state } of this.#states.all())
      if ((state.status === 'failed' || state.status === 'cancelled') && isMeant(name))
        await this.#options.undo.perform(['running'], name);
  }

  /** Does a step; resolves to the end of the run that its output brings about. */
  #perform(name: string): Promise<Ending | null> {
    const step = this.#stepNamed(name);
    return this.#begin(name, step).then(
      (output) => {
        this.#outputs.set(name, output);
        return this.#note(name, step, output) === null ? null : step.ends(output);
      },
      (error: unknown) => this.#goOnWithout(name, step, error),
    );
  }

  /** Whether a run goes on without a step that has failed. What a person has ended, ends the run. */
  #goOnWithout(name: string, { bounds }: PipelineStep, error: unknown): null {
    const failure = isCancellation(error) ? null : failureOf(error);
    const continues = this.#ended !== undefined || (bounds?.onFailure === 'continue' && !this.#isClosing);
    if (failure === null || !continues || isEndedBy(failure, this.#ended)) throw error;
    this.#outputs.set(name, null);
    this.#ends.set(name, { state: 'failed', reason: failure.message });
    return null;
  }

  /** Does a step, once something may be begun. */
  #begin(name: string, step: PipelineStep): Promise<Json> {
    const opening = this.#begun.has(name) ? null : this.#options.legs.opening();
    if (opening === null) return this.#goOn(this.#deedOf(name, step));
    return opening.then(() => {
      if (this.#isClosing) throw new CancelledFailure('the run comes to its end');
      return this.#do(this.#deedOf(name, step));
    });
  }

  #connectionOf({ connection }: PipelineStep): string {
    return connection ?? this.#options.connection;
  }

  #deedOf(name: string, step: PipelineStep): Deed {
    const preflight = step.looksUp === true ? this.#preflights.get(this.#connectionOf(step)) : undefined;
    const leftMs = step.bounds?.withinMs;
    return { name, step, startedAt: now(), preflight, made: 1, leftMs, sinceMs: Date.now() };
  }

  /** Goes on with what a leg before has begun; anything else is done from its beginning. */
  #goOn(deed: Deed): Promise<Json> {
    const { name, step } = deed;
    const before = this.#begun.get(name);
    if (before === undefined) return this.#do(deed);
    this.#begun.delete(name);
    return this.#deeds.resume(deedAsBefore(deed, before), () => {
      const spec = step.specOf(this.#options.input, this.#known(), this.#seen());
      if (spec === null) throw new TypeError(`"${name}" has begun, and has nothing to do`);
      return spec;
    });
  }

  /** A step to its output, or parks it, or fails the run; `null` of one that has nothing to do. */
  #do(deed: Deed): Promise<Json> {
    const { name, step } = deed;
    const [{ input }, outputs, seen] = [this.#options, this.#known(), this.#seen()];
    let spec: object | null;
    try {
      const passed = step.passes(input, outputs, seen);
      if (passed !== null) return Promise.resolve(this.#leaveOut(name, passed));
      const carried = this.#carried[name];
      if (step.each !== undefined)
        return carried === undefined ? this.#doItems(deed, step.each) : this.#carry(deed, carried);
      spec = step.specOf(input, outputs, seen);
      if (spec === null) return Promise.resolve(this.#leaveOut(name, notAsked));
      const again = carried == null ? null : step.fault(carried, spec);
      if (carried !== undefined && again === null) return this.#carry(deed, carried);
      if (again !== null) deed.again = again;
    } catch (error) {
      return this.#deeds.refuse(deed, error);
    }
    return this.#deeds.try(deed, spec);
  }

  /** What has been looked up need not be again; what goes on beside a step after its end goes with the run. */
  #note(name: string, step: PipelineStep, output: Json): Json {
    if (output === null) return null;
    if (step.looksUp === true) this.#preflights.delete(this.#connectionOf(step));
    this.#undoMade(name, 'running', step.beside(output));
    return output;
  }

  /** Does a step once for each of its items. */
  #doItems(deed: Deed, each: Fanning): Promise<Json> {
    const { name, step } = deed;
    const { input, moved } = this.#options;
    const items = each.itemsOf(input, this.#known(), this.#seen());
    const stood = this.#states.get(name)?.state;
    const isGoingOn = stood?.status === 'waiting';
    const startedAt = isGoingOn ? stood.startedAt : deed.startedAt;
    this.#states.addItems(name, items);
    const waitingFor = items.length === 1 ? 'its one item' : `its ${items.length} items`;
    if (!isGoingOn) this.#states.enter(name, { status: 'waiting', startedAt, waitingFor });
    const continues = step.bounds?.onFailure === 'continue';
    return runItems<Json>({
      ...{ before: itemsIn(this.#states.all(), name).map(settledOf), atOnce: each.atOnce, isEnd, moved },
      perform: (index) => {
        const [own, of] = [itemName(name, index), each.stepOf(items[index] ?? null, index)];
        return this.#goOn(this.#deedOf(own, of)).then((output) => this.#note(own, of, output));
      },
      goesOn: (error) => {
        const failure = isCancellation(error) ? null : failureOf(error);
        return continues && failure !== null && !endsRun(failure);
      },
      isClosing: () => this.#isClosing,
      opening: () => this.#options.legs.opening(),
    }).then((settled) => this.#collect({ ...deed, startedAt }, { items, settled, continues }));
  }

  #collect(
    { name, startedAt }: Deed,
    of: {
      readonly items: readonly Json[];
      readonly settled: readonly Settled<Json>[];
      readonly continues: boolean;
    },
  ): Json {
    const collected = collect({
      ...of,
      triesOf: (index) => this.#origins.generationOf(itemName(name, index)) ?? 1,
    });
    if (collected === null)
      throw this.#deeds.cancelled(name, startedAt, new CancelledFailure('the run comes to its end'));
    if ('failure' in collected) throw this.#deeds.failed(name, startedAt, collected.failure);
    const { output, counts } = collected;
    // Each item shows its own output.
    this.#states.enter(name, { status: 'succeeded', startedAt, endedAt: now(), output: { counts } });
    return output;
  }

  /** What a step has made that has ended, in this attempt or an earlier one, is undone with the run. */
  #undoMade(name: string, kind: UndoKind, undoable: Undoable | null): void {
    if (undoable === null) return;
    const { target, made } = undoable;
    this.#options.undo.add({ step: name, kind, call: { ...this.#origins.effectOf(name), target } })(made, {});
  }

  #known(): Outputs {
    return Object.fromEntries(this.#outputs);
  }

  #seen(): Seen {
    return { ends: Object.fromEntries(this.#ends), ...(this.#ended && { run: this.#ended }) };
  }

  /** Skips every step that was not begun: the run has come to its end without them. */
  #skipRest(reason: string, how: { readonly unreached?: true } = {}): void {
    for (const { name, state } of this.#states.all())
      if (state.status === 'pending' && !this.#isToCome(name))
        this.#states.enter(name, { status: 'skipped', endedAt: now(), reason, ...how });
  }

  /** Whether a step is one of those that are done last, whose time is still to come. */
  #isToCome(name: string): boolean {
    const { last } = this.#options.pipeline;
    return this.#ended === undefined && last !== undefined && stepNamed(last.steps, name) !== null;
  }

  /** Hands over an output of an earlier attempt. */
  #carry({ name, step }: Deed, output: Json): Promise<Json> {
    const { continuation, pipeline, input } = this.#options;
    const reason = continuation?.supplied?.[name];
    this.#deeds.keep(output); // there was room for it in the attempt that it is of
    this.#states.update(name, () => ({
      references: continuation?.references?.[name] ?? [],
      state:
        reason === undefined
          ? { status: 'reused', endedAt: now(), output }
          : { status: 'skipped', endedAt: now(), reason, output },
    }));
    if (output !== null && pipeline.cleansUp(input)) this.#undoMade(name, 'lasting', step.lasting(output));
    return Promise.resolve(output);
  }
}

const notAsked: Passed = { reason: 'not in the input' };
