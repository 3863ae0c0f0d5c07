/**
 * Which share of a connection’s rate one worker process has, by the workers that Temporal lists for the queue.
 *
 * Workers say to Temporal every second that they are there, which writes nothing anywhere, and each reads as often who
 * else is. All see the same list a little later or earlier, so each shares out nine tenths of the rate alike; the last tenth
 * is for those who do not know yet that all others know them. A share is given up before others take it.
 */

/** How often a worker says that it is there, and reads who is. */
export const beatEveryMs = 1_000;
/** From then on the others may have taken the share of one that was heard last so long ago. */
const silentMs = 5_500;
/** One that was heard last so long ago is missed: others go on with what needs no exclusive right, such as its lookouts. */
const missedMs = 3_500;
/** One that does not hear itself for so long gives its share up: the others have heard it two seconds earlier, at most. */
const leaseMs = 3_000;
/** After so long all others have heard a new one, or have given up their shares for they hear nobody. */
const joinMs = leaseMs;
/** What those who are not known have together. */
const shareOfUnknown = 0.1;

/** A worker of the queue, as Temporal lists it. */
export interface ListedWorker {
  readonly key: string;
  readonly identity: string;
  /** Another text with each time that it has said that it is there. Left out where Temporal does not tell. */
  readonly beat?: string | undefined;
}

/** What one process may send. */
export interface Share {
  readonly perSecond: number;
  /** With how many it shares, itself included. */
  readonly workers: number;
  /** Whether all others know this one. */
  readonly isKnown: boolean;
}

export interface Shares {
  /** Takes note of who is listed. */
  hear(listed: readonly ListedWorker[]): void;
  /** As it is now. */
  share(): Share;
  /** Who is not heard any more, while this one is, by their identities. One that was frozen may come back. */
  missed(): readonly string[];
}

interface SharesOptions {
  /** Of this process. */
  readonly identity: string;
  /** Of all workers together. */
  readonly perSecond: number;
  /** Milliseconds of a clock that nobody sets. Those of other machines are not believed. */
  readonly now?: () => number;
}

interface Heard {
  readonly identity: string;
  readonly beat: string | undefined;
  /** Since when it has been there without a pause, and when it was heard last. */
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** The share of a process that has not heard anybody yet. */
export function createShares({ identity, perSecond, now = () => performance.now() }: SharesOptions): Shares {
  const heard = new Map<string, Heard>();
  const isThere = ({ lastMs }: Heard): boolean => now() - lastMs <= silentMs;
  const isMissed = ({ lastMs }: Heard): boolean => now() - lastMs > missedMs;
  return {
    hear: (listed) => {
      const nowMs = now();
      for (const { key, beat, ...worker } of listed) {
        const before = heard.get(key);
        if (before !== undefined && beat !== undefined && before.beat === beat) continue;
        const sinceMs = before !== undefined && isThere(before) ? before.sinceMs : nowMs;
        heard.set(key, { identity: worker.identity, beat, sinceMs, lastMs: nowMs });
      }
      // One that is not listed may be there all the same: Temporal forgets all of them when it is restarted.
      for (const [key, one] of heard)
        if (!isThere(one) && !listed.some((other) => other.key === key)) heard.delete(key);
    },
    share: () => {
      const there = [...heard.values()].filter(isThere);
      const self = there.find((one) => one.identity === identity);
      const workers = there.length + (self === undefined ? 1 : 0);
      const isKnown = self !== undefined && now() - self.lastMs <= leaseMs && now() - self.sinceMs >= joinMs;
      const part = isKnown ? 1 - shareOfUnknown : shareOfUnknown;
      return { perSecond: (perSecond * part) / workers, workers, isKnown };
    },
    missed: () => {
      const all = [...heard.values()];
      const hearsItself = all.some(
        (one) => one.identity === identity && !isMissed(one) && now() - one.sinceMs > missedMs,
      );
      return hearsItself ? all.filter(isMissed).map((one) => one.identity) : [];
    },
  };
}
