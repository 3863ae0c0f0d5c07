/** What the client of the HTTP API can do. Every call throws `LonghaulHttpError`. */
import type { PipelineInput, PipelineName } from '../run/inputs/inputs.js';
import type { Finding } from '../run/inputs/preflight.js';
import type { ReplayPlan, ReplayRequest } from '../run/replays/replays.js';
import type { Cleanup, Lineage, Resolution, Run, RunStatus, RunSummary } from '../run/steps.js';
import type { HttpLogLine, HttpRunEvent } from './follow.js';

/** How a run is started. */
export interface HttpStartOptions {
  /**
   * Names the run: the same key and input give the same run, however often and from wherever it is started. Take it
   * from what the run is for, such as `nightly-2026-11-21`. Left out, a new one is made for this call.
   */
  readonly key?: string | undefined;
  /** Why, for the record of the run. */
  readonly reason?: string | undefined;
  /** 1 to 120: answers with the run as it stands when it ends, or when this time is over. */
  readonly waitSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A run that is started. */
export interface HttpStarted {
  readonly runId: string;
  readonly attemptId: string;
  /** False when the key had started this run before; also by an earlier try of this call whose answer was lost. */
  readonly created: boolean;
  /** The path of the run on the server. */
  readonly url: string;
  /** With `waitSeconds`. */
  readonly run?: Run;
}

/** Which runs to list. Every field narrows. */
export interface HttpRunFilter {
  readonly status?: RunStatus | undefined;
  readonly pipeline?: string | undefined;
  readonly connection?: string | undefined;
  /** The step that the run is parked at or ended in. */
  readonly step?: string | undefined;
  /** A code of the table of failures. */
  readonly failure?: string | undefined;
  readonly startedAfter?: Date | undefined;
  readonly startedBefore?: Date | undefined;
}

/** One page of a list. */
export interface HttpRunPage {
  readonly runs: readonly RunSummary[];
  /** The `cursor` of the page after; left out on the last one. */
  readonly next?: string;
}

/** How a parked step goes on; who says so is known from the key. */
export type HttpResolution = Resolution extends infer R
  ? R extends Resolution
    ? Omit<R, 'actor'>
    : never
  : never;

/** What is asked of a replay. With nothing, the run is continued from the step that failed. */
export type HttpReplayRequest = Omit<ReplayRequest, 'runId' | 'exported'>;

/** What came of applying a plan. */
export interface HttpReplayed {
  readonly runId: string;
  /** The new attempt; left out while what must be stopped first takes long: then the attempts tell. */
  readonly attemptId?: string;
  readonly plan: string;
}

/** An attempt of a run; one that replays another has a lineage. */
export interface HttpAttempt extends RunSummary {
  readonly lineage?: Lineage;
  /** The schedule that started it. */
  readonly schedule?: string;
}

/** What starting a run would meet. */
export interface HttpDryRun {
  readonly pipeline: string;
  readonly connection: string;
  /** Whether nothing that was looked up is missing. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** A pipeline that can be started. */
export interface HttpPipeline {
  readonly name: string;
  readonly steps: readonly string[];
  /** The path of the JSON Schema of its input. */
  readonly schema: string;
  /** `document`: one of the server’s configuration. */
  readonly kind: 'built-in' | 'document';
  readonly description?: string;
}

/** A platform that the server knows, and whether it answers. */
export interface HttpConnection {
  readonly name: string;
  readonly platform: string;
  readonly url: string;
  readonly health: {
    readonly ok: boolean;
    readonly detail: string;
    readonly code?: string;
    readonly checkedAt: string;
  };
  /** Whether workers send requests to it: not while the platform has asked to be sent nothing, or refuses the credential. */
  readonly standing: {
    readonly status: 'open' | 'throttled' | 'refused';
    readonly since?: string;
    readonly until?: string;
    readonly code?: string;
    readonly message?: string;
    /** Since when the platform of an open connection gives no usable answer, and what comes in its place. */
    readonly outage?: { readonly since: string; readonly message: string };
  };
}

/** Ends a call; it then throws what the signal aborted with. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

/** Starts, reads and steers runs through a Longhaul server. Errors are `LonghaulHttpError`, told apart by `code`. */
export interface HttpClient {
  /**
   * Starts a pipeline; when it answers, the run is durable. A lost answer is asked for again with the same key.
   * Codes: `PIPELINE_UNKNOWN`, `INPUT_INVALID`, `CONNECTION_UNKNOWN`, `RUN_KEY_REUSED`.
   */
  start<P extends PipelineName>(
    pipeline: P,
    input: PipelineInput<P>,
    options?: HttpStartOptions,
  ): Promise<HttpStarted>;
  /**
   * The same of any pipeline of the server by its name, also of a document of its configuration; the input is checked by the
   * server alone. Codes: those of `start`.
   */
  startPipeline(
    pipeline: string,
    input: Readonly<Record<string, unknown>>,
    options?: HttpStartOptions,
  ): Promise<HttpStarted>;
  /**
   * Checks an input without starting a run: its fields, and what it names on the platform. Nothing is created.
   * Codes: `PIPELINE_UNKNOWN`, `INPUT_INVALID`, `CONNECTION_UNKNOWN`, `WORKER_SILENT`.
   */
  dryRun<P extends PipelineName>(
    pipeline: P,
    input: PipelineInput<P>,
    options?: Abortable,
  ): Promise<HttpDryRun>;
  /** Codes: `RUN_NOT_FOUND`. */
  get(runId: string, options?: Abortable): Promise<Run>;
  /** Newest first. `limit`: 1 to 200, 50 unless stated. */
  page(
    filter?: HttpRunFilter,
    options?: Abortable & { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<HttpRunPage>;
  /** Every run, newest first, page after page. */
  list(filter?: HttpRunFilter, options?: Abortable): AsyncIterable<RunSummary>;
  /** Asks the run to stop what it has running on the platform and end. Codes: `RUN_ENDED`. */
  cancel(runId: string, options: Abortable & { readonly reason: string }): Promise<void>;
  /**
   * Tries now what a run that has ended has left on the platform; what is left is tried again by itself.
   * Codes: `RUN_GOES_ON`.
   */
  cleanUp(runId: string, options?: Abortable & { readonly reason?: string | undefined }): Promise<Cleanup>;
  /** Says how a parked step goes on. Codes: `STEP_NOT_PARKED`, `RESOLUTION_INVALID`, `RUN_ENDED`. */
  resolve(runId: string, resolution: HttpResolution, options?: Abortable): Promise<void>;
  /**
   * Says what a replay of the run would do; nothing is changed.
   * Codes: `REPLAY_INVALID`, `REPLAY_REFUSED`, `INPUT_INVALID`, `WORKER_SILENT`.
   */
  planReplay(runId: string, request?: HttpReplayRequest, options?: Abortable): Promise<ReplayPlan>;
  /**
   * Does what the plan of this hash says, and nothing else. Codes: `REPLAY_STALE`, `REPLAY_UNDER_WAY`, and those of
   * `planReplay`.
   */
  replay(
    runId: string,
    options: Abortable & HttpReplayRequest & { readonly plan: string; readonly reason: string },
  ): Promise<HttpReplayed>;
  /** The attempts of the run, newest first. */
  attempts(runId: string, options?: Abortable): Promise<readonly HttpAttempt[]>;
  /** Every change of the run since the event `after`, or from its first, until it has ended, however long that is. */
  events(
    runId: string,
    options?: Abortable & { readonly after?: string | undefined },
  ): AsyncIterable<HttpRunEvent>;
  /** The run when it has ended, or as it stands after `timeoutMs`. */
  wait(runId: string, options?: Abortable & { readonly timeoutMs?: number | undefined }): Promise<Run>;
  /**
   * The log of the job of a step, oldest line first; of the last step that has one unless stated. `follow`: until the
   * job has ended. `tail`: only the last so many lines. Codes: `NOT_FOUND` while there is no job.
   */
  logs(
    runId: string,
    options?: Abortable & {
      readonly step?: string | undefined;
      readonly follow?: boolean | undefined;
      readonly tail?: number | undefined;
    },
  ): AsyncIterable<HttpLogLine>;
  /** The pipelines that the caller may see. */
  pipelines(options?: Abortable): Promise<readonly HttpPipeline[]>;
  /** The connections that the caller may see. */
  connections(options?: Abortable): Promise<readonly HttpConnection[]>;
}
