/** Runs the steps of a pipeline as a graph: each starts as soon as it may, and several go on at once. */
import { type Graph, startable } from '../pipelines/order.js';
import type { Ending } from '../steps/define.js';

/** What a run comes to its end by, before its last step has ended. */
export type Closing = { readonly ending: Ending } | { readonly error: unknown };

export interface GraphOptions {
  readonly graph: Graph;
  /** Does a step; resolves to the end of the run that its output brings about. */
  perform(step: string): Promise<Ending | null>;
  /** Whether an error ends a step, and the run with it. Any other is a mistake in the code. */
  isEnd(error: unknown): boolean;
  /** Told once when the run is to end early: nothing starts any more, and what goes on is waited for. */
  closing(by: Closing): void;
  /** All that may start now has been started, and some of it goes on. */
  moved(): void;
}

/**
 * Resolves when all steps have ended, to the end that one of them has brought about, or `null`.
 * @throws the first error that ends a step, when what was going on has ended as well; a mistake in the code at once
 */
export function runGraph({ graph, perform, isEnd, closing, moved }: GraphOptions): Promise<Ending | null> {
  const begun = new Set<string>();
  const ended = new Set<string>();
  let closed: Closing | null = null;
  // One promise for all of it: Temporal takes a stack trace of each.
  return new Promise((resolve, reject) => {
    const close = (by: Closing): void => {
      if (closed !== null) return;
      closed = by;
      closing(by);
    };
    const finish = (): void => {
      if (closed !== null && 'error' in closed) reject(closed.error as Error); // whatever was thrown is thrown on
      else resolve(closed?.ending ?? null);
    };
    const advance = (): void => {
      for (const step of closed === null ? startable(graph, { begun, ended }) : []) start(step);
      if (begun.size === ended.size) finish();
      else moved();
    };
    const over = (step: string, by: Closing | null): void => {
      try {
        if (by !== null) close(by);
        ended.add(step);
        advance();
      } catch (error) {
        reject(error as Error); // as above
      }
    };
    const start = (step: string): void => {
      begun.add(step);
      perform(step).then(
        (ending) => over(step, ending && { ending }),
        (error: unknown) => {
          if (isEnd(error)) over(step, { error });
          else reject(error as Error); // as above
        },
      );
    };
    advance();
  });
}
