/**
 * The step kernel: everything around a step, so that a pipeline reads as its business sentence.
 *
 * It keeps the state of each step, hands over outputs of an earlier attempt, parks what a person can repair,
 * and remembers how to undo. Temporal takes a stack trace of every promise that a workflow makes, which is most of
 * what a step costs: layers of async functions are few here for that reason.
 */
import { CancelledFailure } from '@temporalio/common';
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { type Effect, madeIn } from '../pipeline/effect.js';
import { type Failure, failureKinds } from '../pipeline/errors.js';
import { knownAs } from '../pipeline/people.js';
import type { Preflight } from '../pipeline/preflight.js';
import type { Json, RemoteReference, Resolution, Step, StepState } from '../pipeline/steps.js';
import { asOfAnother } from '../pipeline/undoing.js';
import { askedSteps } from '../pipelines/order.js';
import type { RunOfStep, StepContext, UndoKind } from '../steps/context.js';
import type { Ending, Undoable, Outputs, PipelineStep } from '../steps/define.js';
import { fail, failureOf, mayBeMade } from '../steps/failures.js';
import { FirstSends } from './first-sends.js';
import { type Closing, runGraph } from './graph.js';
import { record } from './ledger.js';
import { EndedPause } from './parking.js';
import type { Finished, StepsOptions } from './steps-options.js';

/** One try of a step that has something to do. */
interface Trial {
  readonly name: string;
  readonly step: PipelineStep;
  readonly spec: object;
  readonly startedAt: string;
  readonly preflight: Preflight | undefined;
  readonly again: string | undefined;
}

const now = (): string => new Date().toISOString();

/** Each object once, as it was named last. */
const withAdded = (
  references: readonly RemoteReference[],
  added: readonly RemoteReference[],
): readonly RemoteReference[] => [
  ...references.filter(({ kind, id }) => !added.some((one) => one.kind === kind && one.id === id)),
  ...added,
];

/** The steps of one run. */
export class Steps {
  readonly #options: StepsOptions;
  readonly #carried: Readonly<Record<string, Json>>;
  readonly #outputs = new Map<string, Json>();
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #resolvers: string[] = [];
  readonly #generations: Map<string, number>;
  /** What earlier tries of a step have named. */
  readonly #adopted: Map<string, readonly RemoteReference[]>;
  /** When the last try of a step ended, of those that are tried again. */
  readonly #triedAt = new Map<string, string>();
  readonly #firstSends: FirstSends;
  readonly #steps: Map<string, Step>;
  readonly #run: RunOfStep;
  /** What the first step that acts looks up. */
  #preflight: Preflight | undefined;
  #isClosing = false;
  #endedIn: string | undefined;

  constructor(options: StepsOptions) {
    const { continuation, pipeline } = options;
    this.#options = options;
    this.#carried = continuation?.outputs ?? {};
    this.#generations = new Map(Object.entries(continuation?.generations ?? {}));
    this.#adopted = new Map(Object.entries(continuation?.references ?? {}));
    // The generation also of a step that is never reached: the next replay must not take it for an earlier one.
    const pending = (name: string): Step => {
      const generation = this.#generations.get(name);
      const known = generation === undefined ? {} : { generation };
      return { name, tries: 0, references: [], ...known, state: { status: 'pending' } };
    };
    this.#steps = new Map(Object.keys(pipeline.steps).map((name) => [name, pending(name)]));
    const { workflowId: runId, startTime, runId: attemptId, originalExecutionRunId } = workflowInfo();
    this.#firstSends = new FirstSends({ continuation, isReset: attemptId !== originalExecutionRunId });
    this.#run = {
      ...{ runId, startedAt: startTime.toISOString(), continuation, record, notify: options.notify },
      supplied: () => this.#supplied(),
      starters: () => [...new Set([...options.starters, ...this.#resolvers])],
    };
    options.changed([...this.#steps.values()]);
  }

  /** The step that has ended the run early: the one that failed first, or was cancelled first. */
  get endedIn(): string | undefined {
    return this.#endedIn;
  }

  /** Does every step as soon as it may be done, to the last one or to one that ends the run. */
  async runAll(): Promise<Finished> {
    const { input, pipeline, moved } = this.#options;
    const graph = askedSteps(pipeline.steps, input);
    for (const name of Object.keys(pipeline.steps)) if (!Object.hasOwn(graph, name)) this.#leaveOut(name);
    this.#preflight = pipeline.preflight(input);
    const ending = await runGraph({
      ...{ graph, moved },
      perform: (name) => this.#perform(name),
      isEnd: (error) => isCancellation(error) || failureOf(error) !== null,
      closing: (by) => this.#close(by),
    });
    if (ending !== null) await this.#undoUnfinished();
    const outputs = this.#known();
    return { outputs, ending: ending ?? pipeline.end(outputs) };
  }

  /** What a step that has nothing to do comes to, for those who read it. */
  #leaveOut(name: string): null {
    this.#outputs.set(name, null);
    this.#enter(name, { status: 'skipped', endedAt: now(), reason: 'not in the input' });
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

  /** Of a run that ends well all the same: what a step has left that was given up, or has failed meanwhile. */
  async #undoUnfinished(): Promise<void> {
    for (const { name, state } of this.#steps.values())
      if (state.status === 'failed' || state.status === 'cancelled')
        await this.#options.undo.perform(['running'], name);
  }

  /** Does a step; resolves to the end of the run that its output brings about. */
  #perform(name: string): Promise<Ending | null> {
    const step = this.#options.pipeline.steps[name];
    if (step === undefined) throw new TypeError(`the pipeline declares no step "${name}"`);
    return this.#runStep(name, step, step.looksUp === true ? this.#preflight : undefined).then((output) => {
      this.#outputs.set(name, output);
      if (output === null) return null;
      if (step.looksUp === true) this.#preflight = undefined;
      this.#undoMade(name, 'running', step.beside(output));
      return step.ends(output);
    });
  }

  /** A step to its output, or parks it, or fails the run; `null` of one that has nothing to do. */
  #runStep(name: string, step: PipelineStep, preflight: Preflight | undefined): Promise<Json> {
    const { input } = this.#options;
    const spec = step.specOf(input, this.#known());
    if (spec === null) return Promise.resolve(this.#leaveOut(name));
    const carried = this.#carried[name];
    const again = carried == null ? null : step.fault(carried, spec);
    if (carried !== undefined && again === null) {
      this.#carry(name, carried);
      if (carried !== null) this.#undoMade(name, 'lasting', step.lasting(carried, input));
      return Promise.resolve(carried);
    }
    return this.#try({ name, step, spec, startedAt: now(), preflight, again: again ?? undefined });
  }

  /** What a step has made that has ended, in this attempt or an earlier one, is undone with the run. */
  #undoMade(name: string, kind: UndoKind, undoable: Undoable | null): void {
    if (undoable === null) return;
    const { target, made } = undoable;
    this.#options.undo.add({ step: name, kind, call: { ...this.#effectOf(name), target } })(made, {});
  }

  #known(): Outputs {
    return Object.fromEntries(this.#outputs);
  }

  /** The steps whose output a person has supplied, each with who and why. */
  #supplied(): { readonly name: string; readonly reason: string }[] {
    return [...this.#steps.values()].flatMap(({ name, state }) =>
      state.status === 'skipped' && state.output !== undefined ? [{ name, reason: state.reason }] : [],
    );
  }

  /** Skips every step that was not begun: the run has come to its end without them. */
  #skipRest(reason: string): void {
    for (const { name, state } of this.#steps.values())
      if (state.status === 'pending') this.#enter(name, { status: 'skipped', endedAt: now(), reason });
  }

  #try(trial: Trial): Promise<Json> {
    const { name, step, spec, startedAt } = trial;
    const repair = async (error: unknown): Promise<Json> => {
      const resolved = await (error instanceof EndedPause
        ? this.#resolve(name, startedAt, { resolution: error.resolution, when: 'while it paused' })
        : this.#park(name, startedAt, this.#repairable(name, startedAt, error)));
      return resolved === null ? this.#tryAgain(trial) : resolved.output;
    };
    this.#begin(name, startedAt);
    try {
      const refusal = step.refusal(this.#options.input, this.#known());
      if (refusal !== null) throw fail(refusal);
      return step.perform(this.#contextOf(trial), spec).then((output) => {
        this.#options.undo.settle(name);
        this.#update(name, ({ references }) => ({
          references: withAdded(references, step.refersTo(output)),
          state: { status: 'succeeded', startedAt, endedAt: now(), output },
        }));
        return output;
      }, repair);
    } catch (error) {
      return repair(error); // a step that found its input wanting, before it did anything
    }
  }

  #tryAgain(trial: Trial): Promise<Json> {
    if (!this.#isClosing) return this.#try(trial);
    throw this.#cancelled(trial.name, trial.startedAt, new CancelledFailure('the run comes to its end'));
  }

  #carry(name: string, output: Json): void {
    const { references, supplied } = this.#options.continuation ?? {};
    const reason = supplied?.[name];
    this.#update(name, () => ({
      references: references?.[name] ?? [],
      state:
        reason === undefined
          ? { status: 'reused', endedAt: now(), output }
          : { status: 'skipped', endedAt: now(), reason, output },
    }));
  }

  #begin(name: string, startedAt: string): void {
    const generation = this.#generations.get(name);
    const { references = [], generation: before } = this.#steps.get(name) ?? {};
    if (generation !== before) this.#adopted.delete(name);
    else if (references.length > 0) this.#adopted.set(name, references);
    this.#update(name, ({ tries }) => ({
      tries: tries + 1,
      references: this.#adopted.get(name) ?? [], // what is known runs on, whatever becomes of this try
      ...(generation !== undefined && { generation }),
      state: { status: 'running', startedAt },
    }));
  }

  /** The failure for which a step parks; throws any other error, which ends the run. */
  #repairable(name: string, startedAt: string, error: unknown): Failure {
    if (isCancellation(error)) throw this.#cancelled(name, startedAt, error);
    const failure = failureOf(error);
    if (failure === null) throw error;
    this.#options.undo.refused(name, failure.code);
    this.#firstSends.failed(name, error);
    if (failureKinds[failure.code].retry !== 'never') return failure;
    // Such a failure is the effect’s own end, and nothing of it runs; but for what was sent before and is not known of.
    if (!mayBeMade(error)) this.#options.undo.settle(name);
    throw this.#failed(name, startedAt, failure);
  }

  /** Parks until resolved: an output to go on with, or `null` to try again. */
  async #park(name: string, startedAt: string, failure: Failure): Promise<{ readonly output: Json } | null> {
    if (this.#isClosing) throw this.#failed(name, startedAt, failure);
    const parkedAt = now();
    this.#triedAt.set(name, parkedAt);
    this.#enter(name, { status: 'parked', startedAt, parkedAt, failure });
    const resolution = await this.#options.park(name, failure).catch((error: unknown) => {
      throw this.#cancelled(name, startedAt, error);
    });
    return this.#resolve(name, startedAt, {
      resolution,
      when: `parked for ${failure.code}: ${failure.message}`,
    });
  }

  /** What a person has decided on a step: an output to go on with, or `null` to try again. */
  async #resolve(
    name: string,
    startedAt: string,
    { resolution, when }: { readonly resolution: Resolution; readonly when: string },
  ): Promise<{ readonly output: Json } | null> {
    this.#resolvers.push(...knownAs(resolution.actor, resolution.ids));
    const by = `${resolution.actor}: ${resolution.reason}`;
    switch (resolution.action) {
      case 'retry':
        if (resolution.fresh === true) await this.#startAfresh(name);
        return null;
      case 'skip': {
        const output = asOfAnother(resolution.output);
        await this.#options.undo.supplied(name, output);
        this.#enter(name, { status: 'skipped', endedAt: now(), reason: by, output });
        return { output };
      }
      case 'abort': {
        const message = `${by} (${when})`;
        throw this.#failed(name, startedAt, { code: 'ABORTED', message });
      }
    }
  }

  /** The next try makes a new effect; what the last one left running is stopped first. */
  async #startAfresh(name: string): Promise<void> {
    await this.#options.undo.perform(['running'], name);
    this.#options.undo.settle(name);
    this.#generations.set(name, this.#generationOf(name) + 1);
    this.#firstSends.renewed(name);
  }

  #contextOf({ name, startedAt, preflight, again }: Trial): StepContext {
    const { effectsOf, undo, approvals } = this.#options;
    const adopted = this.#adopted.get(name)?.map(({ id }) => id);
    return {
      ...{
        effects: effectsOf(name),
        preflight,
        again,
        run: this.#run,
        isFirst: this.#firstSends.isFirst(name),
      },
      effect: { ...this.#effectOf(name), ...(adopted && { adopted }), ...this.#knownOf(name) },
      effectOf: (step) => this.#effectOf(step),
      waiting: (waitingFor, ...added) =>
        this.#update(name, ({ references }) => ({
          references: withAdded(references, added),
          state: { status: 'waiting', startedAt, waitingFor },
        })),
      ask: (spec, evidence) =>
        approvals.ask({
          ...{ step: name, spec, evidence, resolvers: () => this.#resolvers },
          waiting: (waitingFor, approval) =>
            this.#enter(name, { status: 'waiting', startedAt, waitingFor, approval }),
        }),
      once: (ask) => this.#once(name, ask),
      pause: (forMs) => this.#options.pause(name, forMs),
      undo: (kind, target, effect = this.#effectOf(name)) =>
        undo.add({ step: name, kind, call: { ...effect, ...this.#knownOf(effect.origin.step), target } }),
      sent: (isSent) => undo.sent(name, isSent),
      sweep: (call) => undo.sweep([call]),
      undone: (call) => undo.undone(call),
    };
  }

  /** What was not answered is asked again by the next try. */
  #once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked as Promise<T>; // of this very step, which asks one thing
    const asking = ask();
    this.#asked.set(name, asking);
    asking.catch(() => this.#asked.delete(name));
    return asking;
  }

  /** What earlier tries of a step have made. */
  #knownOf(name: string): Pick<Effect, 'made'> {
    const made = madeIn(this.#adopted.get(name) ?? []);
    return made === undefined ? {} : { made };
  }

  #effectOf(name: string): Effect {
    const { connection, continuation } = this.#options;
    const { workflowId: runId, runId: attemptId, originalExecutionRunId } = workflowInfo();
    // A reset gives the attempt another id. What was begun before it is found by the id from before it.
    const firstAttemptId = continuation?.firstAttemptId ?? originalExecutionRunId;
    const origin = { runId, firstAttemptId, step: name, generation: this.#generationOf(name) };
    const isReset = attemptId !== originalExecutionRunId;
    const triedAt = this.#triedAt.get(name);
    const begunBefore = continuation !== undefined || isReset || triedAt !== undefined;
    // Of a reset, the attempt that was cut off may have sent until that very moment.
    const begunUntil = isReset ? undefined : (triedAt ?? continuation?.endedAt);
    return { connection, origin, begunBefore, ...(begunUntil !== undefined && { begunUntil }) };
  }

  #generationOf(name: string): number {
    return this.#generations.get(name) ?? 1;
  }

  #cancelled(name: string, startedAt: string, error: unknown): unknown {
    this.#enter(name, { status: 'cancelled', startedAt, endedAt: now() });
    return error;
  }

  #failed(name: string, startedAt: string, failure: Failure): Error {
    this.#enter(name, { status: 'failed', startedAt, endedAt: now(), failure });
    return fail(failure);
  }

  #enter(name: string, state: StepState): void {
    this.#update(name, () => ({ state }));
  }

  #update(name: string, change: (step: Step) => Partial<Step>): void {
    const step = this.#steps.get(name);
    if (step === undefined) throw new TypeError(`the pipeline declares no step "${name}"`);
    const changed = { ...step, ...change(step) };
    this.#steps.set(name, changed);
    this.#options.changed([...this.#steps.values()], changed);
  }
}
