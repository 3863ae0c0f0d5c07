/**
 * What the code of a step has called and been answered, so that another leg of the attempt can bring it to where it was: the
 * code is performed again, and what was answered is not called again.
 */
import type { Answer, Journal as Written } from '../../run/legs.js';
import type { Json } from '../../run/steps.js';
import { fail, failureOf } from '../../steps/failures.js';

/** What only looks may be cut off, and is called again by the next leg. */
export const isCut = (effect: string): boolean => /^(await|watch)/.test(effect);

/** What makes nothing on a platform. */
const isReading = (call: string): boolean => /^(lookUp|get|decide|await|watch|pause|ask)/.test(call);

type Called = Readonly<Record<string, (argument: object) => Promise<unknown>>>;

/** Of one try of a step. */
export class Journal {
  readonly #answers: Map<string, Answer>;
  readonly #times: Map<string, number>;
  readonly #calls = new Map<string, number>();
  #isReplaying: boolean;

  constructor(before?: Written) {
    this.#answers = new Map(Object.entries(before?.answers ?? {}));
    this.#times = new Map(Object.entries(before?.times ?? {}));
    this.#isReplaying = before !== undefined;
  }

  /** Whether the code has not come yet to where the leg before had ended: what it says was said before. */
  get isReplaying(): boolean {
    return this.#isReplaying;
  }

  /** Whether nothing was made by what was called, as far as it has answered: at most one might have, and has failed. */
  hasMadeNothing(): boolean {
    const answers = [...this.#answers].filter(([key]) => !isReading(key));
    const calls = [...this.#calls].reduce((sum, [name, count]) => sum + (isReading(name) ? 0 : count), 0);
    return calls <= 1 && answers.every(([, answer]) => 'failure' in answer);
  }

  written(): Written {
    return { answers: Object.fromEntries(this.#answers), times: Object.fromEntries(this.#times) };
  }

  /** The effects, of which those that were answered answer the same. */
  effects<E extends object>(effects: E): E {
    const calls = effects as unknown as Called; // whichever effect it is, it is called by its name
    return new Proxy(effects, {
      get: (_, name: string) => (argument: object) => {
        const key = this.#keyOf(name);
        const answer = this.#answers.get(key);
        if (answer !== undefined) return answered(answer);
        this.#isReplaying = false;
        const called = calls[name]?.(this.#withTime(key, name, argument));
        called?.then(
          (value) => this.#answer(key, { value: (value ?? null) as Json }),
          (error: unknown) => {
            const failure = failureOf(error);
            if (failure !== null) this.#answer(key, { failure });
          },
        );
        return called;
      },
    });
  }

  /** Waits for a time, of which a part may be over; answers when it is, ISO 8601. */
  async pause(forMs: number, wait: (forMs: number) => Promise<void>): Promise<string> {
    const key = this.#keyOf('pause');
    const untilMs = this.#times.get(key) ?? Date.now() + forMs;
    const until = new Date(untilMs).toISOString();
    if (this.#answers.has(key)) return until;
    this.#isReplaying = false;
    this.#times.set(key, untilMs);
    await wait(Math.max(1, untilMs - Date.now()));
    this.#answers.set(key, { value: null });
    return until;
  }

  /** Asks a person, who may have answered. */
  async ask<T extends Json>(ask: () => Promise<T>): Promise<T> {
    const key = this.#keyOf('ask');
    const answer = this.#answers.get(key);
    if (answer !== undefined && 'value' in answer) return answer.value as T; // it was written below
    this.#isReplaying = false;
    const value = await ask();
    this.#answers.set(key, { value });
    return value;
  }

  #keyOf(name: string): string {
    const before = this.#calls.get(name) ?? 0;
    this.#calls.set(name, before + 1);
    return `${name}.${before}`;
  }

  #answer(key: string, answer: Answer): void {
    this.#times.delete(key);
    this.#answers.set(key, answer);
  }

  /** A wait that was cut off is told how long it was on: whatever it does after a time, it does at that time. */
  #withTime(key: string, name: string, argument: object): object {
    if (!isCut(name)) return argument;
    const nowMs = Date.now();
    const sinceMs = this.#times.get(key) ?? nowMs;
    this.#times.set(key, sinceMs);
    const waitedMs = nowMs - sinceMs;
    return waitedMs > 0 ? { ...argument, waitedMs } : argument;
  }
}

const answered = (answer: Answer): Promise<unknown> =>
  'value' in answer ? Promise.resolve(answer.value) : Promise.reject(fail(answer.failure));
