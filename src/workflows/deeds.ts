/**
 * Doing one step until it has an output or has failed: what a person can repair parks, what another effect may cure is made
 * again, and what takes too long is given up.
 */
import { CancelledFailure } from '@temporalio/common';
import { condition, isCancellation } from '@temporalio/workflow';
import { writeDuration } from '../pipeline/durations.js';
import { type Failure, failureKinds } from '../pipeline/errors.js';
import { knownAs } from '../pipeline/people.js';
import type { Preflight } from '../pipeline/preflight.js';
import type { Json, Resolution } from '../pipeline/steps.js';
import { asOfAnother } from '../pipeline/undoing.js';
import { EvaluationFailure } from '../pipelines/document/evaluate.js';
import type { RunOfStep, StepContext } from '../steps/context.js';
import type { PipelineStep } from '../steps/define.js';
import { fail, failureOf, mayBeMade } from '../steps/failures.js';
import type { Approvals } from './approval.js';
import type { FirstSends } from './first-sends.js';
import { Expired, withinLimit } from './limits.js';
import type { Origins } from './origins.js';
import { EndedPause } from './parking.js';
import { type StepStates, withAdded } from './step-states.js';
import type { UndoStack } from './undo.js';

/** A step, or an item of one, from its beginning to its end. */
export interface Deed {
  readonly name: string;
  readonly step: PipelineStep;
  readonly startedAt: string;
  readonly preflight: Preflight | undefined;
  /** What it is made from, once that is known. */
  spec?: object;
  /** Why what it came to in an earlier attempt does not hold any more. */
  again?: string;
  /** How often it was made, since a person has said something at last. */
  made: number;
  /** How long it may still take; left out, as long as it does. */
  leftMs?: number | undefined;
  /** When it was begun that is under way. */
  sinceMs: number;
}

export interface DeedsOptions {
  readonly run: RunOfStep;
  readonly states: StepStates;
  readonly origins: Origins;
  readonly firstSends: FirstSends;
  readonly approvals: Approvals;
  readonly undo: UndoStack;
  /** The effects as a step calls them. */
  effectsOf(step: string): object;
  /** Parks a step; answers when a person has resolved it. */
  park(step: string, failure: Failure): Promise<Resolution>;
  /** Waits for a time. Throws `EndedPause` where a person has ended it before. */
  pause(step: string, forMs: number): Promise<void>;
  /** Told when a step goes on in another way. */
  moved(): void;
  /** Why a step must not be done, although everything before it has been. */
  refusalOf(step: PipelineStep): Failure | null;
  /** Does it from its beginning: what it is made from may be known now. */
  again(deed: Deed): Promise<Json>;
  /** Whether nothing is begun any more. */
  isClosing(): boolean;
  /** Whether nobody is asked, and nothing parks. */
  isUnattended(): boolean;
  /** Whether the history of the run has no room for another effect. */
  isFull(): boolean;
}

const historyFull: Failure = {
  code: 'HISTORY_FULL',
  message: 'the run has a history that is nearly as long as may be, and begins nothing more',
};

/** The outputs of a run are a part of what it returns and of what goes on from it: Temporal takes at most 2 MiB of either. */
const mostKept = 1024 * 1024;

const tooLarge: Failure = {
  code: 'ANSWER_TOO_LARGE',
  message: `with its output, the outputs of the run come to more than ${mostKept / 1024 / 1024} MiB: have this step and those before it keep less`,
};

export const now = (): string => new Date().toISOString();

/** Of one attempt of a run. */
export class Deeds {
  readonly #options: DeedsOptions;
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #resolvers: string[] = [];
  /** Characters of the outputs so far, as JSON. */
  #kept = 0;

  constructor(options: DeedsOptions) {
    this.#options = options;
  }

  /** All that those are known by who have resolved a step. */
  resolvers(): readonly string[] {
    return this.#resolvers;
  }

  /** Counts an output among those that the run keeps, if there is room for it. */
  keep(output: Json): boolean {
    const characters = JSON.stringify(output).length;
    if (this.#kept + characters > mostKept) return false;
    this.#kept += characters;
    return true;
  }

  /** Does what is made from a spec that is known. */
  try(deed: Deed, spec: object): Promise<Json> {
    const { name, step, startedAt } = deed;
    const { states, undo, refusalOf, isFull } = this.#options;
    const repair = (error: unknown): Promise<Json> => this.#repair(deed, error);
    deed.spec = spec;
    this.#begin(deed);
    try {
      if (isFull()) throw fail(historyFull);
      const refusal = refusalOf(step);
      if (refusal !== null) throw fail(refusal);
      const context = this.#contextOf(deed);
      const limitMs = limitOf(deed);
      const performed =
        limitMs === undefined
          ? step.perform(context, spec)
          : withinLimit(limitMs, () => step.perform(context, spec));
      return performed.then((output) => {
        if (!this.keep(output)) return repair(fail(tooLarge));
        undo.settle(name);
        states.update(name, ({ references }) => ({
          references: withAdded(references, step.refersTo(output)),
          state: { status: 'succeeded', startedAt, endedAt: now(), output },
        }));
        return output;
      }, repair);
    } catch (error) {
      return repair(error); // a step that found its input wanting, before it did anything
    }
  }

  /** A step of which it cannot be told what it is made from. */
  refuse(deed: Deed, error: unknown): Promise<Json> {
    this.#begin(deed);
    return this.#repair(deed, error);
  }

  /** Ends a step that was given up. */
  cancelled(name: string, startedAt: string, error: unknown): unknown {
    this.#options.states.enter(name, { status: 'cancelled', startedAt, endedAt: now() });
    return error;
  }

  failed(name: string, startedAt: string, failure: Failure): Error {
    this.#options.states.enter(name, { status: 'failed', startedAt, endedAt: now(), failure });
    return fail(failure);
  }

  #begin(deed: Deed): void {
    const { states, origins } = this.#options;
    const { name, startedAt } = deed;
    const begun = origins.begin(states.get(name) ?? { name, references: [] });
    states.update(name, ({ tries }) => ({
      ...{ tries: tries + 1, ...begun },
      state: { status: 'running', startedAt },
    }));
    deed.sinceMs = Date.now();
  }

  async #repair(deed: Deed, thrown: unknown): Promise<Json> {
    const error = thrown instanceof EvaluationFailure ? fail(thrown) : thrown;
    spend(deed);
    if (error instanceof Expired) return this.#giveUp(deed);
    const { name, step, startedAt } = deed;
    const failure = isCancellation(error) ? null : failureOf(error);
    if (failure !== null && step.repeats?.includes(failure.code) === true && isLeft(deed)) {
      if (mayBeMade(error)) await this.#options.undo.perform(['running'], name);
      return this.#makeAgain(deed, failure);
    }
    const resolved = await (error instanceof EndedPause
      ? this.#resolve(deed, { resolution: error.resolution, when: 'while it paused' })
      : this.#park(deed, this.#repairable(name, startedAt, error)));
    if (resolved !== null) return resolved.output;
    if (!this.#options.isClosing()) return this.#options.again(deed);
    throw this.cancelled(name, startedAt, new CancelledFailure('the run comes to its end'));
  }

  /** What took too long is stopped; where that was one of several, another is made. */
  async #giveUp(deed: Deed): Promise<Json> {
    const { name, step, startedAt, leftMs } = deed;
    const { undo } = this.#options;
    await undo.perform(['running'], name);
    undo.settle(name);
    const { withinMs, tries } = step.bounds ?? {};
    const isOver = leftMs !== undefined && leftMs <= 0;
    const limitMs = (isOver ? withinMs : tries?.withinMs) ?? 0;
    const message = `it was not done within ${writeDuration(limitMs)}, and was given up`;
    const failure: Failure = { code: 'TIMED_OUT', message };
    const repeats = step.repeats?.includes(failure.code) === true;
    if (!isOver && repeats && isLeft(deed)) return this.#makeAgain(deed, failure);
    throw this.failed(name, startedAt, failure);
  }

  /** Makes another effect, after a while. */
  async #makeAgain(deed: Deed, failure: Failure): Promise<Json> {
    const { name, step, startedAt, made, leftMs, spec } = deed;
    const { states, undo, origins, moved, isClosing } = this.#options;
    const { count, backoffMs, upToMs } = step.bounds?.tries ?? { count: 1, backoffMs: 0, upToMs: 0 };
    const waitMs = Math.min(backoffMs * 2 ** (made - 1), upToMs, leftMs ?? Infinity);
    undo.settle(name);
    origins.tried(name, now());
    const waitingFor = `${writeDuration(waitMs)} to pass before try ${made + 1} of ${count}: ${failure.message}`;
    states.enter(name, { status: 'waiting', startedAt, waitingFor });
    moved();
    deed.sinceMs = Date.now();
    const isEnding = await condition(isClosing, Math.max(1, waitMs)).catch((error: unknown) => {
      throw this.cancelled(name, startedAt, error);
    });
    spend(deed);
    if (isEnding || spec === undefined || (deed.leftMs ?? 1) <= 0)
      throw this.failed(name, startedAt, failure);
    deed.made += 1;
    this.#renew(name);
    return this.try(deed, spec);
  }

  /** The failure for which a step parks; throws any other error, which ends the run. */
  #repairable(name: string, startedAt: string, error: unknown): Failure {
    const { undo, firstSends } = this.#options;
    if (isCancellation(error)) throw this.cancelled(name, startedAt, error);
    const failure = failureOf(error);
    if (failure === null) throw error;
    undo.refused(name, failure.code);
    firstSends.failed(name, error);
    if (failureKinds[failure.code].retry !== 'never') return failure;
    // Such a failure is the effect’s own end, and nothing of it runs; but for what was sent before and is not known of.
    if (!mayBeMade(error)) undo.settle(name);
    throw this.failed(name, startedAt, failure);
  }

  /** Parks until resolved: an output to go on with, or `null` to try again. */
  async #park(deed: Deed, failure: Failure): Promise<{ readonly output: Json } | null> {
    const { name, startedAt } = deed;
    const { states, origins, park, isClosing, isUnattended } = this.#options;
    if (isClosing() || isUnattended()) throw this.failed(name, startedAt, failure);
    const parkedAt = now();
    origins.tried(name, parkedAt);
    states.enter(name, { status: 'parked', startedAt, parkedAt, failure });
    const resolution = await park(name, failure).catch((error: unknown) => {
      throw this.cancelled(name, startedAt, error);
    });
    return this.#resolve(deed, { resolution, when: `parked for ${failure.code}: ${failure.message}` });
  }

  /** What a person has decided on a step: an output to go on with, or `null` to try again. */
  async #resolve(
    deed: Deed,
    { resolution, when }: { readonly resolution: Resolution; readonly when: string },
  ): Promise<{ readonly output: Json } | null> {
    const { name, startedAt } = deed;
    const { states, undo } = this.#options;
    this.#resolvers.push(...knownAs(resolution.actor, resolution.ids));
    const by = `${resolution.actor}: ${resolution.reason}`;
    switch (resolution.action) {
      case 'retry':
        deed.made = 1;
        if (resolution.fresh === true) await this.#startAfresh(name);
        return null;
      case 'skip': {
        const output = asOfAnother(resolution.output);
        await undo.supplied(name, output);
        states.enter(name, { status: 'skipped', endedAt: now(), reason: by, output });
        return { output };
      }
      case 'abort': {
        const message = `${by} (${when})`;
        throw this.failed(name, startedAt, { code: 'ABORTED', message });
      }
    }
  }

  /** The next try makes a new effect; what the last one left running is stopped first. */
  async #startAfresh(name: string): Promise<void> {
    const { undo } = this.#options;
    await undo.perform(['running'], name);
    undo.settle(name);
    this.#renew(name);
  }

  #renew(name: string): void {
    this.#options.origins.renew(name);
    this.#options.firstSends.renewed(name);
  }

  #contextOf({ name, startedAt, preflight, again }: Deed): StepContext<object> {
    const { states, origins, firstSends, effectsOf, undo, approvals, run } = this.#options;
    const adopted = origins.adoptedOf(name)?.map(({ id }) => id);
    return {
      ...{ effects: effectsOf(name), preflight, again, run, isFirst: firstSends.isFirst(name) },
      effect: { ...origins.effectOf(name), ...(adopted && { adopted }), ...origins.knownOf(name) },
      effectOf: (step) => origins.effectOf(step),
      waiting: (waitingFor, ...added) =>
        states.update(name, ({ references }) => ({
          references: withAdded(references, added),
          state: { status: 'waiting', startedAt, waitingFor },
        })),
      ask: (spec, evidence) =>
        approvals.ask({
          ...{ step: name, spec, evidence, resolvers: () => this.#resolvers },
          waiting: (waitingFor, approval) =>
            states.enter(name, { status: 'waiting', startedAt, waitingFor, approval }),
        }),
      once: (ask) => this.#once(name, ask),
      pause: (forMs) => this.#options.pause(name, forMs),
      undo: (kind, target, effect = origins.effectOf(name)) =>
        undo.add({
          ...{ step: name, kind },
          call: { ...effect, ...origins.knownOf(effect.origin.step), target },
        }),
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
}

/** How long what is begun now may take. */
function limitOf({ step, leftMs }: Deed): number | undefined {
  const ofTry = step.bounds?.tries?.withinMs;
  return leftMs === undefined ? ofTry : Math.min(leftMs, ofTry ?? leftMs);
}

/** What is under way has taken its time; while a step is parked, none passes for it. */
function spend(deed: Deed): void {
  if (deed.leftMs !== undefined) deed.leftMs -= Date.now() - deed.sinceMs;
}

/** Whether it may be made again. */
const isLeft = ({ step, made, leftMs }: Deed): boolean =>
  made < (step.bounds?.tries?.count ?? 1) && (leftMs ?? 1) > 0;
