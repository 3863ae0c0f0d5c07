/** What exists on the simulated platform, in memory. Times are simulated milliseconds since the epoch unless stated. */
import type { Stored } from '../../stored.js';
import type { Build } from './timelines.js';

/** What comes into being, and may go. */
export interface Lived {
  readonly id: string;
  readonly createdAt: number;
  /** Real milliseconds since the process began, as are those of its end. */
  readonly bornMs: number;
  goneMs?: number;
}

/** What was uploaded. */
export interface Package {
  readonly name: string;
  readonly type: string;
  readonly content: Stored;
  /** The files in it that say what an environment is made of. */
  readonly dependencies: readonly { readonly name: string; readonly content: string }[];
}

/** A build of an environment. */
export interface EnvironmentBuild extends Lived, Build {
  readonly trigger: 'Environment file upload' | 'Rebuild triggered';
  /** Bytes of its image. */
  readonly size: number;
}

/** A revision of an environment. */
export interface Revision extends Lived {
  readonly createdBy: string;
  readonly package: Package;
  /** Oldest first. */
  readonly builds: EnvironmentBuild[];
}

/** A tag of an environment. */
export interface Tag extends Lived {
  readonly name: string;
  readonly supportsRequestFormat: boolean;
  base: { readonly name: string; readonly tag: string } | null;
  package: Package | null;
  /** Oldest first; the last one counts. */
  readonly builds: EnvironmentBuild[];
  readonly secrets: Variable[];
}

/** An environment: of the platform itself (`base`), of a project, or made with a package of a deployment (`implicit`). */
export interface Environment extends Lived {
  readonly kind: 'base' | 'custom' | 'implicit';
  readonly project: string | null;
  name: string;
  displayName: string;
  /** `null` of a base, and of one that is for an own Docker image. */
  readonly base: string | null;
  description: string;
  labels: Readonly<Record<string, string>>;
  readonly gpu: boolean;
  readonly supportsRequestFormat: boolean;
  updatedAt: number;
  /** Oldest first. */
  readonly revisions: Revision[];
  readonly tags: Tag[];
  readonly secrets: Variable[];
}

/** A variable. */
export interface Variable extends Lived {
  name: string;
  value: string;
  secret: boolean;
}

/** A package of a version. */
export interface DeploymentRevision extends Lived {
  readonly createdBy: string;
  /** `null`: of a template. */
  readonly package: Package | null;
  /** Oldest first; the last one counts. */
  readonly builds: Build[];
}

/** A version of a deployment. */
export interface Version extends Lived {
  readonly deployment: Deployment;
  name: string;
  environment: Environment;
  tag: string | null;
  /** The other fields, as they were stated. */
  settings: Readonly<Record<string, unknown>>;
  updatedAt: number;
  /** Oldest first. */
  readonly revisions: DeploymentRevision[];
  readonly requests: Request[];
  readonly variables: Variable[];
}

/** A field of what goes in or out. */
export interface Field {
  readonly name: string;
  readonly data_type: string;
}

/** A deployment. */
export interface Deployment extends Lived {
  readonly project: string;
  name: string;
  description: string;
  readonly supportsRequestFormat: boolean;
  readonly inputType: 'structured' | 'plain';
  readonly outputType: 'structured' | 'plain';
  inputFields: readonly Field[];
  outputFields: readonly Field[];
  labels: Readonly<Record<string, string>>;
  updatedAt: number;
  /** Which version was the default since when, in real milliseconds; oldest first. */
  readonly defaults: { readonly sinceMs: number; readonly version: Version | null }[];
  readonly versions: Version[];
  readonly variables: Variable[];
}

/** How a request goes. */
export interface Plan {
  readonly status: 'completed' | 'failed';
  readonly result: unknown;
  readonly error: string;
  readonly log: readonly string[];
}

/** A request to a version. */
export interface Request extends Lived {
  readonly version: Version;
  readonly input: unknown;
  readonly timeoutSeconds: number;
  readonly startsAt: number;
  /** Infinite while it really runs. */
  endsAt: number;
  plan: Plan;
  cancelledAt?: number;
}

/** A file in a bucket. */
export interface BucketFile extends Lived {
  readonly name: string;
  readonly content: Stored;
}

/** A bucket. */
export interface Bucket extends Lived {
  readonly project: string;
  readonly name: string;
  description: string;
  labels: Readonly<Record<string, string>>;
  /** Oldest first; the last one of a name counts. */
  readonly files: BucketFile[];
}

/** What somebody has done. */
export interface AuditEvent extends Lived {
  readonly project: string;
  readonly deployment: string | null;
  readonly action: 'create' | 'update' | 'delete';
  readonly objectType: string;
  readonly objectName: string;
}

/** A type of instance. */
export interface InstanceType {
  readonly id: string;
  readonly groupId: string;
  readonly name: string;
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly gpus: number;
  readonly creditRate: number;
}

/** Everything. */
export interface State {
  readonly user: { readonly id: string; readonly email: string };
  readonly organization: string;
  readonly projects: readonly (Lived & { readonly name: string; readonly variables: Variable[] })[];
  readonly environments: Environment[];
  readonly deployments: Deployment[];
  readonly buckets: Bucket[];
  readonly audit: AuditEvent[];
  readonly instanceTypes: readonly InstanceType[];
  /** By the last part of a signed address. */
  readonly addresses: Map<string, Addressed>;
}

/** What a signed address leads to. */
export type Addressed =
  | { readonly to: 'read'; readonly name: string; readonly content: Stored }
  | { readonly to: 'write'; readonly put: (content: Stored) => BucketFile };

/** The kinds of objects that requests create, change or delete, as the ledger and the audit trail name them. */
export type EffectKind =
  | 'environment'
  | 'environmentRevision'
  | 'environmentBuild'
  | 'environmentTag'
  | 'deployment'
  | 'deploymentVersion'
  | 'deploymentRevision'
  | 'deploymentRequest'
  | 'environmentVariable'
  | 'bucket'
  | 'file';
