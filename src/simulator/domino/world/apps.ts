/** Apps, as they are kept. Times are simulated milliseconds since the epoch. */
import type { Environment, Project, Revision } from './state.js';
import type { Build } from './timelines.js';

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
