/** Runs that a step of another run starts: their part of the port between workflows and activities. */
import type { Effect, Undoing, Undone } from './undoing/effect.js';
import type { Json, RunStart } from './steps.js';

/** Which pipeline, with which input. */
export interface ChildSpec {
  readonly pipeline: string;
  readonly input: Json;
}

export type ChildStart = {
  /** Derived from the run that has started it, its step and generation. */
  readonly runId: string;
};

/** What the child hands over, under the names that it has there. */
export type ChildOutput = { readonly [output: string]: Json } & { readonly runId: string };

/** What a child takes over from the run that starts it. */
export interface Parent {
  /** All that those are known by who have brought that run about, or have resolved a step of it. */
  readonly starters: readonly string[];
  /** Who is told of it. */
  readonly notify: RunStart<unknown>['notify'];
}

export interface ChildEffects {
  /**
   * Starts the child, once. One that has ended well, or goes on, is taken over; one that ended otherwise before this effect
   * was asked for is replayed, from the step that failed.
   */
  ensureChildRun(effect: Effect & ChildSpec & Parent): Promise<ChildStart>;
  /** Waits until it has ended, whichever attempt of it that is. */
  awaitChildRun(of: { readonly connection: string; readonly child: ChildStart }): Promise<ChildOutput>;
  /** Asks it to stop what it has running, and end; confirmed when it has. */
  cancelChildRun(undoing: Undoing & { readonly pipeline: string }): Promise<Undone>;
}
