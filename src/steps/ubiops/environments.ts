/**
 * Environments, their revisions and their builds on UbiOps: their part of the port between workflows and activities.
 *
 * Steps are written once for both spellings of the API. In `/v2.1` a revision is one that its environment lists, and it has
 * builds; in `/v2` it is a tag, whose build is its own state.
 */
import type { Doubt, Effect, Undoing, Undone } from '../../run/undoing/effect.js';
import type { First } from '../../run/undoing/effects.js';
import type { Given } from './given.js';

/** What a revision is made of: files by their path, or the package of another environment. */
export type PackageSource =
  | { readonly files: Readonly<Record<string, string>> }
  | {
      readonly sourceEnvironment: string;
      /** Of `/v2`, which copies from a tag. */
      readonly sourceTag?: string | undefined;
    };

/** An environment that is found by its name, or created. */
export interface EnvironmentSpec extends Given {
  readonly project: string;
  readonly name: string;
  /** The environment that it builds on. Left out, its package is an own Docker image. */
  readonly base?: string | undefined;
  readonly description?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly supportsRequestFormat?: boolean | undefined;
  /** Given, the content becomes part of the name: `<name>-<12 digits of its hash>`. */
  readonly contents?: PackageSource | undefined;
}

export type EnvironmentOutput = Doubt & {
  readonly project: string;
  /** Its name. */
  readonly environment: string;
  readonly environmentId: string | null;
  readonly base: string | null;
  readonly supportsRequestFormat: boolean | null;
  /** Whether this run made it. */
  readonly created: boolean;
};

/** A package that is added to an environment. */
export interface RevisionSpec extends Given {
  readonly environment: Pick<EnvironmentOutput, 'project' | 'environment' | 'base' | 'supportsRequestFormat'>;
  readonly source: PackageSource;
  /** Of `/v2`: the name of its tag. Left out, its content makes one. */
  readonly tag?: string | undefined;
}

/** What there was before a revision is added: what comes later is told from it. */
export type RevisionsBefore = {
  /** The SHA-256 of what is added. */
  readonly content: string;
  /** The newest revisions, by their ids; of `/v2`, the tag of this content if it was built or being built. */
  readonly revisions: readonly string[];
  /** Given where there are more: by the platform’s clock, when the oldest of those was made. */
  readonly since: string | null;
};

/** A revision, and the build of it that is awaited. */
export type RevisionOutput = Doubt & {
  readonly project: string;
  readonly environment: string;
  readonly revisionId: string;
  readonly buildId: string;
  /** Of `/v2`: the tag that it is, by which a version of a deployment names it. */
  readonly tag: string | null;
  /** The SHA-256 of its files. */
  readonly content: string;
  /** Whether this run made it; else its content was what is asked. */
  readonly created: boolean;
  /** Whether it was found already built: nothing is left to await. */
  readonly built: boolean;
};

/** Where a build is. */
export type BuildPlace = Pick<
  RevisionOutput,
  'project' | 'environment' | 'revisionId' | 'buildId' | 'tag' | 'content'
>;

/** A build that was begun, or that goes on. */
export type BuildStart = Doubt & {
  readonly buildId: string;
  /** Whether this run has begun it. */
  readonly rebuilt: boolean;
};

export type BuildOutput = Omit<BuildPlace, 'content'> & {
  /** Bytes of its image, where the platform says so. */
  readonly size: number | null;
};

export interface EnvironmentEffects {
  ensureEnvironment(effect: Effect & First & EnvironmentSpec): Promise<EnvironmentOutput>;
  /** What there is before a revision is added: asked once, and kept. */
  getRevisionsBefore(of: RevisionSpec & { readonly connection: string }): Promise<RevisionsBefore>;
  /**
   * Adds a revision, unless the newest one has its content and is built or being built. A revision carries no marker: after a
   * lost answer, it is the newest of its content that was not there `before`.
   */
  ensureRevision(
    effect: Effect & RevisionSpec & { readonly before: RevisionsBefore },
  ): Promise<RevisionOutput>;
  /** The builds of a revision, by their ids. */
  getBuilds(of: BuildPlace & { readonly connection: string }): Promise<readonly string[]>;
  /**
   * Has a revision built once more, unless that is under way; `rebuilt` where it is this one that does, and not another run.
   * After a lost answer, it is the newest build that was not there `before`.
   */
  ensureBuild(
    effect: Effect & { readonly revision: BuildPlace; readonly before: readonly string[] },
  ): Promise<BuildStart>;
  /** Waits for the end of exactly this build. */
  awaitBuild(of: {
    readonly connection: string;
    readonly revision: BuildPlace;
    /** It was just begun again: for a moment, reads may show how it was before. */
    readonly rebuilt?: true | undefined;
  }): Promise<BuildOutput>;
  /**
   * Cancels the build that is known; without one, those of revisions that were not there `before`, and have its content. With
   * `keep`, all of these but the one that was adopted.
   */
  cancelEnvironmentBuild(
    undoing: Undoing & {
      readonly project: string;
      readonly environment: string;
      readonly tag?: string | null | undefined;
      readonly before?: RevisionsBefore | undefined;
    },
  ): Promise<Undone>;
  /** Deletes the environment that carries the origin’s marker, unless a version of a deployment uses it. */
  archiveUnusedEnvironment(
    undoing: Undoing & { readonly project: string; readonly environment?: string | undefined },
  ): Promise<Undone>;
}
