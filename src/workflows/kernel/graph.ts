/** Runs the steps of a pipeline as a graph: each starts as soon as it may, and several go on at once. */
import { type Graph, startable } from '../../pipelines/order.js';
import type { Ending } from '../../steps/ends.js';

/** What a run comes to its end by, before its last step has ended. */
export type Closing = { readonly step: string } & ({ readonly ending: Ending } | { readonly error: unknown });

export interface GraphOptions {
  readonly graph: Graph;
  /** Those that have ended before. */
  readonly ended?: readonly string[];
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
export const runGraph = (options: GraphOptions): Promise<Ending | null> =>
  // One promise for all of it: Temporal takes a stack trace of each.
  new Promise((resolve, reject) => new GraphSteps(options, { resolve, reject }).advance());

interface Settled {
  readonly resolve: (ending: Ending | null) => void;
  readonly reject: (error: unknown) => void;
}

class GraphSteps {
  readonly #options: GraphOptions;
  readonly #settled: Settled;
  readonly #begun: Set<string>;
  readonly #ended: Set<string>;
  #closed: Closing | null = null;

  constructor(options: GraphOptions, settled: Settled) {
    this.#options = options;
    this.#settled = settled;
    this.#begun = new Set(options.ended);
    this.#ended = new Set(options.ended);
  }

  /** Starts what may start now; ends the run where nothing goes on. */
  advance(): void {
    const [begun, ended] = [this.#begun, this.#ended];
    const steps = this.#closed === null ? startable(this.#options.graph, { begun, ended }) : [];
    for (const step of steps) this.#start(step);
    if (begun.size > ended.size) this.#options.moved();
    else if (this.#closed !== null && 'error' in this.#closed) this.#settled.reject(this.#closed.error);
    else this.#settled.resolve(this.#closed?.ending ?? null);
  }

  #start(step: string): void {
    const { perform, isEnd } = this.#options;
    this.#begun.add(step);
    perform(step).then(
      (ending) => this.#end(step, ending && { step, ending }),
      (error: unknown) => {
        if (isEnd(error)) this.#end(step, { step, error });
        else this.#settled.reject(error);
      },
    );
  }

  #end(step: string, by: Closing | null): void {
    try {
      if (by !== null) this.#close(by);
      this.#ended.add(step);
      this.advance();
    } catch (error) {
      this.#settled.reject(error);
    }
  }

  /** The first end is that of the run. */
  #close(by: Closing): void {
    if (this.#closed !== null) return;
    this.#closed = by;
    this.#options.closing(by);
  }
}
