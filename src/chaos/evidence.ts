/** What one trial leaves to judge: the ledger, the platform’s objects, runs with their histories, secrets found. */
import type { LedgerEntry } from '../simulator/index.js';
import type { Run } from '../run/steps.js';
import type { WorkloadRun } from './workload.js';

/** One event of a run’s history, in words. */
export interface HistoryStep {
  readonly atMs: number;
  readonly text: string;
  /** The activity that was scheduled by it. */
  readonly scheduled?: string;
  /** The task that a worker was asked for by it. */
  readonly asks?: string;
  /** The task that a worker began by it; of an activity, its last try. */
  readonly begins?: string;
  /** The task that ended by it. */
  readonly ends?: string;
}

/** One accepted run. */
export interface RunRecord {
  readonly planned: WorkloadRun;
  readonly runId: string;
  /** When the client answered that it is durable. */
  readonly acceptedMs: number;
  readonly cancelAsked: boolean;
  /** Why its steps were parked, each time that an operator let one try again after faults had stopped. */
  readonly retried: readonly string[];
  /** What it was parked for when an operator ended it, as its input demands. */
  readonly abortedFor: string | null;
  /** `null` when Temporal does not know it. */
  readonly run: Run | null;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly attempts: number;
  readonly history: readonly HistoryStep[];
  readonly historyBytes: number;
}

/** Whose an object is, as far as its own text says. Its id is that of the ledger. */
interface Owned {
  readonly id: string;
  readonly runId: string | null;
  readonly marker: string | null;
}

/** A job or, of UbiOps, a request. */
export interface JobObject extends Owned {
  readonly number: number;
  /** What it was told to do. */
  readonly command: string;
  /** `Stopped` where somebody stopped it. */
  readonly status: string;
  readonly isCompleted: boolean;
  /** Real times. */
  readonly createdMs: number;
  readonly completedMs: number | null;
  readonly revisionId: string | null;
  readonly experimentRunId: string | null;
}

export interface EnvironmentObject extends Owned {
  readonly name: string;
  /** Or deleted. */
  readonly archived: boolean;
}

/** A revision carries the marker of its step or, on UbiOps, that of its content: the same of two is one made twice. */
export interface RevisionObject extends Owned {
  readonly environmentId: string;
  /** `killed` where somebody cancelled its build. */
  readonly status: string | null;
  readonly dockerfile: string;
  /** Real time, when it was made. */
  readonly createdMs: number;
}

/** A model API or, of UbiOps, a deployment. */
export interface ModelApiObject extends Owned {
  readonly name: string;
}

export interface VersionObject extends Owned {
  readonly modelApiId: string;
  readonly number: number;
  readonly status: string;
  /** Whether it serves, would serve, or could be made to serve. */
  readonly isLive: boolean;
  /** Whether requests go to it, or will. */
  readonly serves: boolean;
  readonly model: string | null;
  readonly modelVersion: number | null;
}

export interface ModelVersionObject {
  readonly model: string;
  readonly version: number;
  readonly experimentRunId: string | null;
}

/** The objects on the platform when a trial has ended, those of strangers among them. */
export interface PlatformObjects {
  readonly jobs: readonly JobObject[];
  readonly environments: readonly EnvironmentObject[];
  readonly revisions: readonly RevisionObject[];
  readonly modelApis: readonly ModelApiObject[];
  readonly versions: readonly VersionObject[];
  readonly modelVersions: readonly ModelVersionObject[];
}

/** One request, with the connection whose platform it came to. */
export type LedgerRow = LedgerEntry & { readonly connection: string };

/** Something that was done to a process. */
export interface ProcessEvent {
  readonly atMs: number;
  readonly what: 'kill' | 'freeze' | 'drain' | 'temporal-stop' | 'temporal-kill';
}

/** What one trial leaves. */
export interface TrialEvidence {
  readonly scenario: string;
  readonly seed: number;
  /** From the first start until everything had settled. */
  readonly durationMs: number;
  /** When faults stopped. */
  readonly healedMs: number;
  /** Of all platforms, in the order of arrival; `seq` is that of its own platform. */
  readonly ledger: readonly LedgerRow[];
  readonly objects: PlatformObjects;
  readonly runs: readonly RunRecord[];
  /** Keys of runs that follow one that did not end, and so were never begun. */
  readonly unbegun: readonly string[];
  readonly processes: readonly ProcessEvent[];
  /** Workflows that still clean up after runs. */
  readonly cleaning: readonly string[];
  /** Requests that came to another host, to which redirects had led. */
  readonly strayed: readonly string[];
  /** Places in which bytes of a secret stood. */
  readonly secrets: readonly string[];
  /** How processes ended that nobody had ended. */
  readonly crashes: readonly string[];
  /** As workers are configured. */
  readonly settleMs: number;
  /** Of throttling answers. */
  readonly retryAfterMs: number | null;
  /** How long every build takes; `null` where that varies. */
  readonly buildMs: number | null;
}

/** Something that must not be. */
export interface Violation {
  /** What it violates, such as `duplicate`. */
  readonly rule: Rule;
  readonly what: string;
  readonly runId?: string;
  /** Ids whose rows in the ledger tell how it came about. */
  readonly about?: readonly string[];
}

/** What is checked; the letters are those of docs/reliability.md. */
export const rules = {
  duplicate: 'I1: no more than one live effect for each step of a run, and for each shared name',
  result: 'I2: what a result names is what is live, and is what was asked for',
  orphan: 'I3: nothing is left that no run answers for',
  running: 'I3: nothing runs on for a run that has ended',
  foreign: 'I4: undoing touches only what the run itself has made',
  outcome: 'I5: every accepted start ends once, as its input ends undisturbed, or is parked visibly',
  together: 'I5: one run at a time trains a model',
  helped: 'I5: what passes by itself needs no operator',
  stray: 'I9: no redirect is followed',
  late: 'I6: no effect is sent after its run has ended',
  older: 'I2: what was deployed before does not take the place of what was deployed after it',
  revision: 'I7: a job runs on the very revision that was built for it',
  secret: 'I9: no byte of a secret in histories, answers, logs or files',
  throttle: 'I11: no request before Retry-After has passed',
  bounds: 'I12: histories stay small',
  stuck:
    'I14: once faults have stopped, every run comes to its end, and nothing stands still for two minutes',
  crash: 'no process ends by itself',
} as const;

export type Rule = keyof typeof rules;
