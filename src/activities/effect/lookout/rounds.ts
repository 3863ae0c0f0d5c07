/**
 * The looks of one lookout. A list of what is at work tells of many by one request. It is neither a set nor a snapshot, so it
 * only ever says that something goes on; what it does not show, or shows as ended, is looked at by itself.
 */
import { ApplicationFailure } from '@temporalio/common';
import { PlatformError } from '../../../platform/errors.js';
import { ConnectionRefused } from '../../../platform/gate.js';
import { createTurns } from '../../../platform/turns.js';
import { failureKinds } from '../../../run/failures/errors.js';
import {
  type LookoutStandpoint,
  type LookoutWord,
  type Wait,
  selfLookMs,
  waitNameOf,
} from '../../../run/lookouts.js';
import type { Json } from '../../../run/json.js';
import type { Attempt } from '../attempt.js';
import { atWorkIn, isInBetween } from '../failures.js';
import { type Allowance, type Bounds, intervalMs } from './pace.js';
import { type Tracked, sayFailing, sayStatuses, sayUnanswered, track } from './tracked.js';
import type { Watching } from './watching.js';

/** Reading what ended takes several requests. */
const atOnce = 8;
/** A list that goes on for longer is left: what it has not shown is looked at by itself. */
const listForMs = 20_000;
/** A list that is stuck would hold all that it shows: so often, one of it is looked at by itself. */
const verifyEveryMs = 30_000;
/** For so long, a list is not read that has shown something at work which has ended: all of it is looked at by itself. */
const unbelievedMs = 60_000;
/** So many looks in a row without a usable answer are an outage, and not one thing that the platform or a proxy cannot read. */
const outageAfter = 3;
const backoffMs = { first: 1_000, most: 60_000 };
/** Its activity has not come to rest yet, or Temporal does not answer. */
const tellAgainMs = 1_000;
/** A try that looks by itself hands over anew: a wait that is older is one of a run that is gone. */
const forgottenAfterMs = selfLookMs + 3_600_000;

/** How a wait ended: seen so by this lookout, or in the hands of its own activity. */
export interface Ended {
  readonly wait: Wait;
  readonly how: 'completed' | 'gone' | 'woken';
  /** How long the wait was on. */
  readonly lastedMs: number;
}

interface RoundsOptions {
  readonly watching: Watching<Json, unknown>;
  readonly bounds: Bounds;
  readonly allowance: Allowance;
  /** Temporal’s clock, in milliseconds. */
  readonly nowMs: () => number;
  readonly lasted: () => readonly number[];
  /** Where those stood who looked before. */
  readonly before?: LookoutStandpoint;
  /** Completes the activity; `refused` where Temporal does not take the output. */
  readonly complete: (wait: Wait, output: unknown) => Promise<'completed' | 'gone' | 'refused'>;
  /** Has the activity look by itself; `false` where it cannot be told now. */
  readonly wake: (wait: Wait) => Promise<boolean>;
  /** Told of each wait that is over. */
  readonly ended: (ended: Ended) => void;
  /** Told when something else is due than before. */
  readonly changed: () => void;
}

/** What a look at one thing has seen. */
type Seen = 'at work' | 'ended' | 'outage' | 'in between' | 'unclear';

export class Rounds {
  readonly #options: RoundsOptions;
  readonly #tracked = new Map<string, Tracked>();
  readonly #turns = createTurns({ readsAtOnce: atOnce });
  /** Lists that had no usable answer: how often in a row, and when they are read again. */
  readonly #troubled = new Map<string, { readonly failures: number; readonly dueMs: number }>();
  /** When one of each list was last looked at by itself for the sake of the list. */
  readonly #verifiedMs = new Map<string, number>();
  readonly #beganMs: number;
  /** Looks in a row, of any, that had no usable answer. */
  #failures = 0;
  #failing: LookoutWord['failing'];
  /** Of those who looked before. */
  #failingSinceMs: number | undefined;
  #lookedAtMs: number;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#beganMs = options.nowMs();
    this.#lookedAtMs = options.before?.lookedAtMs ?? this.#beganMs;
    this.#failingSinceMs = options.before?.failingSinceMs;
  }

  get size(): number {
    return this.#tracked.size;
  }

  get isBusy(): boolean {
    return this.#all().some(({ isBusy }) => isBusy);
  }

  /** The age of the oldest look, of those that are awaited. */
  get oldestLookMs(): number {
    const nowMs = this.#options.nowMs();
    return Math.max(0, ...this.#all().map(({ lookedMs }) => nowMs - lookedMs));
  }

  /** How long ago the platform has last answered any look. */
  get lastLookMs(): number {
    return this.#options.nowMs() - this.#lookedAtMs;
  }

  /** For those who look next. */
  standpoint(): LookoutStandpoint {
    const failing = this.#isOut() ? this.#failing : undefined;
    const failingSinceMs = failing?.sinceMs ?? this.#failingSinceMs;
    return { lookedAtMs: this.#lookedAtMs, failingSinceMs };
  }

  /** Takes waits in. Those that others have looked for until a time are due at once all the same. */
  add(waits: readonly Wait[], lookedMs = 0): void {
    for (const wait of waits) {
      const one = track(wait, this.#options.nowMs());
      this.#plan(one);
      if (one.lookedMs > (this.#failingSinceMs ?? Infinity)) this.#failingSinceMs = undefined; // it was answered
      one.lookedMs = Math.max(one.lookedMs, lookedMs);
      this.#tracked.set(waitNameOf(wait), one);
    }
    this.#options.changed();
  }

  /** Looks at what is due, as far as there is an allowance for it. */
  async lookAtDue(): Promise<void> {
    this.#forget();
    for (const [list, members] of this.#lists())
      if (this.#dueOf(list, members) <= this.#options.nowMs() && this.#options.allowance.isLeft())
        await this.#readList(list, members);
    // The longest waiting first.
    for (const one of this.#alone().sort((a, b) => a.dueMs - b.dueMs)) {
      if (one.dueMs > this.#options.nowMs() || !this.#options.allowance.isLeft()) break;
      this.#options.allowance.spend(1);
      void this.#look(one);
    }
  }

  /** When something is due, in milliseconds from now. */
  restMs(): number {
    const { nowMs, allowance } = this.#options;
    const dues = [
      ...[...this.#lists()].map(([list, members]) => this.#dueOf(list, members)),
      ...this.#alone().map(({ dueMs }) => dueMs),
    ];
    return Math.max(allowance.restMs(), Math.min(...dues) - nowMs());
  }

  /** What is told of all of it. */
  word(from: string): Omit<LookoutWord, 'ended'> {
    const failing = this.#isOut() ? this.#failing : undefined;
    return {
      lookedAtMs: this.#lookedAtMs,
      nextLookMs: this.#options.nowMs() + Math.min(this.restMs(), backoffMs.most),
      ...(failing ? { failing: sayFailing(failing, from) } : sayUnanswered(this.#all(), from)),
      ...sayStatuses(this.#all()),
    };
  }

  /** Whether there is no usable answer of anything; what the platform asks to be sent nothing by is of all. */
  #isOut(): boolean {
    const isHeld = this.#failing?.heldUntilMs !== undefined;
    return isHeld || this.#failingSinceMs !== undefined || this.#failures >= Math.min(outageAfter, this.size);
  }

  #all(): Tracked[] {
    return [...this.#tracked.values()];
  }

  /** What is awaited in lists that serve more than one. */
  #lists(): Map<string, Tracked[]> {
    const lists = new Map<string, Tracked[]>();
    for (const one of this.#all()) {
      const { list } = one.wait;
      if (list === undefined || one.isBusy) continue;
      const members = lists.get(list);
      if (members === undefined) lists.set(list, [one]);
      else members.push(one); // ten thousand wait in one list
    }
    for (const [list, members] of lists) if (members.length < 2) lists.delete(list);
    return lists;
  }

  #alone(): Tracked[] {
    const lists = this.#lists();
    return this.#all().filter(
      ({ wait: { list }, isBusy, isUnlisted }) =>
        !isBusy && (list === undefined || isUnlisted || !lists.has(list)),
    );
  }

  #dueOf(list: string, members: readonly Tracked[]): number {
    const listed = members.filter(({ isUnlisted }) => !isUnlisted);
    const dues = (listed.length > 0 ? listed : members).map(({ dueMs }) => dueMs);
    return this.#troubled.get(list)?.dueMs ?? dues.reduce((least, dueMs) => Math.min(least, dueMs));
  }

  async #readList(list: string, members: readonly Tracked[]): Promise<void> {
    const { allowance } = this.#options;
    const awaited = new Map<string, Tracked[]>();
    for (const one of members) awaited.set(one.wait.id, [...(awaited.get(one.wait.id) ?? []), one]);
    const shown = new Set<string>();
    const atWork = new Map<string, string>();
    const untilMs = performance.now() + listForMs;
    const goesOn = (): boolean => {
      allowance.spend(1);
      return shown.size < awaited.size && performance.now() < untilMs;
    };
    allowance.spend(1);
    try {
      for await (const { id, status, isAtWork } of this.#options.watching.list?.read(list, goesOn) ?? []) {
        if (!awaited.has(id)) continue;
        shown.add(id);
        if (isAtWork) atWork.set(id, status);
      }
    } catch (error) {
      await this.#listFailed(list, members, error);
      return;
    }
    this.#troubled.delete(list);
    this.#answered();
    const told: Tracked[] = [];
    for (const [id, ones] of awaited) {
      const status = atWork.get(id);
      for (const one of ones)
        if (status !== undefined) {
          this.#seenAtWork(one, { status, isUnlisted: false });
          told.push(one);
        } else if (!one.isUnlisted) void this.#look(one);
    }
    void this.#verify(list, told);
  }

  async #verify(list: string, told: readonly Tracked[]): Promise<void> {
    const { nowMs, allowance } = this.#options;
    const one = told[Math.floor(Math.random() * told.length)];
    if (one === undefined || nowMs() - (this.#verifiedMs.get(list) ?? this.#beganMs) < verifyEveryMs) return;
    this.#verifiedMs.set(list, nowMs());
    allowance.spend(1);
    if ((await this.#look(one)) !== 'ended') return;
    this.#troubled.set(list, { failures: 0, dueMs: nowMs() + unbelievedMs });
    for (const other of told) other.isUnlisted = true;
  }

  /** A list that has no usable answer says nothing. Where something of it can be looked at, all of it is, by itself. */
  async #listFailed(list: string, members: readonly Tracked[], error: unknown): Promise<void> {
    if (error instanceof ConnectionRefused) {
      for (const one of members) void this.#look(one); // it sends nothing
      return;
    }
    const failures = (this.#troubled.get(list)?.failures ?? 0) + 1;
    this.#troubled.set(list, { failures, dueMs: this.#options.nowMs() + pauseMs(error, failures) });
    // It may fail by one thing, which has no usable answer by itself either: then by another one next time.
    const [longest] = [...members].sort((a, b) => a.failures - b.failures || a.lookedMs - b.lookedMs);
    if (longest === undefined || ['outage', 'in between'].includes(await this.#look(longest))) return;
    for (const one of members) one.isUnlisted = true;
  }

  /** Looks at one thing by itself, and tells its activity what became of it. */
  async #look(one: Tracked): Promise<Seen> {
    one.isBusy = true;
    await this.#turns.take(true);
    try {
      return await this.#lookAndTell(one);
    } finally {
      this.#turns.leave(true);
      one.isBusy = false;
      this.#options.changed();
    }
  }

  async #lookAndTell(one: Tracked): Promise<Seen> {
    const { watching, complete, nowMs } = this.#options;
    try {
      const output = await watching.look(one.wait.input, this.#attemptOf(one));
      this.#answered();
      const told = await complete(one.wait, output);
      if (told === 'refused') await this.#wake(one);
      else this.#over(one, told);
      return 'ended';
    } catch (error) {
      const work = atWorkIn(error);
      if (work !== null) {
        this.#answered();
        this.#seenAtWork(one, { status: work.status, isUnlisted: one.wait.list !== undefined });
        return 'at work';
      }
      if (!isOutage(error) && !isInBetween(error)) {
        await this.#wake(one);
        return error instanceof ApplicationFailure ? 'ended' : 'unclear';
      }
      this.#failing = {
        sinceMs: this.#failing?.sinceMs ?? this.#failingSinceMs ?? nowMs(),
        message: error.message,
        ...(error.retryAfterMs !== undefined && { heldUntilMs: nowMs() + error.retryAfterMs }),
      };
      this.#failures += 1;
      // Once it answers for all, those few that have gone to see are enough.
      if (isInBetween(error) && this.#failures <= outageAfter) {
        await this.#wake(one);
        return 'in between';
      }
      one.failing = { sinceMs: one.failing?.sinceMs ?? nowMs(), message: error.message };
      one.failures += 1;
      one.dueMs = nowMs() + pauseMs(error, one.failures);
      return 'outage';
    }
  }

  async #wake(one: Tracked): Promise<void> {
    if (await this.#options.wake(one.wait)) this.#over(one, 'woken');
    else one.dueMs = this.#options.nowMs() + tellAgainMs;
  }

  #over(one: Tracked, how: Ended['how']): void {
    const name = waitNameOf(one.wait);
    if (this.#tracked.get(name) === one) this.#tracked.delete(name);
    const nowMs = this.#options.nowMs();
    this.#options.ended({
      ...{ wait: one.wait, how },
      lastedMs: nowMs - one.wait.sinceMs,
    });
  }

  #seenAtWork(one: Tracked, seen: Pick<Tracked, 'isUnlisted'> & { readonly status: string }): void {
    one.status = seen.status;
    one.isUnlisted = seen.isUnlisted;
    one.lookedMs = this.#options.nowMs();
    one.failures = 0;
    one.failing = null;
    this.#plan(one);
  }

  #plan(one: Tracked): void {
    const { lasted, bounds } = this.#options;
    one.dueMs = one.lookedMs + intervalMs(one.lookedMs - one.wait.sinceMs, lasted(), bounds);
  }

  #answered(): void {
    this.#failures = 0;
    this.#failing = undefined;
    this.#failingSinceMs = undefined;
    this.#lookedAtMs = this.#options.nowMs();
  }

  #forget(): void {
    for (const one of this.#all())
      if (!one.isBusy && this.#options.nowMs() - one.wait.atMs > forgottenAfterMs) this.#over(one, 'gone');
  }

  /** The look of a try that has just begun: what needs more than one, its own activity has patience for. */
  #attemptOf({ wait }: Tracked): Attempt {
    const { nowMs } = this.#options;
    const endsMs = performance.now() + 60_000;
    return {
      number: wait.attempt,
      elapsedMs: Math.max(0, nowMs() - wait.sinceMs),
      nowMs,
      heldMs: 0,
      hasStayed: () => false,
      unsettled: null,
      remember: () => undefined,
      deadlineMs: () => endsMs,
      endsMs: () => endsMs,
    };
  }
}

/** What lasts as long as it does, and needs nobody. Anything else, the activity of the run has its own patience for. */
const isOutage = (error: unknown): error is PlatformError =>
  error instanceof PlatformError && ['backoff', 'after'].includes(failureKinds[error.code].retry);

function pauseMs(error: unknown, failures: number): number {
  const heldMs = error instanceof PlatformError ? error.retryAfterMs : undefined;
  return heldMs ?? Math.min(backoffMs.most, backoffMs.first * 2 ** Math.min(failures - 1, 10));
}
