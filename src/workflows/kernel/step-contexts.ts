/** What the code of each step is given: its effects, and what it may say and ask. */
import type { Json } from '../../run/steps.js';
import type { RunOfStep, StepContext } from '../../steps/context.js';
import type { Approvals } from './approval.js';
import type { Deed } from './deed.js';
import type { FirstSends } from './first-sends.js';
import { Journal } from '../legs/journal.js';
import type { Origins } from './origins.js';
import { type StepStates, withAdded } from './step-states.js';
import type { UndoStack } from './undo.js';

export interface ContextsOptions {
  readonly run: RunOfStep;
  readonly states: StepStates;
  readonly origins: Origins;
  readonly firstSends: FirstSends;
  readonly approvals: Approvals;
  readonly undo: UndoStack;
  /** The effects as a step calls them. */
  effectsOf(step: string): object;
  /** Waits for a time. Throws `EndedPause` where a person has ended it before. */
  pause(step: string, forMs: number): Promise<void>;
  /** What the leg before had asked once, by step. */
  readonly asked: Readonly<Record<string, Json>>;
  /** All that those are known by who had resolved a step by then. */
  readonly resolvers: readonly string[];
}

/** Of one attempt of a run. */
export class Contexts {
  readonly #options: ContextsOptions;
  readonly #asked: Map<string, Promise<Json | undefined>>;
  readonly #answers: Map<string, Json>;
  readonly #resolvers: string[];

  constructor(options: ContextsOptions) {
    const { asked, resolvers } = options;
    this.#options = options;
    this.#answers = new Map(Object.entries(asked));
    this.#asked = new Map(Object.entries(asked).map(([name, answer]) => [name, Promise.resolve(answer)]));
    this.#resolvers = [...resolvers];
  }

  /** What was asked once, by step, as far as it was answered. */
  asked(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.#answers);
  }

  /** All that those are known by who have resolved a step. */
  resolvers(): readonly string[] {
    return this.#resolvers;
  }

  /** Somebody who is known by these has resolved a step. */
  resolved(by: readonly string[]): void {
    this.#resolvers.push(...by);
  }

  /** Of one that is performed. */
  of({ name, startedAt, preflight, again, stage }: Deed): StepContext<object> {
    const { states, origins, firstSends, effectsOf, undo, approvals, run } = this.#options;
    const adopted = origins.adoptedOf(name)?.map(({ id }) => id);
    const journal = stage?.at === 'performing' ? stage.journal : new Journal();
    const effects = journal.effects(effectsOf(name));
    const [effect, isFirst] = [origins.effectOf(name), firstSends.isFirst(name)];
    // What has named something has sent, whatever has failed after that; so may have what another leg has begun.
    const isMade = (adopted ?? []).length > 0 || journal.isReplaying;
    const hasSentNothing = effect.begunBefore && isFirst && !isMade;
    return {
      ...{ effects, preflight, again, run, isFirst },
      effect: {
        ...effect,
        ...(hasSentNothing && { sentNothing: true }),
        ...(adopted && { adopted }),
        ...origins.knownOf(name),
      },
      effectOf: (step) => origins.effectOf(step),
      waiting: (waitingFor, ...added) => {
        if (journal.isReplaying) return; // it was said before
        states.update(name, ({ references }) => ({
          references: withAdded(references, added),
          state: { status: 'waiting', startedAt, waitingFor },
        }));
      },
      ask: (spec, evidence) =>
        journal.ask(() =>
          approvals.ask({
            ...{ step: name, spec, evidence, resolvers: () => this.#resolvers },
            waiting: (waitingFor, approval) =>
              states.enter(name, { status: 'waiting', startedAt, waitingFor, approval }),
          }),
        ),
      once: (ask) => this.#once(name, ask),
      pause: (forMs) => journal.pause(forMs, (leftMs) => this.#options.pause(name, leftMs)),
      undo: (kind, target, effect = origins.effectOf(name)) => {
        const call = { ...effect, ...origins.knownOf(effect.origin.step), target };
        const answered = undo.add({ ...{ step: name, kind }, call });
        return (made, output, at) => {
          // What is in doubt was told then.
          const { inDoubt: _, ...sure } = output;
          answered(made, journal.isReplaying ? sure : output, at);
        };
      },
      sent: (isSent) => undo.sent(name, isSent),
      acting: () => undo.acting(name),
      sweep: (call) => {
        if (!journal.isReplaying) undo.sweep([call]);
      },
      undone: (call) => {
        if (!journal.isReplaying) undo.undone(call);
      },
    };
  }

  /** What was not answered is asked again by the next try. */
  #once<T extends Json | undefined>(name: string, ask: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(name);
    if (asked !== undefined) return asked as Promise<T>; // of this very step, which asks one thing
    const asking = ask();
    this.#asked.set(name, asking);
    asking.then(
      (answer) => answer !== undefined && this.#answers.set(name, answer),
      () => this.#asked.delete(name),
    );
    return asking;
  }
}
