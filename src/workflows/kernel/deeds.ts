/**
 * Doing one step until it has an output or has failed: what a person can repair parks, what another effect may cure is made
 * again, and what takes too long is given up.
 */
import { CancelledFailure } from '@temporalio/common';
import { condition, isCancellation } from '@temporalio/workflow';
import { writeDuration } from '../../run/schedules/durations.js';
import { type Failure, failureKinds } from '../../run/failures/errors.js';
import { knownAs } from '../../run/approvals/people.js';
import type { OpenDeed } from '../../run/legs.js';
import type { Json, Resolution } from '../../run/steps.js';
import { asOfAnother } from '../../run/undoing/undoing.js';
import { EvaluationFailure } from '../../pipelines/document/evaluate.js';
import type { PipelineStep } from '../../steps/define.js';
import { fail, failureOf, mayBeMade } from '../../steps/failures.js';
import { type Deed, type Stage, isLeft, limitOf, openDeed, spend } from './deed.js';
import type { FirstSends } from './first-sends.js';
import { Journal } from '../legs/journal.js';
import { Expired, withinLimit } from './limits.js';
import type { Origins } from './origins.js';
import { EndedPause } from './parking.js';
import type { Contexts } from './step-contexts.js';
import { type StepStates, withAdded } from './step-states.js';
import type { UndoStack } from './undo.js';

export interface DeedsOptions {
  readonly states: StepStates;
  readonly origins: Origins;
  readonly firstSends: FirstSends;
  readonly undo: UndoStack;
  readonly contexts: Contexts;
  /** Parks a step, or has it parked still as the leg before had; answers when a person has resolved it. */
  park(step: string, failure: Failure, how: { readonly isStill: boolean }): Promise<Resolution>;
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
  /** Those that have begun, also some that have ended since. */
  readonly #open = new Map<string, Deed>();
  /** Characters of the outputs so far, as JSON. */
  #kept = 0;

  constructor(options: DeedsOptions) {
    this.#options = options;
    for (const { state } of options.states.all()) if ('output' in state) this.keep(state.output);
  }

  /** Those that have begun and not ended, for the next leg. */
  open(): Readonly<Record<string, OpenDeed>> {
    const isOpen = ({ name }: Deed): boolean =>
      ['running', 'waiting', 'parked'].includes(this.#options.states.get(name)?.state.status ?? '');
    const open = [...this.#open.values()].filter(isOpen).map((deed) => [deed.name, openDeed(deed)] as const);
    return Object.fromEntries(open);
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
    const { refusalOf, isFull } = this.#options;
    this.#begin(deed);
    return this.#perform(deed, spec, () => {
      if (isFull()) throw fail(historyFull);
      const refusal = refusalOf(deed.step);
      if (refusal !== null) throw fail(refusal);
    });
  }

  /** Goes on with what the leg before had begun; `specOf` may throw where it was parked. */
  async resume(deed: Deed, specOf: () => object): Promise<Json> {
    const { name, stage } = deed;
    const { states, origins } = this.#options;
    this.#open.set(name, deed);
    switch (stage?.at) {
      case undefined:
      case 'performing':
        // What newer code calls by another name, the journal does not know: it looks before it sends.
        origins.tried(name, now());
        return this.#perform(deed, specOf(), () => undefined);
      case 'waiting':
        deed.spec = specOf();
        return this.#waitAndMake(deed, stage);
      case 'parked': {
        const state = states.get(name)?.state;
        const failure: Failure =
          state?.status === 'parked' ? state.failure : { code: 'INTERNAL', message: 'it was parked' };
        return this.#goOn(deed, await this.#awaitResolution(deed, failure, { isStill: true }));
      }
    }
  }

  #perform(deed: Deed, spec: object, check: () => void): Promise<Json> {
    const { name, step, startedAt } = deed;
    const { states, undo, contexts } = this.#options;
    const repair = (error: unknown): Promise<Json> => this.#repair(deed, error);
    deed.spec = spec;
    try {
      check();
      const context = contexts.of(deed);
      const limitMs = limitOf(deed);
      const performed =
        limitMs === undefined
          ? step.perform(context, spec)
          : withinLimit(limitMs, () => step.perform(context, spec));
      return performed.then((output) => {
        if (!this.keep(output)) return repair(fail(tooLarge));
        this.#open.delete(name);
        undo.settle(name);
        states.update(name, ({ references, generation = 1 }) => {
          const reuses = generation > 1 && step.isNamed !== true ? null : step.reuses(output, spec);
          return {
            references: withAdded(references, step.refersTo(output)),
            ...(reuses !== null && { reuses }),
            state: { status: 'succeeded', startedAt, endedAt: now(), output },
          };
        });
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
    deed.stage = { at: 'performing', journal: new Journal() };
    this.#open.set(name, deed);
  }

  async #repair(deed: Deed, thrown: unknown): Promise<Json> {
    const error = thrown instanceof EvaluationFailure ? fail(thrown) : thrown;
    spend(deed);
    if (error instanceof Expired) return this.#giveUp(deed);
    const { name, step } = deed;
    const failure = isCancellation(error) ? null : failureOf(error);
    if (failure !== null && step.repeats?.includes(failure.code) === true && isLeft(deed)) {
      if (mayBeMade(error)) await this.#options.undo.perform(['running'], name);
      return this.#makeAgain(deed, failure);
    }
    const resolved = await (error instanceof EndedPause
      ? this.#resolve(deed, { resolution: error.resolution, when: 'while it paused' })
      : this.#park(deed, this.#repairable(deed, error)));
    return this.#goOn(deed, resolved);
  }

  #goOn(deed: Deed, resolved: { readonly output: Json } | null): Promise<Json> {
    if (resolved !== null) return Promise.resolve(resolved.output);
    this.#open.delete(deed.name);
    if (!this.#options.isClosing()) return this.#options.again(deed);
    throw this.cancelled(deed.name, deed.startedAt, new CancelledFailure('the run comes to its end'));
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
    const { name, step, startedAt, made, leftMs } = deed;
    const { states, undo, origins, moved } = this.#options;
    const { count, backoffMs, upToMs } = step.bounds?.tries ?? { count: 1, backoffMs: 0, upToMs: 0 };
    const waitMs = Math.min(backoffMs * 2 ** (made - 1), upToMs, leftMs ?? Infinity);
    undo.settle(name);
    origins.tried(name, now());
    const waitingFor = `${writeDuration(waitMs)} to pass before try ${made + 1} of ${count}: ${failure.message}`;
    states.enter(name, { status: 'waiting', startedAt, waitingFor });
    moved();
    deed.sinceMs = Date.now();
    const stage = { at: 'waiting', untilMs: deed.sinceMs + Math.max(1, waitMs), failure } as const;
    deed.stage = stage;
    return this.#waitAndMake(deed, stage);
  }

  async #waitAndMake(deed: Deed, { untilMs, failure }: Stage & { readonly at: 'waiting' }): Promise<Json> {
    const { name, startedAt, spec } = deed;
    const waitMs = Math.max(1, untilMs - Date.now());
    const isEnding = await condition(this.#options.isClosing, waitMs).catch((error: unknown) => {
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
  #repairable({ name, startedAt, stage }: Deed, error: unknown): Failure {
    const { undo, firstSends } = this.#options;
    if (isCancellation(error)) throw this.cancelled(name, startedAt, error);
    const failure = failureOf(error);
    if (failure === null) throw error;
    undo.refused(name, failure.code);
    firstSends.failed(name, error);
    const isUnmade = stage?.at === 'performing' && stage.journal.hasMadeNothing();
    if (isUnmade && firstSends.isFirst(name)) undo.unsent(name);
    if (failureKinds[failure.code].retry !== 'never') return failure;
    // Such a failure is the effect’s own end, and nothing of it runs; but for what was sent before and is not known of.
    if (!mayBeMade(error)) undo.settle(name);
    throw this.failed(name, startedAt, failure);
  }

  /** Parks until resolved: an output to go on with, or `null` to try again. */
  async #park(deed: Deed, failure: Failure): Promise<{ readonly output: Json } | null> {
    const { name, startedAt } = deed;
    const { states, origins, isClosing, isUnattended } = this.#options;
    if (isClosing() || isUnattended()) throw this.failed(name, startedAt, failure);
    const parkedAt = now();
    origins.tried(name, parkedAt);
    states.enter(name, { status: 'parked', startedAt, parkedAt, failure });
    deed.stage = { at: 'parked' };
    return this.#awaitResolution(deed, failure, { isStill: false });
  }

  async #awaitResolution(
    deed: Deed,
    failure: Failure,
    how: { readonly isStill: boolean },
  ): Promise<{ readonly output: Json } | null> {
    const { name, startedAt } = deed;
    const resolution = await this.#options.park(name, failure, how).catch((error: unknown) => {
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
    this.#options.contexts.resolved(knownAs(resolution.actor, resolution.ids));
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
}
