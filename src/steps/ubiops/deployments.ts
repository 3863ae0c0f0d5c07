/** Deployments, their versions and packages on UbiOps: their part of the port between workflows and activities. */
import type { Doubt, Effect, Undoing, Undone } from '../../run/undoing/effect.js';
import type { First, Hold } from '../../run/undoing/effects.js';
import type { Given } from './given.js';

/** What a deployment takes or gives: text of any form, or fields, each with its type. */
export type Shape = 'plain' | Readonly<Record<string, string>>;

/** Where a version is. */
export type VersionPlace = {
  /** By its name. */
  readonly project: string;
  readonly deployment: string;
  readonly version: string;
};

/** A deployment that is found by its name, or created: as stated, or as the platform makes it from its template for trainings. */
export type DeploymentSpec = { readonly project: string; readonly deployment: string } & (
  | {
      readonly input: Shape;
      readonly output: Shape;
      readonly supportsRequestFormat?: boolean | undefined;
      readonly description?: string | undefined;
    }
  | { readonly isForTraining: true }
);

export type DeploymentStart = Doubt & {
  readonly created: boolean;
  /** Of the template that it is made from. */
  readonly templateId: string | null;
};

/** Files of a package by their path. */
export type PackageFiles = Readonly<Record<string, string>>;

/** What a version runs: files, or the package of a template. */
export type PackageSpec = { readonly files: PackageFiles } | { readonly templateId: string };

/** What a version is made of, beside its package. */
export interface VersionSettings {
  readonly environment: string;
  /** Of the environment: `/v2` alone has tags. */
  readonly tag?: string | undefined;
  /** What of the environment is awaited: by another one, it is another version. `/v2.1` itself cannot name it. */
  readonly environmentRevision?: string | undefined;
  /** The group of types of instances that it runs on. */
  readonly instanceType?: string | undefined;
  readonly minimumInstances?: number | undefined;
  readonly maximumInstances?: number | undefined;
  /** How long an instance without requests stays, in seconds. */
  readonly idleSeconds?: number | undefined;
  /** How long requests and their results are kept, in seconds. */
  readonly retentionSeconds?: number | undefined;
}

/** A version that is found by its name, or created. */
export interface VersionSpec {
  readonly project: string;
  readonly deployment: string;
  /** Left out, it is named after what it is made of. */
  readonly version?: string | undefined;
  readonly settings: VersionSettings;
  /** Left out, one of its name is the same whatever it runs: an experiment. */
  readonly content?: {
    readonly files: PackageFiles;
    readonly variables: Readonly<Record<string, string>>;
  };
  readonly description?: string | undefined;
}

export type VersionStart = Doubt &
  VersionPlace & {
    readonly created: boolean;
    /** The package that it runs already; `null` where it has none. */
    readonly activeRevision: string | null;
  };

/** A version that would go live, beside the one that is. */
export type LiveVersion = {
  /** The name that it has, or will have. */
  readonly version: string;
  /** The version that requests go to; `null` where there is none. */
  readonly live: string | null;
  readonly changed: readonly string[];
};

export type PackageStart = Doubt & { readonly revisionId: string; readonly created: boolean };

/** A version with its package, which serves where it was promoted. */
export type VersionOutput = Omit<VersionStart, 'activeRevision'> & {
  readonly revisionId: string;
  /** Whether requests to the deployment go to it. */
  readonly promoted: boolean;
  /** The version that they went to before; `null` where there was none. */
  readonly previous: string | null;
};

export interface DeploymentEffects {
  /** Fails as `MODEL_BUSY` while another run has it. */
  ensureDeployment(
    effect: Effect & First & Given & { readonly hold?: Hold | undefined; readonly spec: DeploymentSpec },
  ): Promise<DeploymentStart>;
  /** The version that requests go to; `null` where the deployment has none. */
  getDefaultVersion(
    of: First &
      Given & {
        readonly connection: string;
        readonly project: string;
        readonly deployment: string;
        readonly begunBefore?: boolean;
      },
  ): Promise<string | null>;
  /** What is live beside a version that would be: which it is, and what is different in words. Reads alone. */
  getLiveVersion(of: { readonly connection: string; readonly spec: VersionSpec }): Promise<LiveVersion>;
  /** What served before it is written down on the platform as well: the run may be cut off. */
  ensureVersion(
    effect: Effect & Given & { readonly spec: VersionSpec; readonly previous?: string | null | undefined },
  ): Promise<VersionStart>;
  /** Sets environment variables of a version; others that it has stay. */
  ensureVariables(
    effect: Effect & {
      readonly version: VersionPlace;
      readonly variables: Readonly<Record<string, string>>;
    },
  ): Promise<null>;
  /** The ids of all packages of a version: what is not among them is newer. */
  getPackages(of: {
    readonly connection: string;
    readonly version: VersionPlace;
  }): Promise<readonly string[]>;
  ensurePackage(
    effect: Effect & {
      readonly version: VersionPlace;
      readonly package: PackageSpec;
      /** The packages that were there before. */
      readonly before: readonly string[];
    },
  ): Promise<PackageStart>;
  /** Waits until a package is built. Fails as `DEPLOYMENT_FAILED`. */
  awaitPackage(of: {
    readonly connection: string;
    readonly version: VersionPlace;
    readonly revisionId: string;
    readonly withinMs?: number | undefined;
  }): Promise<{ readonly revisionId: string }>;
  /**
   * Has requests to the deployment go to the version, and reads that they do; a version that cannot be reached yet is waited
   * for. Without `promote`, it is only looked at.
   */
  ensureServing(
    effect: Effect & {
      readonly version: VersionStart;
      readonly revisionId: string;
      readonly previous: string | null;
      readonly promote: boolean;
      /** How long the platform may take until it lets it serve. */
      readonly withinMs?: number | undefined;
    },
  ): Promise<VersionOutput>;
  /** Has requests go to the previous version again, and deletes the version that carries the origin’s marker. */
  takeBackVersion(
    undoing: Undoing & {
      readonly project: string;
      readonly deployment: string;
      /** Left out, those that carry the marker. */
      readonly version?: string | undefined;
      /** Left out, as the version itself says. */
      readonly previous?: string | null | undefined;
      /** What serves stays until another version does, which is about to be deployed. */
      readonly untilReplaced?: true;
    },
  ): Promise<Undone>;
}
