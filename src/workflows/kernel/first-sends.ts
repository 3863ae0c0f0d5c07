/**
 * Which steps are known to have sent nothing yet in their generation. What must not be delivered twice, and cannot be looked
 * for, is sent by those alone.
 */
import type { Continuation } from '../../run/steps.js';
import { hasSentNothing } from '../../steps/failures.js';

export interface FirstSendsOptions {
  readonly continuation: Pick<Continuation, 'begun'> | undefined;
  /** Whether the attempt was reset: what that has cut off may have begun any step. */
  readonly isReset: boolean;
  /** Whether a step is done when the outcome is fixed: no attempt before has begun what it makes. */
  isLast(step: string): boolean;
  /** What the leg before knew, by step. */
  readonly before?: Readonly<Record<string, boolean>> | undefined;
}

/** Of one attempt of a run. */
export class FirstSends {
  readonly #options: FirstSendsOptions;
  /** By step: whether it is known of all its tries. */
  readonly #known: Map<string, boolean>;

  constructor(options: FirstSendsOptions) {
    this.#options = options;
    this.#known = new Map(Object.entries(options.before ?? {}));
  }

  /** What the next leg is to know. */
  known(): Readonly<Record<string, boolean>> {
    return Object.fromEntries(this.#known);
  }

  isFirst(step: string): boolean {
    const { continuation, isReset, isLast } = this.#options;
    if (isLast(step)) return this.#known.get(step) ?? true;
    if (isReset) return false;
    return (
      this.#known.get(step) ?? (continuation === undefined || continuation.begun?.includes(step) === false)
    );
  }

  /** A try has ended by this error. */
  failed(step: string, error: unknown): void {
    this.#known.set(step, this.isFirst(step) && hasSentNothing(error));
  }

  /** The next try is of another generation. */
  renewed(step: string): void {
    this.#known.set(step, true);
  }
}
