/** Whose turn it is, where one thing is done at a time. */

export interface RoundRobin {
  /** Works when it is the caller's turn: who has asked for more than others waits for theirs in between. */
  take<T>(caller: string, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  /** Each caller has one turn in each. */
  readonly round: number;
  readonly begin: () => void;
}

/** Nobody has a turn yet. */
export function createRoundRobin(): RoundRobin {
  const waiting: Waiting[] = [];
  const unfinished = new Map<string, number>();
  let [round, isTaken] = [0, false];
  const goOn = (): void => {
    const next = waiting.toSorted((a, b) => a.round - b.round)[0]; // of one round, whoever has asked first
    if (isTaken || next === undefined) return;
    waiting.splice(waiting.indexOf(next), 1);
    [round, isTaken] = [next.round, true];
    next.begin();
  };
  return {
    take: async (caller, work) => {
      const own = unfinished.get(caller) ?? 0;
      unfinished.set(caller, own + 1);
      await new Promise<void>((begin) => {
        waiting.push({ round: round + own, begin });
        goOn();
      });
      try {
        return await work();
      } finally {
        isTaken = false;
        const left = (unfinished.get(caller) ?? 1) - 1;
        if (left === 0) unfinished.delete(caller);
        else unfinished.set(caller, left);
        goOn();
      }
    },
  };
}
