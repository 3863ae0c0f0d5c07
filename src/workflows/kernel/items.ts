/** Does something for each item of a list, so many at once. */

/** What has become of an item; `undefined` of one that was not begun. */
export type Settled<T> = { readonly value: T } | { readonly error: unknown } | undefined;

export interface ItemsOptions<T> {
  /** What has become of each before: `undefined` of those that are to be begun. */
  readonly before: readonly Settled<T>[];
  /** How many are under way at once. */
  readonly atOnce: number;
  perform(index: number): Promise<T>;
  /** Whether an error ends an item. Any other is a mistake in the code. */
  isEnd(error: unknown): boolean;
  /** Whether items are begun after one has ended by this error. */
  goesOn(error: unknown): boolean;
  /** Whether nothing is begun any more. */
  isClosing(): boolean;
  /** Waits until an item may be begun; `null` where one may be now. */
  opening(): Promise<void> | null;
  /** Items have ended or been begun, and some go on. */
  moved(): void;
}

/**
 * Resolves when nothing is under way any more and nothing is to be begun, to what has become of each item in order.
 * @throws a mistake in the code, at once
 */
export const runItems = <T>(options: ItemsOptions<T>): Promise<readonly Settled<T>[]> =>
  // One promise for all of it: Temporal takes a stack trace of each.
  new Promise((resolve, reject) => {
    const { before, atOnce, perform, isEnd, goesOn, isClosing, opening, moved } = options;
    const settled = [...before];
    const toBegin = [...before.keys()].filter((index) => before[index] === undefined);
    const refuse: (error: unknown) => void = reject;
    let [begun, going] = [0, 0];
    let isStopped = before.some((one) => one !== undefined && 'error' in one && !goesOn(one.error));
    const end = (index: number, how: Settled<T>): void => {
      settled[index] = how;
      going -= 1;
      try {
        advance();
      } catch (error) {
        refuse(error);
      }
    };
    const begin = (index: number): void => {
      begun += 1;
      going += 1;
      perform(index).then(
        (value) => end(index, { value }),
        (error: unknown) => {
          if (isEnd(error)) {
            isStopped ||= !goesOn(error);
            end(index, { error });
          } else refuse(error);
        },
      );
    };
    let isHeld = false;
    const hold = (opened: Promise<void>): void => {
      isHeld = true;
      const go = (): void => {
        isHeld = false;
        advance();
      };
      // Of a run that is cancelled, nothing is begun.
      opened
        .catch(() => (isStopped = true))
        .then(go)
        .catch(refuse);
    };
    const advance = (): void => {
      while (!isHeld && !isStopped && going < atOnce && !isClosing()) {
        const index = toBegin[begun];
        if (index === undefined) break;
        const opened = opening();
        if (opened === null) begin(index);
        else hold(opened);
      }
      if (going === 0 && !isHeld) resolve(settled);
      else moved();
    };
    advance();
  });
