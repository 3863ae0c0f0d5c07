/**
 * Legs: an attempt whose history has grown long goes on in another execution of Temporal, which begins with what the one before
 * it knows. It is the same attempt: its id, its markers, its holds and its times are those of its first leg.
 */
import type { Cleanup, RemoteReference } from './undoing/cleanup.js';
import type { UndoCall } from './undoing/effect.js';
import type { Failure } from './failures/errors.js';
import type { Json } from './json.js';
import type { ApprovalRequest } from './retraining/retraining.js';
import type { Step } from './step.js';

/** What an effect has come to. */
export type Answer = { readonly value: Json } | { readonly failure: Failure };

/** How far the code of a step has come: by its calls, each with how often it was called before, such as `awaitJob.0`. */
export interface Journal {
  readonly answers: Readonly<Record<string, Answer>>;
  /** When each began that has no answer yet, in milliseconds since the epoch; of a pause, when it is over. */
  readonly times: Readonly<Record<string, number>>;
}

/** A step that has begun and not ended. */
export interface OpenDeed {
  readonly startedAt: string;
  readonly made: number;
  readonly again?: string;
  readonly leftMs?: number;
  readonly sinceMs: number;
  readonly stage:
    | { readonly at: 'performing'; readonly journal: Journal }
    /** Its state says for what. */
    | { readonly at: 'parked' }
    /** Waits until it is made again. */
    | { readonly at: 'waiting'; readonly untilMs: number; readonly failure: Failure };
}

/** An approval that is awaited. */
export interface OpenQuestion {
  readonly request: ApprovalRequest;
  readonly isReminded: boolean;
}

/** What the steps of a run are given when it goes on. */
export interface StepsLeg {
  /** Those that were begun or left out, with the items of each behind it. */
  readonly steps: readonly Step[];
  /** Of steps that have ended without success. */
  readonly ends: Readonly<
    Record<
      string,
      {
        readonly state: 'failed' | 'skipped' | 'cancelled';
        readonly reason?: string;
        readonly isReleased?: boolean;
      }
    >
  >;
  readonly deeds: Readonly<Record<string, OpenDeed>>;
  readonly generations: Readonly<Record<string, number>>;
  readonly triedAt: Readonly<Record<string, string>>;
  readonly adopted: Readonly<Record<string, readonly RemoteReference[]>>;
  /** Of steps of which it is known: whether they have sent nothing yet in their generation. */
  readonly firstSends: Readonly<Record<string, boolean>>;
  /** What was asked once for a step, such as what served before it deployed. */
  readonly asked: Readonly<Record<string, Json>>;
  readonly resolvers: readonly string[];
  /** The connections on which what the input names was not looked up yet. */
  readonly lookUps: readonly string[];
}

/** What is undone with the run. */
export interface UndoLeg {
  /** Last made first. */
  readonly stack: readonly {
    readonly step: string;
    readonly kind: 'running' | 'lasting';
    readonly call: UndoCall;
    readonly isMade?: boolean;
    readonly isUnsent?: boolean;
    readonly isActedOn?: boolean;
  }[];
  readonly sweeps: readonly UndoCall[];
  readonly soFar: Pick<Cleanup, 'undone' | 'leftBehind'>;
  readonly isGiven: boolean;
}

/** What watchers of the run have been told. */
export interface ViewLeg {
  /** The number of the last change. */
  readonly count: number;
  readonly run: {
    readonly status: 'running' | 'parked';
    readonly failure?: Failure & { readonly step?: string };
    readonly number: number;
    readonly atMs: number;
  };
  /** By step: the number of its last change, and when that was. */
  readonly steps: Readonly<Record<string, readonly [number: number, atMs: number]>>;
}

/** What a leg of an attempt begins with. */
export interface Leg {
  readonly attemptId: string;
  /** When the attempt was started, ISO 8601. */
  readonly startedAt: string;
  readonly steps: StepsLeg;
  readonly undo: UndoLeg;
  readonly view: ViewLeg;
  readonly questions: Readonly<Record<string, OpenQuestion>>;
  /** How many events its receivers were told of. */
  readonly announced: number;
}

/** When an attempt goes on in another leg. */
export interface LegLimits {
  /** After so many events of its history. */
  readonly mostEvents: number;
  /** For so long nothing is begun then, until what is under way has ended; later it is tried again. */
  readonly patienceMs: number;
}

/** What the memo of a leg says, for lists and for whoever knows the attempt by its id. */
export interface LegMemo {
  readonly attemptId: string;
  readonly startedAt: string;
}
