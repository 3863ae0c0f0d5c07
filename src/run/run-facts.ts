/** What a platform tells of a run that is looked at afterwards. Bounded: it passes through Temporal. */

import type { RunOrigin } from './ids.js';
import type { Measured } from './retraining/metrics.js';

/** Something that was read, or why it was not. */
export type Fact<T> = { readonly value: T } | { readonly missing: string };

/** What a job was, and what it came to. Times are as the platform writes them. */
export interface JobFacts extends Measured {
  readonly status: string;
  readonly commitId: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

/** What a job really ran on. */
export interface RuntimeFacts {
  readonly environmentId: string;
  readonly revisionId: string | null;
  readonly hardwareTier: string;
}

/** What an environment revision is made of. Its variables are not read: they may be secrets. */
export interface EnvironmentFacts {
  readonly image: string | null;
  /** Dockerfile instructions and scripts, by name; those that are empty are left out. */
  readonly content: { readonly [name: string]: string };
}

/** The beginning of a log. */
export interface LogFacts {
  readonly lines: readonly string[];
  /** Whether that is all of it. */
  readonly whole: boolean;
}

export interface RunFacts {
  readonly job: Fact<JobFacts>;
  readonly runtime: Fact<RuntimeFacts>;
  readonly environment: Fact<EnvironmentFacts>;
  /** By name, the newest snapshot of each dataset of the project when the job began; `null` where there was none. */
  readonly datasets: Fact<{ readonly [dataset: string]: string | null }>;
  readonly log: Fact<LogFacts>;
}

/** What to read. */
export interface RunAsked {
  readonly connection: string;
  /** `owner/name`; `null` where it is not known. */
  readonly project: string | null;
  /** `null` where the run has started none. */
  readonly jobId: string | null;
  /** Whose job it must be: of another nothing is told. */
  readonly madeBy: {
    readonly origins: readonly RunOrigin[];
    readonly step: string;
    readonly generation: number;
  };
  /** The revision that the run made or chose, for where no job tells. */
  readonly revisionId: string | null;
}

/** The Temporal workflow type that reads them, and what every id of one begins with. */
export const describeRunWorkflow = 'describeRun';
export const describeRunPrefix = 'describe.';
