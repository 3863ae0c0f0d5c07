/**
 * Turns of requests to one host, which may not all go at once: whoever waits here can still change its mind before it goes.
 *
 * What this process may send a second is saved up while it sends less, for two seconds at most: a run’s few requests then
 * need not wait one for the other, and no stretch of `t` seconds has more than `t + 2` seconds’ worth of requests.
 */

/** Others wait here, not within the agent: there they would be sent after all when the platform has asked to be sent nothing. */
const usualReadsAtOnce = 50;
const savedForMs = 2_000;

export interface Turns {
  /** Resolves when it is its turn: the most urgent one’s first, then in the order of asking. */
  take(isRead: boolean): Promise<void>;
  /** Ends a turn that was taken. */
  leave(isRead: boolean): void;
  /** How many turns there are a second, from now on. */
  setRate(perSecond: number): void;
  /** How long it takes, at the rate of now, until all that wait have had their turn. */
  backlogMs(): number;
  /** Calls this whenever fewer wait than before. */
  onGone(listener: () => void): void;
}

interface TurnsOptions {
  /** Left out, as many as there are. */
  readonly perSecond?: number;
  readonly readsAtOnce?: number;
  /** How urgent the request is that asks for its turn now: the smaller the number, the more. */
  readonly urgency?: () => number;
}

interface Waiting {
  readonly urgency: number;
  readonly isRead: boolean;
  readonly go: () => void;
}

/** Turns for all requests of one host. */
export function createTurns({
  perSecond = Number.POSITIVE_INFINITY,
  urgency = () => 0,
  readsAtOnce = usualReadsAtOnce,
}: TurnsOptions = {}): Turns {
  const waiting: Waiting[] = []; // in the order of their turns
  const saved = createSavings(perSecond);
  let freeReads = readsAtOnce;
  let timer: NodeJS.Timeout | undefined;
  let tell: () => void = () => undefined;
  const pass = (): void => {
    clearTimeout(timer);
    for (;;) {
      const at = waiting.findIndex(({ isRead }) => !isRead || freeReads > 0);
      if (at === -1) return;
      const restMs = saved.take();
      if (restMs > 0) {
        timer = setTimeout(pass, restMs);
        return;
      }
      const [next] = waiting.splice(at, 1);
      if (next?.isRead === true) freeReads -= 1;
      next?.go();
      tell();
    }
  };
  return {
    take: (isRead) =>
      new Promise((go) => {
        const one = { urgency: urgency(), isRead, go };
        const before = waiting.findIndex((other) => other.urgency > one.urgency);
        waiting.splice(before === -1 ? waiting.length : before, 0, one);
        pass();
      }),
    leave: (isRead) => {
      if (!isRead) return;
      freeReads += 1;
      pass();
    },
    setRate: (rate) => {
      saved.setRate(rate);
      pass();
      tell();
    },
    backlogMs: () => (waiting.length / saved.perSecond()) * 1_000,
    onGone: (listener) => {
      tell = listener;
    },
  };
}

/** What is saved up of a rate. */
function createSavings(rate: number) {
  const most = (): number => Math.max(1, (rate * savedForMs) / 1_000);
  let [saved, atMs] = [most(), performance.now()];
  const save = (): void => {
    const nowMs = performance.now();
    saved = Math.min(most(), saved + ((nowMs - atMs) * rate) / 1_000);
    atMs = nowMs;
  };
  return {
    perSecond: () => rate,
    setRate: (next: number): void => {
      save();
      rate = next;
      saved = Math.min(saved, most());
    },
    /** Takes one, or says for how many milliseconds there is none. */
    take: (): number => {
      if (rate === Number.POSITIVE_INFINITY) return 0;
      save();
      if (saved < 1) return Math.ceil(((1 - saved) * 1_000) / rate);
      saved -= 1;
      return 0;
    },
  };
}
