/** What the effect of each step starts from: on whose behalf it acts, and what earlier tries of it have made. */
import type { Effect } from '../../run/undoing/effect.js';
import type { StepsLeg } from '../../run/legs.js';
import { madeIn } from '../../steps/undoings.js';
import type { Continuation, RemoteReference, Step } from '../../run/steps.js';
import type { Attempt } from '../legs/attempt.js';

export interface OriginsOptions {
  readonly attempt: Pick<Attempt, 'runId' | 'attemptId' | 'originalId' | 'isReset'>;
  /** What the leg before knew. */
  readonly before?: Pick<StepsLeg, 'generations' | 'triedAt' | 'adopted'> | undefined;
  readonly continuation: Continuation | undefined;
  /** Where a step acts. */
  connectionOf(step: string): string;
  /** Whether a step is done when the outcome is fixed: it is each attempt's own. */
  isLast(step: string): boolean;
}

/** Of one attempt of a run. */
export class Origins {
  readonly #options: OriginsOptions;
  readonly #generations: Map<string, number>;
  /** What earlier tries of a step have named. */
  readonly #adopted: Map<string, readonly RemoteReference[]>;
  /** When the last try of a step ended, of those that are tried again. */
  readonly #triedAt: Map<string, string>;

  constructor(options: OriginsOptions) {
    const { generations = {}, references = {} } = options.continuation ?? {};
    this.#options = options;
    const { before } = options;
    this.#generations = new Map(Object.entries(before?.generations ?? generations));
    this.#adopted = new Map(Object.entries(before?.adopted ?? references));
    this.#triedAt = new Map(Object.entries(before?.triedAt ?? {}));
  }

  /** What the next leg is to know. */
  known(): Pick<StepsLeg, 'generations' | 'triedAt' | 'adopted'> {
    return {
      generations: Object.fromEntries(this.#generations),
      triedAt: Object.fromEntries(this.#triedAt),
      adopted: Object.fromEntries(this.#adopted),
    };
  }

  /** `undefined` of a step whose first effect is the one that counts. */
  generationOf(name: string): number | undefined {
    return this.#generations.get(name);
  }

  /** The next try makes a new effect. */
  renew(name: string): void {
    this.#generations.set(name, (this.#generations.get(name) ?? 1) + 1);
  }

  /** A try of a step has ended, and another may follow. */
  tried(name: string, at: string): void {
    this.#triedAt.set(name, at);
  }

  /** A step begins; what is known runs on, whatever becomes of this try. */
  begin({ name, generation: before, references }: Pick<Step, 'name' | 'generation' | 'references'>): {
    readonly references: readonly RemoteReference[];
    readonly generation?: number;
  } {
    const generation = this.#generations.get(name);
    if (generation !== before) this.#adopted.delete(name);
    else if (references.length > 0) this.#adopted.set(name, references);
    return {
      references: this.#adopted.get(name) ?? [],
      ...(generation !== undefined && { generation }),
    };
  }

  /** What earlier tries of a step have named. */
  adoptedOf(name: string): readonly RemoteReference[] | undefined {
    return this.#adopted.get(name);
  }

  /** What earlier tries of a step have made. */
  knownOf(name: string): Pick<Effect, 'made'> {
    const made = madeIn(this.#adopted.get(name) ?? []);
    return made === undefined ? {} : { made };
  }

  effectOf(name: string): Effect {
    const { continuation, connectionOf, isLast, attempt } = this.#options;
    const { runId, attemptId, originalId, isReset } = attempt;
    // A reset gives the attempt another id. What was begun before it is found by the id from before it.
    const firstAttemptId = continuation?.firstAttemptId ?? originalId;
    const origin = { runId, firstAttemptId, step: name, generation: this.#generations.get(name) ?? 1 };
    const triedAt = this.#triedAt.get(name);
    const isOwn = isLast(name);
    const begunBefore = triedAt !== undefined || (!isOwn && (continuation !== undefined || isReset));
    // Of a reset, the attempt that was cut off may have sent until that very moment.
    const begunUntil = isOwn ? triedAt : isReset ? undefined : (triedAt ?? continuation?.endedAt);
    return {
      ...{ connection: connectionOf(name), origin: isOwn ? { ...origin, attemptId } : origin, begunBefore },
      ...(begunUntil !== undefined && { begunUntil }),
    };
  }
}
