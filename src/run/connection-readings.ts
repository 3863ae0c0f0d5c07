/** What workers are asked of their connection outside of runs: a part of a job’s log, and whether it works. Bounded: it passes through Temporal. */
import type { RunAsked } from './run-facts.js';

/** Where a part of a log begins. */
export interface LogCursor {
  /** The platform’s cursor; left out, at the beginning. */
  readonly after?: string;
  /** How many lines more may belong to a private key that began before. */
  readonly open: number;
}

/** Which part of which log. */
export interface JobLogAsked {
  readonly connection: string;
  readonly jobId: string;
  /** Whose job it must be: of another nothing is told. */
  readonly madeBy: RunAsked['madeBy'];
  readonly place: LogCursor;
  /** Reads on to the end, and tells the last so many lines. */
  readonly tail?: number;
}

/** A line, without secrets. */
export interface LogPartLine {
  readonly at?: string;
  readonly line: string;
}

/** A part of a log, oldest line first. */
export interface JobLogPart {
  readonly lines: readonly LogPartLine[];
  /** Where the next one begins. */
  readonly next: LogCursor;
  /** Whether there is more to read now. */
  readonly isMore: boolean;
  /** Whether the job has ended and this is the end of its log. */
  readonly isLast: boolean;
}

/** Whether a connection works where a worker is. */
export interface ConnectionProbe {
  readonly ok: boolean;
  /** In words, without a secret. */
  readonly line: string;
  /** Of a connection that does not work: a code of the table of failures. */
  readonly code?: string;
  /** Of the worker. */
  readonly version: string;
  readonly host: string;
  /** Of the platform, as the worker is configured; left out by a worker of before. */
  readonly url?: string;
  /** What the clock of the worker shows, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** What a worker of any connection answers. */
export interface ConnectionReadingEffects {
  getJobLog(asked: JobLogAsked): Promise<JobLogPart>;
  getConnectionProbe(asked: { readonly connection: string }): Promise<ConnectionProbe>;
}

/** The Temporal workflow types that ask them, and what the ids of those begin with. */
export const jobLogWorkflow = 'readJobLog';
export const jobLogPrefix = 'log.';
export const probeWorkflow = 'lookAtConnection';
export const probePrefix = 'probe.';
