/**
 * The step kernel: everything around a step, so that a pipeline reads as its business sentence.
 *
 * It keeps the state of each step, hands over outputs of an earlier attempt, parks what a person can repair,
 * and remembers how to undo. Temporal takes a stack trace of every promise that a workflow makes, which is most of
 * what a step costs: layers of async functions are few here for that reason.
 */
import { isCancellation, patched, workflowInfo } from '@temporalio/workflow';
import { type Effect, type Made, type UndoCall, type UndoTarget, madeIn } from '../pipeline/effect.js';
import { type Failure, failureKinds } from '../pipeline/errors.js';
import { knownAs } from '../pipeline/people.js';
import type { ApprovalRequest } from '../pipeline/retraining.js';
import type { Continuation, Json, RemoteReference, Resolution, Step, StepState } from '../pipeline/steps.js';
import { asOfAnother } from '../pipeline/undoing.js';
import { fail, failureOf, mayBeMade } from './failures.js';
import type { Answered, UndoKind, UndoStack } from './undo.js';

/** What the code of a step may say about itself. */
export interface StepContext {
  /** Where to act and on whose behalf: the beginning of every effect’s argument. */
  readonly effect: Effect;
  /** The same for another step: what it made carries the marker of its origin. */
  effectOf(step: string): Effect;
  /** Says what is being waited for, and which objects on the platform that is; the step is `waiting` from now on. */
  waiting(waitingFor: string, ...references: RemoteReference[]): void;
  /** Says that a person is waited for, and what is to be decided. */
  awaitingApproval(waitingFor: string, approval: ApprovalRequest): void;
  /** Registers how to undo, before the effect is sent; what it returns is told what was made. */
  undo(kind: UndoKind, target: UndoTarget, effect?: Effect): Answered;
  /** Says whether what was registered may have been sent: it may, unless told otherwise. */
  sent(isSent: boolean): void;
  /** Looks from now on for what an effect in doubt has made beside what was adopted. */
  sweep(call: UndoCall): void;
  /** Says that the step has undone its effect itself. */
  undone(call: UndoCall): void;
}

/** The code of a step. */
export type Perform<T> = (step: StepContext) => Promise<T>;

/** The objects on the platform that an output stands for. */
export type RefersTo<T> = (output: T) => readonly RemoteReference[];

interface Trial<T> {
  readonly name: string;
  readonly startedAt: string;
  readonly perform: Perform<T>;
  readonly refersTo: RefersTo<T> | undefined;
}

export interface StepsOptions {
  readonly connection: string;
  readonly names: readonly string[];
  readonly continuation: Continuation | undefined;
  readonly undo: UndoStack;
  /** Parks a step; answers when a person has resolved it. */
  park(step: string, failure: Failure): Promise<Resolution>;
  /** Told of all steps at first, and of every change of one. */
  changed(steps: readonly Step[], changed?: Step): void;
}

const now = (): string => new Date().toISOString();

/** What a person supplies is not the run's to undo. Runs of before have undone it. */
function suppliedOutput(output: Json): Json {
  const supplied = asOfAnother(output);
  if (supplied === output) return output;
  // replay-tested: 2026-11-29
  return patched('supplied-by-person') ? supplied : output;
}

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
  readonly #carried: Map<string, Json>;
  readonly #resolvers: string[] = [];
  readonly #generations: Map<string, number>;
  /** What earlier tries of a step have named. */
  readonly #adopted: Map<string, readonly RemoteReference[]>;
  /** When the last try of a step ended, of those that are tried again. */
  readonly #triedAt = new Map<string, string>();
  readonly #steps: Map<string, Step>;

  constructor(options: StepsOptions) {
    this.#options = options;
    this.#carried = new Map(Object.entries(options.continuation?.outputs ?? {}));
    this.#generations = new Map(Object.entries(options.continuation?.generations ?? {}));
    this.#adopted = new Map(Object.entries(options.continuation?.references ?? {}));
    // The generation also of a step that is never reached: the next replay must not take it for an earlier one.
    const pending = (name: string): Step => {
      const generation = this.#generations.get(name);
      const known = generation === undefined ? {} : { generation };
      return { name, tries: 0, references: [], ...known, state: { status: 'pending' } };
    };
    this.#steps = new Map(options.names.map((name) => [name, pending(name)]));
    options.changed([...this.#steps.values()]);
  }

  /** Runs a step to its output, or parks it, or fails the run. A step finished in an earlier attempt runs nothing. */
  run<T extends Json>(name: string, perform: Perform<T>, refersTo?: RefersTo<T>): Promise<T> {
    const carried = this.#carried.get(name);
    if (carried === undefined) return this.#try({ name, startedAt: now(), perform, refersTo });
    this.#carry(name, carried);
    return Promise.resolve(carried as T); // of this very step in an earlier attempt, or checked by the plan
  }

  /** Runs the step if the input has its part; else the step is `skipped` and its output `null`. */
  runIf<P, T extends Json>(
    name: string,
    part: P | null | undefined,
    perform: (part: P, step: StepContext) => Promise<T>,
    refersTo?: RefersTo<T>,
  ): Promise<T | null> {
    if (part !== null && part !== undefined) return this.run(name, (step) => perform(part, step), refersTo);
    this.#enter(name, { status: 'skipped', endedAt: now(), reason: 'not in the input' });
    return Promise.resolve(null);
  }

  /** The output that a step has from an earlier attempt; `undefined` where it has none. */
  carried(name: string): Json | undefined {
    return this.#carried.get(name);
  }

  /** Registers how to undo what a step has made that has ended, in this attempt or an earlier one. */
  undoMade(name: string, kind: UndoKind, target: UndoTarget, made: Made): void {
    this.#options.undo.add({ step: name, kind, call: { ...this.#effectOf(name), target } })(made, {});
  }

  /** Takes that output from a step: it runs again. */
  discard(name: string): void {
    this.#carried.delete(name);
  }

  /** The steps whose output a person has supplied, each with who and why. */
  supplied(): { readonly name: string; readonly reason: string }[] {
    return [...this.#steps.values()].flatMap(({ name, state }) =>
      state.status === 'skipped' && state.output !== undefined ? [{ name, reason: state.reason }] : [],
    );
  }

  /** All that those are known by who have resolved a step of this attempt. */
  resolvers(): readonly string[] {
    return this.#resolvers;
  }

  /** Skips every step that was not begun: the run has come to its end without them. */
  skipRest(reason: string): void {
    for (const { name, state } of this.#steps.values())
      if (state.status === 'pending') this.#enter(name, { status: 'skipped', endedAt: now(), reason });
  }

  #try<T extends Json>(trial: Trial<T>): Promise<T> {
    const { name, startedAt, perform, refersTo } = trial;
    const repair = async (error: unknown): Promise<T> => {
      const failure = this.#repairable(name, startedAt, error);
      const resolved = await this.#park(name, startedAt, failure);
      if (resolved === null) return this.#try(trial);
      return resolved.output as T; // the update’s validator has checked its keys
    };
    this.#begin(name, startedAt);
    try {
      return perform(this.#contextOf(name, startedAt)).then((output) => {
        this.#options.undo.settle(name);
        this.#update(name, ({ references }) => ({
          ...(refersTo && { references: withAdded(references, refersTo(output)) }),
          state: { status: 'succeeded', startedAt, endedAt: now(), output },
        }));
        return output;
      }, repair);
    } catch (error) {
      return repair(error); // a step that found its input wanting, before it did anything
    }
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
    if (failureKinds[failure.code].retry !== 'never') return failure;
    // Such a failure is the effect’s own end, and nothing of it runs; but for what was sent before and is not known of.
    if (!mayBeMade(error)) this.#options.undo.settle(name);
    throw this.#failed(name, startedAt, failure);
  }

  /** Parks until resolved: an output to go on with, or `null` to try again. */
  async #park(name: string, startedAt: string, failure: Failure): Promise<{ readonly output: Json } | null> {
    const parkedAt = now();
    this.#triedAt.set(name, parkedAt);
    this.#enter(name, { status: 'parked', startedAt, parkedAt, failure });
    const resolution = await this.#options.park(name, failure).catch((error: unknown) => {
      throw this.#cancelled(name, startedAt, error);
    });
    this.#resolvers.push(...knownAs(resolution.actor, resolution.ids));
    const by = `${resolution.actor}: ${resolution.reason}`;
    switch (resolution.action) {
      case 'retry':
        if (resolution.fresh === true) await this.#startAfresh(name);
        return null;
      case 'skip': {
        const output = suppliedOutput(resolution.output);
        await this.#options.undo.supplied(name, output);
        this.#enter(name, { status: 'skipped', endedAt: now(), reason: by, output });
        return { output };
      }
      case 'abort': {
        const message = `${by} (parked for ${failure.code}: ${failure.message})`;
        throw this.#failed(name, startedAt, { code: 'ABORTED', message });
      }
    }
  }

  /** The next try makes a new effect; what the last one left running is stopped first. */
  async #startAfresh(name: string): Promise<void> {
    await this.#options.undo.perform(['running'], name);
    this.#options.undo.settle(name);
    this.#generations.set(name, this.#generationOf(name) + 1);
  }

  #contextOf(name: string, startedAt: string): StepContext {
    const { undo } = this.#options;
    const adopted = this.#adopted.get(name)?.map(({ id }) => id);
    return {
      effect: { ...this.#effectOf(name), ...(adopted && { adopted }), ...this.#knownOf(name) },
      effectOf: (step) => this.#effectOf(step),
      waiting: (waitingFor, ...added) =>
        this.#update(name, ({ references }) => ({
          references: withAdded(references, added),
          state: { status: 'waiting', startedAt, waitingFor },
        })),
      awaitingApproval: (waitingFor, approval) =>
        this.#enter(name, { status: 'waiting', startedAt, waitingFor, approval }),
      undo: (kind, target, effect = this.#effectOf(name)) =>
        undo.add({ step: name, kind, call: { ...effect, ...this.#knownOf(effect.origin.step), target } }),
      sent: (isSent) => undo.sent(name, isSent),
      sweep: (call) => undo.sweep([call]),
      undone: (call) => undo.undone(call),
    };
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
