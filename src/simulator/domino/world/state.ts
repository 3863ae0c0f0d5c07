/** What exists on the simulated platform, in memory. Times are simulated milliseconds since the epoch. */
import type { LegacyState } from '../legacy/state.js';
import type { Administration } from './administration.js';
import type { ModelDeployment } from './model-deployments.js';
import type { Build, Ending } from './timelines.js';

/** A project, with the small things that belong to it. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly owner: Person;
  readonly description: string;
  readonly visibility: string;
  /** Newest first; a job that names none runs on the first. */
  readonly commitIds: [string, ...string[]];
  archived: boolean;
  readonly collaborators: Map<string, { readonly id: string; readonly role: string }>;
  readonly repositories: Map<string, { readonly id: string; readonly uri: string; readonly name: string }>;
  readonly goals: Map<string, Goal>;
  readonly sharedDatasetIds: Set<string>;
  readonly workspaces: Map<string, Workspace>;
}

/** A workspace of a project, and how often it was started. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly sessions: { readonly id: string; readonly executionId: string; readonly startedAt: number }[];
}

/** A user. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly gitCredentials: Map<string, GitCredential>;
}

/** A Git credential of a user, without what it opens. */
export interface GitCredential {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly gitServiceProvider: string;
  readonly protocol: string;
  /** Of the token, as it was last set. */
  readonly fingerprint: string;
}

/** A goal of a project. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly createdAt: number;
  isComplete: boolean;
}

/** An environment. Which revision is active follows from its builds and activations. */
export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly visibility: string;
  readonly createdAt: number;
  readonly isDefault: boolean;
  archivedAt?: number | undefined;
  /** Oldest first. */
  readonly revisions: Revision[];
  readonly activations: { readonly at: number; readonly revisionId: string }[];
}

/** A revision and its builds; a rebuild adds one. */
export interface Revision {
  readonly id: string;
  readonly number: number;
  readonly environmentId: string;
  readonly createdAt: number;
  readonly image: string;
  readonly dockerfileInstructions: string;
  readonly summary: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  isRestricted: boolean;
  readonly builds: [Build, ...Build[]];
}

/** A line of a job's log. The time has nanoseconds, so that lines of one moment keep their order. */
export interface LogLine {
  readonly log: string;
  readonly logType: 'stdOut' | 'stdErr' | 'prepareOutput';
  readonly timeNano: bigint;
}

/** The course of a command that really runs. */
export interface RealRun {
  startedAt?: number;
  endedAt?: number;
  ending: Ending;
  /** Why it ended badly. */
  reason: string;
  stats: Readonly<Record<string, string>>;
  readonly lines: LogLine[];
}

/** A job. */
export interface Job {
  readonly id: string;
  readonly number: number;
  readonly project: Project;
  readonly title: string | undefined;
  readonly command: string;
  readonly environment: Environment;
  readonly revision: Revision;
  readonly revisionSpec: string;
  /** The build that the job waits for; a later rebuild does not concern it. */
  readonly build: Build;
  readonly hardwareTierId: string;
  readonly submittedAt: number;
  readonly inputCommitId: string;
  readonly outputCommitId: string;
  readonly mlflowRunId: string;
  readonly queueMs: number;
  /** What happens when the command does not really run. */
  readonly plan: Plan;
  readonly real?: RealRun | undefined;
  stop?: { readonly at: number; readonly discard: boolean };
  readonly tags: Map<string, { readonly id: string; readonly name: string; readonly createdAt: number }>;
  readonly goalIds: Set<string>;
}

/** How a command that does not really run goes. */
export interface Plan {
  readonly runMs: number;
  readonly ending: Ending;
  readonly stats: Readonly<Record<string, string>>;
  readonly log: readonly string[];
}

/** A registered model, keyed by its name. */
export interface RegisteredModel {
  readonly name: string;
  description: string;
  discoverable: boolean;
  readonly project: Project;
  readonly createdAt: number;
  updatedAt: number;
  /** Oldest first; the first is version 1. */
  readonly versions: ModelVersion[];
}

/** A version of a registered model. */
export interface ModelVersion {
  readonly number: number;
  readonly experimentRunId: string | undefined;
  readonly description: string;
  readonly createdAt: number;
}

/** A model API. */
export interface ModelApi {
  readonly id: string;
  name: string;
  description: string;
  environmentId: string;
  replicas: number;
  hardwareTierId: string | undefined;
  readonly isAsync: boolean;
  readonly strictNodeAntiAffinity: boolean;
  archivedAt?: number | undefined;
  readonly createdAt: number;
  updatedAt: number;
  /** Oldest first; the first is version 1. */
  readonly versions: ModelApiVersion[];
}

/** Where the code of a model API version comes from. */
export interface ModelApiSource {
  readonly type: 'File' | 'Registry';
  readonly file?: string | undefined;
  readonly function?: string | undefined;
  readonly registeredModelName?: string | undefined;
  readonly registeredModelVersion?: number | undefined;
}

/** A version of a model API. */
export interface ModelApiVersion {
  readonly id: string;
  readonly number: number;
  readonly projectId: string;
  readonly commitId: string;
  readonly revision: Revision;
  readonly description: string;
  readonly source: ModelApiSource;
  readonly createdAt: number;
  readonly build: Build;
  readonly deployMs: number;
  readonly shouldDeploy: boolean;
  readonly fails: boolean;
  readonly orders: { readonly at: number; readonly order: 'start' | 'stop' }[];
  /** Turns into this so long after it began to serve. */
  readonly sickens: { readonly afterMs: number; readonly status: Sickness } | undefined;
  /** What it was told to be, and when; until it is started again. */
  told?: { readonly at: number; readonly status: Sickness | 'Running' };
}

/** How a version that served may stand. */
export type Sickness = 'Failed' | 'Stalled' | 'Unreachable';

/** A hardware tier, as the public API writes it. */
export interface HardwareTier {
  readonly id: string;
  readonly name: string;
  readonly centsPerMinute: number;
  readonly flags: {
    readonly isArchived: boolean;
    readonly isDefault: boolean;
    readonly [flag: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** A dataset. */
export interface Dataset {
  readonly id: string;
  name: string;
  description: string;
  readonly project: Project;
  readonly createdAt: number;
  /** Oldest first. */
  readonly snapshots: Snapshot[];
  /** The id of a snapshot by the name of a tag. */
  readonly tags: Map<string, string>;
  /** The role of a user or an organization, by its id. */
  readonly grants: Map<string, GrantedRole>;
}

/** What somebody may do with a dataset. */
export type GrantedRole = 'DatasetRwOwner' | 'DatasetRwEditor' | 'DatasetRwReader';

/** A snapshot of a dataset; how far it is follows from its times. */
export interface Snapshot {
  readonly id: string;
  readonly datasetId: string;
  readonly createdAt: number;
  readonly copiedAt: number;
}

/** Everything. */
export interface State extends Administration {
  /** When the simulator was started or reset, in simulated time. */
  readonly beganAt: number;
  /** Whose the API key is. */
  readonly user: Person;
  readonly users: Map<string, Person>;
  readonly projects: Map<string, Project>;
  readonly environments: Map<string, Environment>;
  readonly hardwareTiers: Map<string, HardwareTier>;
  readonly jobs: Map<string, Job>;
  readonly registeredModels: Map<string, RegisteredModel>;
  readonly modelApis: Map<string, ModelApi>;
  readonly datasets: Map<string, Dataset>;
  readonly apps: Map<string, App>;
  readonly modelDeployments: Map<string, ModelDeployment>;
  /** The folder that holds the files of a commit; `null` for a commit without files. */
  readonly commits: Map<string, string | null>;
  /** What only the routes without a contract know. */
  readonly legacy: LegacyState;
}

/** The kinds of objects that requests create or change, as the ledger names them. */
export type EffectKind =
  | 'environment'
  | 'revision'
  | 'job'
  | 'registeredModel'
  | 'modelVersion'
  | 'modelApi'
  | 'modelApiVersion'
  | 'hardwareTier'
  | 'project'
  | 'repository'
  | 'goal'
  | 'commit'
  | 'dataset'
  | 'snapshot'
  | 'workspaceSession'
  | 'gitCredential'
  | 'app'
  | 'appVersion'
  | 'appInstance'
  | 'modelDeployment'
  | 'dataSource'
  | 'gatewayEndpoint'
  | 'organization'
  | 'serviceAccount'
  | 'serviceAccountToken'
  | 'billingTag'
  | 'billingSettings'
  | 'deploymentTarget'
  | 'resourceConfiguration'
  | 'budget'
  | 'modelExport'
  | 'metricValues';

/** An app. Its newest version is the current one. */
export interface App {
  readonly id: string;
  name: string;
  readonly project: Project;
  readonly configurationType: string;
  settings: AppSettings;
  readonly createdAt: number;
  updatedAt: number;
  /** Oldest first. */
  readonly versions: AppVersion[];
  thumbnail: Thumbnail | undefined;
}

/** What can be changed of an app. */
export interface AppSettings {
  readonly description: string;
  readonly visibility: string;
  readonly entryPoint: string;
  readonly discoverable: boolean;
  readonly renderIFrame: boolean;
  readonly mountDatasets: boolean;
  readonly mountNetAppVolumes: boolean;
  readonly accessStatuses: readonly { readonly userId: string; readonly status: AccessStatus }[];
}

/** Whether somebody may see an app. */
export type AccessStatus = 'ALLOWED' | 'DENIED' | 'PENDING';

/** A version of an app. */
export interface AppVersion {
  readonly id: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly environment: Environment;
  readonly revision: Revision;
  readonly hardwareTierId: string;
  readonly entryScript: string | undefined;
  vanityUrl: string | undefined;
  /** What a request stated besides, as it is told again. */
  readonly stated: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  readonly instances: AppInstance[];
}

/** A run of a version, until somebody stops it. */
export interface AppInstance {
  readonly id: string;
  readonly submittedAt: number;
  readonly build: Build;
  readonly queueMs: number;
  readonly fails: boolean;
  stop?: { readonly at: number; readonly discard: boolean };
}

/** An image that stands for an app. */
export interface Thumbnail {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly filename: string | undefined;
  readonly etag: string;
}
