/** What chaos must know of a kind of platform. */
import type { LedgerEntry } from '../simulator/index.js';
import type { RemoteReference } from '../run/undoing/cleanup.js';
import type { Json } from '../run/json.js';
import type { Dice } from './dice.js';
import type { PlatformObjects, RunRecord } from './evidence.js';
import type { OwnerOf, Platform } from './platform.js';
import type { Scenario } from './scenarios.js';
import type { Place, StagedConnection } from './workload.js';

/** What objects are read with. */
export interface Reading {
  readonly platform: Platform;
  readonly connection: StagedConnection;
  readonly ownerOf: OwnerOf;
  /** Simulated milliseconds as real ones. */
  readonly realMs: (simulatedMs: number) => number;
  readonly ledger: readonly LedgerEntry[];
  readonly runs: readonly RunRecord[];
}

/** What is on a platform when a trial has ended. */
export interface PlatformReading {
  readonly objects: PlatformObjects;
  /** What a step of a run refers to, by the kinds and ids of `objects`; what is of another platform stays as it is. */
  refer(references: readonly RemoteReference[]): readonly RemoteReference[];
}

/** Other users of a platform, who act until they are stopped. */
export interface Others {
  stop(): Promise<void>;
}

/** What chaos does on one kind of platform. */
export interface ChaosWing {
  /** Endpoints whose creations may be carried out late, as faults name them. */
  creationsIn(dialect: StagedConnection['dialect']): readonly string[];
  /** What begins the paths of its API. */
  rootOf(dialect: StagedConnection['dialect']): string;
  /** How users show their key. */
  headersOf(key: string): Readonly<Record<string, string>>;
  /** Prepares the platform for the runs of a trial, and says where they act. */
  placeOf(platform: Platform, of: { scenario: Scenario; prefix: string }): Promise<Omit<Place, 'connection'>>;
  beOthers(platform: Platform, of: { dice: Dice; prefix: string }): Others;
  /** Makes unreachable what a run with this result has deployed. */
  sicken(platform: Platform, result: Json | undefined): Promise<void>;
  readObjects(reading: Reading): Promise<PlatformReading>;
}
