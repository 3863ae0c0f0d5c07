/** Snapshots of datasets: their part of the port between workflows and activities. */
import type { Doubt, Effect, Undoing, Undone } from '../../run/undoing/effect.js';

/** What tells a snapshot from those that were taken later; by the platform’s clock, ISO 8601, UTC. */
export type SnapshotMark = { readonly id: string; readonly createdAt: string };

/** Of which dataset a snapshot is taken, and of what in it. */
export interface SnapshotSpec {
  /** `owner/name`. */
  readonly project: string;
  /** By its name, which is unique in the project. */
  readonly dataset: string;
  /** Relative to the dataset’s root; `.` is all of it. */
  readonly paths: readonly string[];
}

export type SnapshotStart = Doubt & {
  readonly project: string;
  readonly dataset: string;
  readonly datasetId: string;
  readonly snapshotId: string;
  /** Whether this run has taken it. */
  readonly created: boolean;
};

export type SnapshotOutput = SnapshotStart & {
  /** By the platform’s clock; ISO 8601, UTC. */
  readonly createdAt: string;
};

export interface SnapshotEffects {
  /** The newest snapshot of a dataset, however far it is; `null` where there is none. */
  getNewestSnapshot(
    of: Omit<SnapshotSpec, 'paths'> & { readonly connection: string },
  ): Promise<SnapshotMark | null>;
  /**
   * Takes a snapshot. The platform keeps no marker with one that is being taken: after a lost answer, it is the one that
   * this user has taken since `newest`, and that carries no tag. Without `newest`, a tag alone shows it.
   */
  ensureSnapshot(
    effect: Effect & SnapshotSpec & { readonly newest?: SnapshotMark | null | undefined },
  ): Promise<SnapshotStart>;
  /** Puts the marker on it, as a tag. */
  ensureSnapshotTag(effect: Effect & { readonly snapshot: SnapshotStart }): Promise<null>;
  /** Waits until it is copied; with `withinMs`, no longer than that. */
  awaitSnapshot(of: {
    readonly connection: string;
    readonly snapshot: SnapshotStart;
    readonly withinMs?: number | undefined;
  }): Promise<SnapshotOutput>;
  /**
   * Lists what may be of the origin beside the snapshot that was adopted: no request deletes one. Without `keep`, that one
   * too, and takes the tag of the origin from it.
   */
  sweepSnapshots(undoing: Undoing & { readonly project: string; readonly dataset: string }): Promise<Undone>;
}
