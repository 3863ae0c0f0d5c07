/**
 * What is read of a platform outside of runs: whose credential a connection has, whether its host answers, and the jobs that
 * people look at. Each platform says how in its folder; `wings.ts` lists them.
 */
import type { Contract } from '../contract/endpoint.js';
import { type AnyClient, type PlatformClient, createAnyClient, typedClient } from './client.js';
import type { PlatformConnection } from './transport.js';
import type { Wing } from './wing.js';

/** How one platform is read, over a client of its contract. */
export interface Readings<C extends Contract> {
  /** Whose credential it is. Changes nothing; any answer of the platform proves that it is accepted. */
  whoAmI(client: PlatformClient<C>): Promise<string>;
  /** The version of the platform. */
  versionOf(client: PlatformClient<C>): Promise<string>;
  /** The text of a job that may carry a marker; `null` where it has none. */
  markedText(client: PlatformClient<C>, jobId: string): Promise<string | null>;
  /** The lines of a job's log after those that were read before, oldest first. */
  logPage(client: PlatformClient<C>, asked: LogAsked): Promise<JobLog>;
}

/** Which lines of a log. */
export interface LogAsked {
  readonly jobId: string;
  /** Where the page before has ended; left out, from the beginning. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** A part of a log. */
export interface JobLog {
  readonly lines: readonly { readonly at: string | undefined; readonly text: string }[];
  /** Where it ends; left out where the platform does not say. */
  readonly after: string | undefined;
  /** Whether the job has ended, and its log with it. */
  readonly isComplete: boolean;
}

/** A platform, for whoever has a connection to it. */
export interface Platform {
  /** In messages. */
  readonly name: string;
  /** How connections to it may be spelled. */
  readonly dialects: readonly string[];
  /**
   * A client of a connection.
   * @throws LonghaulError `CONFIG_INVALID`
   */
  connect(connection: PlatformConnection): AnyClient;
  /** Endpoints of its contract, `group.endpoint`, that a dialect has no words for. */
  lacks(dialect: string): readonly string[];
  /** The same as `connect`, for what is read outside of runs. */
  read(connection: PlatformConnection): ConnectionReadings;
}

/** The readings of one connection. */
export interface ConnectionReadings {
  whoAmI(): Promise<string>;
  version(): Promise<string>;
  markedText(jobId: string): Promise<string | null>;
  logPage(asked: LogAsked): Promise<JobLog>;
}

/** A platform of its wing and how it is read. */
export const platformOf = <C extends Contract>(wing: Wing<C>, readings: Readings<C>): Platform => ({
  name: wing.name,
  dialects: Object.keys(wing.dialects),
  connect: (connection) => createAnyClient(wing, connection),
  lacks: (dialect) => wing.dialects[dialect]?.lacks ?? [],
  read: (connection) => {
    const client = typedClient(wing, createAnyClient(wing, connection));
    return {
      whoAmI: () => readings.whoAmI(client),
      version: () => readings.versionOf(client),
      markedText: (jobId) => readings.markedText(client, jobId),
      logPage: (asked) => readings.logPage(client, asked),
    };
  },
});
