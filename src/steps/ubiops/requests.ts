/** Requests to versions of deployments, which run as jobs: their part of the port between workflows and activities. */
import type { Doubt, Effect, Undoing, Undone } from '../../run/undoing/effect.js';
import type { Measured } from '../../run/retraining/metrics.js';
import type { Json } from '../../run/json.js';
import type { First } from '../../run/undoing/effects.js';
import type { VersionPlace } from './deployments.js';
import type { Given } from './given.js';

/** A request as it is sent. */
export interface RequestSpec {
  readonly version: VersionPlace;
  /** The step names none: it is the default of now, and an attempt before may have sent to the one of then. */
  readonly isDefault?: boolean | undefined;
  readonly data: { readonly [field: string]: Json };
  /** The field of the data that carries the marker: after the text that it has, if it has one. */
  readonly marked: string;
  /** How long the platform lets it run, in seconds; left out, four hours. */
  readonly timeoutSeconds?: number | undefined;
}

export type RequestStart = Doubt &
  VersionPlace & {
    readonly requestId: string;
    /** `<project>/<deployment>/<version>/<request>`: a request is known within its version alone. */
    readonly jobId: string;
  };

export type RequestOutput = RequestStart &
  Measured & {
    /** What a training names as its artefact: `ubiops-file://<bucket>/<path>`. */
    readonly artifact: string | null;
    /** What it has answered; `null` where that is larger than what a step keeps. */
    readonly result: Json;
    /** Why the result is not there. */
    readonly resultNotice?: string;
    readonly startedAt: string | null;
    readonly completedAt: string | null;
    /** The last lines of the log, oldest first. */
    readonly logTail: readonly string[];
    /** Why the log could not be read. */
    readonly logNotice?: string;
  };

export interface RequestEffects {
  /** Sends it once, and does not wait for its result. */
  ensureRequest(effect: Effect & First & Given & { readonly spec: RequestSpec }): Promise<RequestStart>;
  /** Waits for its result. Fails as `JOB_FAILED` and `JOB_STOPPED`. */
  awaitRequest(of: {
    readonly connection: string;
    readonly request: RequestStart;
    readonly logLines: number;
    /** Metrics that are kept before all others. */
    readonly metrics: readonly string[];
    /** A result of more bytes is not kept; what it has measured is. */
    readonly resultBytes: number;
    readonly withinMs?: number | undefined;
  }): Promise<RequestOutput>;
  /** Cancels the request that is known, and every other one of the version with the origin’s marker. */
  stopRequests(
    undoing: Undoing & {
      readonly project: string;
      readonly deployment: string;
      /** Left out, any of them. */
      readonly version?: string | undefined;
    },
  ): Promise<Undone>;
}
