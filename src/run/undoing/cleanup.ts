/** Objects on a platform that a run has made, and what is undone of them. */

/** An object on a platform that a step made, adopted or waits for; or a run that it has started. */
export interface RemoteReference {
  /** What it is, in the words of its platform: `job`, `environment`; or `run`. */
  readonly kind: string;
  readonly id: string;
  /** Where a person looks at it, if the platform has such a page. */
  readonly link?: string;
}

/** Something that is not undone. Without an id, its marker finds it. */
export interface LeftBehind {
  readonly kind: RemoteReference['kind'];
  readonly id?: string;
  readonly reason: string;
  /** The platform has no request that undoes it, or somebody else uses it: it is not tried again. */
  readonly lasting?: true;
  /** The platform has taken the request, and is at it. */
  readonly ending?: true;
  /** When it is tried again, where that is known. */
  readonly nextTryAt?: string;
}

/**
 * What cancelling a run, aborting it or failing with `cleanup` has undone, and what a request in doubt had left beside
 * what was adopted. What is undone is confirmed by the platform.
 */
export interface Cleanup {
  readonly undone: readonly RemoteReference[];
  readonly leftBehind: readonly LeftBehind[];
  /**
   * Whether it goes on after the run’s end: what is left is tried again, and what may still appear is looked for.
   * `done`: it has gone on, and come to its end. `cut-off`: it was ended before that, and does not go on by itself.
   */
  readonly afterwards?: 'going-on' | 'done' | 'cut-off';
}
