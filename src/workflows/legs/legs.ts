/**
 * When an attempt goes on in another leg: its history has grown long, and nothing is under way but what may be cut off. Until then
 * nothing is begun; where something takes long, what waits is begun all the same, and it is tried again later.
 */
import { CancellationScope, type WorkflowInfo, condition, workflowInfo } from '@temporalio/workflow';
import type { LegLimits } from '../../run/legs.js';

/** Temporal itself suggests it after 4,096 events or 4 MiB; a run that comes to its end soon after need not. */
const usual = { events: 5_000, bytes: 8 * 2 ** 20 };
/** Effects end within seconds, while their platform answers. */
const usualPatienceMs = 300_000;
/** By so much of that the history is longer before it is tried again. */
const betweenTries = 0.25;
/** A deed that is open at the beginning of a leg begins its wait again, which ends in it: by so many events, no leg has come any further. */
const eventsOfDeed = 6;

/**
 * After so much a run begins nothing more: Temporal ends one that has 51,200 events or 50 MiB, and what is under way then, and
 * what undoes it, needs room. Another leg begins long before, unless what it would have to know is too large.
 */
const most = { events: 40_000, bytes: 40 * 2 ** 20 };

/** Whether a history has no room for another effect. */
export const isHistoryFull = ({ historyLength, historySize }: WorkflowInfo): boolean =>
  historyLength > most.events || historySize > most.bytes;

export interface LegsOptions {
  /** What the run was started with. */
  readonly limits: LegLimits | undefined;
  /** How many deeds were open when the leg began. */
  readonly open: number;
  /** Whether a word was said to the run that it has not gone on by yet. */
  isSpokenTo(): boolean;
}

/** Of one leg. */
export class Legs {
  readonly #options: LegsOptions;
  readonly #scope = CancellationScope.current();
  /** Of what is usual. */
  #dueAfter = 1;
  #underWay = 0;
  #isHolding = false;
  #isOver = false;

  constructor(options: LegsOptions) {
    this.#options = options;
  }

  /** Counts what must not be cut off. */
  readonly track = <T>(effect: Promise<T>): Promise<T> => {
    this.#underWay += 1;
    const ended = (): void => {
      this.#underWay -= 1;
    };
    effect.then(ended, ended);
    return effect;
  };

  /** Waits until something may be begun; `null` where it may be now. */
  opening(): Promise<void> | null {
    return this.#isHolding ? condition(() => !this.#isHolding) : null;
  }

  /** The attempt comes to its end in this leg. */
  end(): void {
    this.#isOver = true;
    this.#isHolding = false;
  }

  /** What `take` answers when this leg is to end, which is the last thing that happens in it; never, where it is not. */
  next<T>(take: () => T | null): Promise<T> {
    return CancellationScope.nonCancellable(async () => {
      for (;;) {
        await condition(() => this.#isDue());
        this.#isHolding = true;
        const taken = await this.#rest(take);
        if (taken !== null) return taken;
        this.#isHolding = false;
        this.#dueAfter = this.#length() + betweenTries;
      }
    });
  }

  /** Once nothing is under way that must not be cut off; `null` where that takes long, or there is nothing to go on with. */
  async #rest<T>(take: () => T | null): Promise<T | null> {
    const untilMs = Date.now() + (this.#options.limits?.patienceMs ?? usualPatienceMs);
    for (;;) {
      const isQuiet = await condition(() => this.#isQuiet(), Math.max(1, untilMs - Date.now()));
      if (!isQuiet) return null;
      const still = await atRest(() => (this.#isQuiet() ? { taken: take() } : null));
      if (still !== null) return still.taken;
    }
  }

  #isDue(): boolean {
    return !this.#isOver && !this.#scope.consideredCancelled && this.#length() > this.#dueAfter;
  }

  /** How long the history is, as a share of what is usual. */
  #length(): number {
    const { historyLength, historySize } = workflowInfo();
    const { limits, open } = this.#options;
    const events = (historyLength - eventsOfDeed * open) / (limits?.mostEvents ?? usual.events);
    return Math.max(events, historySize / usual.bytes);
  }

  #isQuiet(): boolean {
    const isEnding = this.#isOver || this.#scope.consideredCancelled;
    return !isEnding && this.#underWay === 0 && !this.#options.isSpokenTo();
  }
}

/**
 * Looks when everything has gone on that could: Temporal asks the conditions of a workflow after that, and while it tells the
 * workflow what has happened, between one event and the next. Those that were added meanwhile it asks after that alone.
 */
export async function atRest<T>(look: () => T): Promise<T> {
  const seen: T[] = [];
  const state = { isAdded: false };
  const asked = condition(() => state.isAdded && seen.push(look()) > 0);
  state.isAdded = true;
  await asked;
  const [value] = seen;
  return value as T; // the condition has put it there
}
