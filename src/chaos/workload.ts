/** What is run under chaos, where, and how each run may end once faults have stopped. */
import type { PipelineDocument } from '../run/documents/documents.js';
import type { PipelineName } from '../run/inputs/inputs.js';
import type { Dice } from './dice.js';

/** Kinds of platforms that are simulated. */
export const platformNames = ['domino', 'ubiops'] as const;
export type PlatformName = (typeof platformNames)[number];

/** A connection of the stage. Each has a simulated platform of its own. */
export interface StagedConnection {
  readonly name: string;
  readonly platform: PlatformName;
  /** Left out, the platform’s usual one. */
  readonly dialect?: 'v2';
}

/** Where the runs of one trial act. */
export interface Place {
  readonly connection: string;
  /** Of the first project of the world, as documents name it. */
  readonly project: string;
  /** The platform’s default environment; `null` where it has none. */
  readonly environmentId: string | null;
  /** The name of an environment that another user has made; `null` where there is none. */
  readonly taken: string | null;
  /** Begins every name, so that no trial meets what another one has left in Temporal. */
  readonly prefix: string;
}

/** How runs of a scenario share names. */
export interface NameSharing {
  /** So many runs in a row use the same environment, model and model API. */
  readonly group: number;
  /** The share of runs that retrain. */
  readonly retrain: number;
}

/** One run, before it is started. */
export interface WorkloadRun {
  readonly key: string;
  /** One that Longhaul brings along, by its name, or a document. */
  readonly pipeline: PipelineName | PipelineDocument;
  readonly input: Readonly<Record<string, unknown>>;
  /** `succeeded`, codes of failures, or `parked <code>`: the ends that its input has when nothing is disturbed. */
  readonly ends: readonly string[];
  /** Begins when another run has ended and what that deployed has turned sick; where it has succeeded, it ends like this. */
  readonly after?: { readonly key: string; readonly ends: readonly string[] };
}

/** A source of runs. */
export interface Workload {
  readonly connections: readonly [StagedConnection, ...StagedConnection[]];
  /** How long every build takes in real time; `null` where that varies. */
  readonly buildMs: number | null;
  /** Whether it is the caller’s, of whom it is not known whether his input succeeds. */
  readonly isGiven?: boolean;
  /** So many runs at once at most. */
  readonly width?: number;
  /** After the last start, so long are runs disturbed at most, in real time: as long as they take on a slow machine. */
  readonly disturbedMs: number;
  /** Runs that are cancelled are within this time of their start: so long do they take undisturbed. */
  readonly cancelledWithinMs: number;
  /** The world behind a connection: a path, or what stands in a file; left out, the simulator’s own. */
  worldOf(
    connection: StagedConnection,
    of: { readonly secret: string; readonly jobPace: number },
  ): string | object | undefined;
  plan(index: number, of: { dice: Dice; place: Place; sharing: NameSharing }): WorkloadRun;
}

/** Simulated seconds per real second in every trial. */
export const platformSpeed = 30;
