/**
 * Environments, their revisions and their builds on UbiOps: their part of the port between workflows and activities.
 *
 * Steps are written once for both spellings of the API. In `/v2.1` a revision is one that its environment lists, and it has
 * builds; in `/v2` it is a tag, whose build is its own state.
 */
import type { Doubt, Effect, Undoing, Undone } from '../../run/undoing/effect.js';
import type { First } from '../../run/undoing/effects.js';

/** What a revision is made of: files by their path, the package of another environment, or a file of a bucket. */
export type PackageSource =
  | { readonly files: Readonly<Record<string, string>> }
  | { readonly sourceEnvironment: string; readonly sourceTag?: string | undefined }
  /** `ubiops-file://<bucket>/<path>`. */
  | { readonly package: string };

/** An environment that is found by its name, or created. */
export interface EnvironmentSpec {
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

export interface EnvironmentEffects {
  ensureEnvironment(effect: Effect & First & EnvironmentSpec): Promise<EnvironmentOutput>;
  /** Deletes the environment that carries the origin’s marker, unless a version of a deployment uses it. */
  archiveUnusedEnvironment(
    undoing: Undoing & { readonly project: string; readonly environment?: string | undefined },
  ): Promise<Undone>;
}
