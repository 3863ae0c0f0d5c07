/**
 * What followers of runs are told. All followers of a run share one look at Temporal, so that a thousand waiting
 * callers cost as much as one, and none of them holds a long poll.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Changes, Followed, LonghaulClient, Run, Unserved } from '../../client.js';
import type { Change } from '../../run/steps.js';

/** One item of a stream; without an id, resuming repeats it. */
export interface FeedItem {
  readonly id?: string;
  readonly type: Change['type'];
  readonly at: string;
  readonly body: unknown;
}

/** Looks come quickly while a run moves, and seldom while it waits for hours. */
const pace = { firstMs: 250, lastMs: 3_000, factor: 1.5 } as const;
const endNumber = 'end';

/** The look at one run that its followers share. */
class Feed {
  items: readonly FeedItem[] = [];
  attemptId = '';
  ended: Run | undefined;
  readonly changed = new EventEmitter().setMaxListeners(0);
  readonly #client: LonghaulClient;
  readonly #runId: string;
  #followed: Followed | undefined;
  #unserved = 'null';

  constructor(client: LonghaulClient, runId: string) {
    this.#client = client;
    this.#runId = runId;
  }

  /** @throws LonghaulError `RUN_NOT_FOUND`, `TEMPORAL_UNREACHABLE` */
  async look(): Promise<boolean> {
    const changes = await this.#client.changes(this.#runId, this.#followed);
    const before = this.items.length;
    this.#followed = changes.followed;
    if (changes.followed.attemptId !== this.attemptId) this.items = [];
    this.attemptId = changes.followed.attemptId;
    this.items = [...this.items, ...itemsOf(changes), ...this.#served(changes.unserved ?? null)];
    this.ended = changes.ended?.run;
    return this.items.length !== before || this.ended !== undefined;
  }

  /** That no worker takes something of it, and that one does again: nobody numbers this, so it has no id. */
  #served(unserved: Unserved | null): FeedItem[] {
    const now = JSON.stringify(unserved);
    if (now === this.#unserved) return [];
    this.#unserved = now;
    return [{ type: 'run', at: new Date().toISOString(), body: { status: 'running', unserved } }];
  }

  /** Looks again and again until the run has ended; rejects when `signal` says that nobody follows. */
  async keepLooking(signal: AbortSignal): Promise<void> {
    let waitMs: number = pace.firstMs;
    while (this.ended === undefined) {
      await delay(waitMs, undefined, { signal });
      const moved = await this.look().catch(() => false); // Temporal may be away for a while
      waitMs = moved ? pace.firstMs : Math.min(pace.lastMs, waitMs * pace.factor);
      if (moved) this.changed.emit('change');
    }
  }
}

export interface FeedOptions {
  /** The id of the last item that the follower has. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Feeds {
  /**
   * What has happened to a run and what happens from now on, until it ends or `signal` aborts. `null` when it has
   * ended and the follower has everything.
   * @throws LonghaulError `RUN_NOT_FOUND`, `TEMPORAL_UNREACHABLE`
   */
  follow(runId: string, options: FeedOptions): Promise<AsyncIterable<FeedItem> | null>;
  /** The run when it has ended, or `null` when `signal` aborts before. Throws as `follow`. */
  ended(runId: string, signal: AbortSignal): Promise<Run | null>;
}

/** Shares looks among all who follow the same run. */
export function createFeeds(client: LonghaulClient): Feeds {
  const shared = new Map<
    string,
    { feed: Feed; first: Promise<unknown>; stop: AbortController; users: number }
  >();

  const enter = async (runId: string): Promise<{ feed: Feed; leave: () => void }> => {
    let entry = shared.get(runId);
    if (entry === undefined) {
      const feed = new Feed(client, runId);
      entry = { feed, first: feed.look(), stop: new AbortController(), users: 0 };
      shared.set(runId, entry);
      const { stop } = entry;
      entry.first.then(() => feed.keepLooking(stop.signal)).catch(() => undefined); // told to who waits below
    }
    const mine = entry;
    mine.users += 1;
    const leave = (): void => {
      mine.users -= 1;
      if (mine.users > 0) return;
      mine.stop.abort();
      shared.delete(runId);
    };
    try {
      await mine.first;
      return { feed: mine.feed, leave };
    } catch (error) {
      leave();
      throw error;
    }
  };

  return {
    follow: async (runId, { after, signal }) => {
      const { feed, leave } = await enter(runId);
      const start = positionAfter(feed, after);
      if (feed.ended !== undefined && start >= feed.items.length) {
        leave();
        return null;
      }
      return itemsFrom(feed, start, signal, leave);
    },
    ended: async (runId, signal) => {
      const { feed, leave } = await enter(runId);
      try {
        while (feed.ended === undefined && !signal.aborted) await changeOf(feed, signal);
        return feed.ended ?? null;
      } finally {
        leave();
      }
    },
  };
}

const changeOf = (feed: Feed, signal: AbortSignal): Promise<unknown> =>
  once(feed.changed, 'change', { signal }).catch(() => undefined);

async function* itemsFrom(
  feed: Feed,
  start: number,
  signal: AbortSignal,
  leave: () => void,
): AsyncGenerator<FeedItem> {
  let next = start;
  let { attemptId } = feed;
  try {
    while (!signal.aborted) {
      if (feed.attemptId !== attemptId) [next, attemptId] = [0, feed.attemptId];
      const item = feed.items[next];
      if (item !== undefined) {
        next += 1;
        yield item;
      } else if (feed.ended !== undefined) return;
      else await changeOf(feed, signal);
    }
  } finally {
    leave();
  }
}

/** An id of another attempt, or none that we gave, starts from the beginning: nothing is lost by repeating. */
function positionAfter(feed: Feed, after: string | undefined): number {
  if (after === undefined) return 0;
  if (feed.ended !== undefined && after === `${feed.attemptId}.${endNumber}`) return feed.items.length;
  return feed.items.findIndex(({ id }) => id === after) + 1;
}

function itemsOf({ followed: { attemptId }, events, ended }: Changes): FeedItem[] {
  const items = events.map((event): FeedItem => ({
    id: `${attemptId}.${event.number}`,
    type: event.type,
    at: event.at,
    body: event.type === 'run' ? event.run : event.step,
  }));
  return ended === undefined || ended.told ? items : [...items, ...itemsOfEnded(ended.run)];
}

/** A run that could not tell its changes is told by how it ended. */
function itemsOfEnded({ attemptId, steps, status, failure, cleanup, endedAt = '' }: Run): FeedItem[] {
  const run = { status, endedAt, ...(failure && { failure }), ...(cleanup && { cleanup }) };
  return [
    ...steps
      .filter(({ state }) => state.status !== 'pending')
      .map((step): FeedItem => ({
        type: 'step',
        at: 'endedAt' in step.state ? step.state.endedAt : endedAt,
        body: step,
      })),
    { id: `${attemptId}.${endNumber}`, type: 'run', at: endedAt, body: run },
  ];
}
