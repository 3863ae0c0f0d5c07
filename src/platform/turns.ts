/** Turns of those who may not all go at once: whoever waits here can still change its mind before it goes. */
export interface Turns {
  /** Resolves when it is its turn, in the order of asking. */
  take(): Promise<void>;
  /** Ends a turn that was taken. */
  leave(): void;
}

/** So many at a time. */
export function createTurns(width: number): Turns {
  const waiting: (() => void)[] = [];
  let free = width;
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    leave: () => {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
