/**
 * The activity of a lookout: it reads who waits in the lookout’s history, looks for all of them, and completes the activities
 * of those whose wait is over. It works for some minutes and says then whose it was; a try that was cut off says so by its
 * heartbeat, and the next one goes on from there.
 */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  type LookoutEffects,
  type LookoutOf,
  type LookoutStandpoint,
  type LookoutWord,
  type Wait,
  dropWaits,
  lookoutWordOf,
  lookoutsQuery,
  waitKeyOf,
} from '../../../run/lookouts.js';
import type { Json } from '../../../run/json.js';
import { createSharedLooks } from '../looks.js';
import { startStopwatch } from '../stopwatch.js';
import { type Allowance, type Bounds, createAllowances, withLasted } from './pace.js';
import { complete, wake } from './resting-activities.js';
import { type Ended, Rounds } from './rounds.js';
import { createSharedLists } from './shared-lists.js';
import { type KnownWaits, followWaits, readWaits } from './waits-in-history.js';
import type { AnyWatching, Watching } from './watching.js';

const beatEveryMs = 2_000;
/** The history of the lookout gets no longer than this meanwhile, and its heartbeat no larger. */
const most = { lastsMs: 600_000, heard: 400, ended: 150 } as const;
/** What goes on is waited for so long, before the activity ends. */
const endsWithinMs = 30_000;
const longestRestMs = 30_000;
/** How many lookouts share the allowance is no news within a minute. */
const countedForMs = 60_000;
/** A worker of before does not know all kinds. */
const elsewhereAfterMs = 5_000;

/** How one lookout stands, for whoever measures. */
export interface LookoutStanding {
  readonly waits: number;
  /** The time to the next look. */
  readonly intervalMs: number;
  /** The age of the oldest look, of those that are awaited. */
  readonly oldestLookMs: number;
  /** How long ago the platform has last answered any look. */
  readonly lastLookMs: number;
}

interface KeepingLookout {
  readonly watchings: readonly AnyWatching[];
  readonly bounds: Bounds;
  /** Requests a second that all lookouts of the connection may send for looks. */
  readonly looksPerSecond: number;
  /** Told at each heartbeat how a lookout stands, `null` at its end. */
  readonly report: (of: LookoutOf, standing: LookoutStanding | null) => void;
  /** Told what a wait has come to that this lookout saw end. */
  readonly completed: (of: LookoutOf, output: unknown) => void;
}

/** Builds it for one connection. */
export function createLookoutActivities(deps: KeepingLookout): LookoutEffects {
  const { share } = createSharedLooks();
  const lists = createSharedLists(deps.bounds.firstLookMs / 2);
  const allowances = createAllowances(deps.looksPerSecond);
  const shareAllowances = (client: Client, connection: string): void => {
    share(
      connection,
      countedForMs,
      async () => (await client.workflow.count(lookoutsQuery(connection, 'Running'))).count,
    ).then(allowances.shareWith, () => undefined); // it is as it was
  };
  return {
    keepLookout: async ({ of, lasted, ...standpoint }) => {
      const context = Context.current();
      const { client, info } = context;
      const execution = info.workflowExecution;
      const watching = deps.watchings.find(({ effect }) => effect === of.effect);
      if (watching === undefined || execution === undefined)
        throw again(`this worker knows no ${of.effect}`, elsewhereAfterMs);
      // A Temporal that is slow may take longer to tell a history than a heartbeat may stay away.
      const beats = setInterval(() => {
        context.heartbeat(info.heartbeatDetails);
      }, beatEveryMs);
      const known = await readWaits(client, execution).finally(() => {
        clearInterval(beats);
      });
      const before = lookoutWordOf(info.heartbeatDetails);
      dropWaits(known.waits, before?.ended ?? []);
      const joined = lists.join(`${of.effect} ${of.scope}`, asJson(watching));
      const allowance = allowances.join();
      const options = { ...deps, of, watching: joined.watching, allowance };
      const keeping = new Keeping(options, { known, before, lasted, standpoint });
      return keeping
        .keep(execution, () => {
          shareAllowances(client, of.connection);
        })
        .finally(() => {
          joined.leave();
          allowance.leave();
        });
    },
  };
}

/** Its argument was an activity’s: it has come as JSON. */
const asJson = (watching: AnyWatching): Watching<Json, unknown> =>
  watching as unknown as Watching<Json, unknown>;

const again = (message: string, afterMs: number): ApplicationFailure =>
  ApplicationFailure.create({ type: 'INTERNAL', message, nextRetryDelay: afterMs, category: 'BENIGN' });

interface Known {
  readonly known: KnownWaits;
  /** What the try before has said. */
  readonly before: LookoutWord | null;
  readonly lasted: readonly number[];
  /** Where the activity before has ended. */
  readonly standpoint: LookoutStandpoint;
}

type Options = Omit<KeepingLookout, 'watchings' | 'looksPerSecond'> & {
  readonly allowance: Allowance;
  readonly of: LookoutOf;
  readonly watching: Watching<Json, unknown>;
};

/** One try. */
class Keeping {
  readonly #options: Options;
  readonly #context = Context.current();
  readonly #watch = startStopwatch();
  readonly #rounds: Rounds;
  readonly #lastEventId: number;
  readonly #ended: string[];
  readonly #ending = new AbortController();
  #lasted: readonly number[];
  #heard = 0;
  #ring: () => void = () => undefined;

  constructor(options: Options, { known, before, lasted, standpoint }: Known) {
    this.#options = options;
    this.#lastEventId = known.lastEventId;
    this.#ended = [...(before?.ended ?? [])];
    this.#lasted = lasted;
    const { client, info } = this.#context;
    const signal = this.#ending.signal;
    // The clock of this machine may be off.
    const beganMs = Math.max(info.currentAttemptScheduledTimestampMs, known.atMs);
    this.#rounds = new Rounds({
      ...{ watching: options.watching, bounds: options.bounds, allowance: options.allowance },
      nowMs: () => beganMs + this.#watch.passedMs(),
      lasted: () => this.#lasted,
      before: before
        ? { lookedAtMs: before.lookedAtMs, failingSinceMs: before.failing?.sinceMs }
        : standpoint,
      complete: async (wait, output) => {
        const answer = await complete(client, wait, { output, signal });
        if (answer === 'completed') options.completed(options.of, output);
        return answer;
      },
      wake: async (wait) => !signal.aborted && (await wake(client, wait).catch(() => false)),
      ended: (ended) => {
        this.#over(ended);
      },
      changed: () => {
        this.#ring();
      },
    });
    // An activity of a version before says nothing: it has looked until this one was scheduled.
    const lookedAtMs = before?.lookedAtMs ?? standpoint.lookedAtMs ?? info.scheduledTimestampMs;
    this.#rounds.add([...known.waits.values()], lookedAtMs);
  }

  async keep(
    execution: { readonly workflowId: string; readonly runId: string },
    share: () => void,
  ): Promise<Awaited<ReturnType<LookoutEffects['keepLookout']>>> {
    const { client, cancellationSignal } = this.#context;
    const beats = setInterval(() => {
      this.#beat();
    }, beatEveryMs);
    cancellationSignal.addEventListener('abort', () => {
      this.#ring();
    });
    void followWaits(client, execution, {
      afterEventId: this.#lastEventId,
      heard: (waits) => {
        this.#hear(waits);
      },
      signal: this.#ending.signal,
    });
    try {
      while (this.#goesOn()) {
        share();
        await this.#rounds.lookAtDue();
        this.#beat();
        await this.#rest(this.#rounds.restMs());
      }
      await this.#finish();
    } finally {
      clearInterval(beats);
      this.#ending.abort();
      this.#options.report(this.#options.of, null);
    }
    this.#context.heartbeat(this.#word());
    if (cancellationSignal.aborted) throw again('another worker goes on', 1);
    return { ended: this.#ended, lasted: this.#lasted, ...this.#rounds.standpoint() };
  }

  #goesOn(): boolean {
    const isEnough =
      this.#watch.passedMs() > most.lastsMs || this.#heard > most.heard || this.#ended.length >= most.ended;
    return this.#rounds.size > 0 && !isEnough && !this.#context.cancellationSignal.aborted;
  }

  /** What is read of something that has ended is told still. */
  async #finish(): Promise<void> {
    const untilMs = performance.now() + endsWithinMs;
    const { cancellationSignal } = this.#context;
    while (this.#rounds.isBusy && performance.now() < untilMs && !cancellationSignal.aborted)
      await this.#rest(untilMs - performance.now());
  }

  #hear(waits: readonly Wait[]): void {
    this.#heard += waits.length;
    this.#rounds.add(waits);
  }

  #over(ended: Ended): void {
    this.#ended.push(waitKeyOf(ended.wait));
    if (ended.how === 'completed') this.#lasted = withLasted(this.#lasted, ended.lastedMs);
  }

  #word(): LookoutWord {
    return { ...this.#rounds.word(this.#options.of.connection), ended: this.#ended };
  }

  #beat(): void {
    const word = this.#word();
    this.#context.heartbeat(word);
    this.#options.report(this.#options.of, {
      waits: this.#rounds.size,
      intervalMs: Math.max(0, word.nextLookMs - word.lookedAtMs),
      oldestLookMs: this.#rounds.oldestLookMs,
      lastLookMs: this.#rounds.lastLookMs,
    });
  }

  /** For so long, or until something has changed. */
  #rest(forMs: number): Promise<void> {
    if (this.#context.cancellationSignal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(10, Math.min(forMs, longestRestMs)));
      this.#ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
