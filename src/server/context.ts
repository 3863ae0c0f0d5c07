/** What the routes are made from. */
import type { Authenticator } from '../access/authenticator.js';
import type { AuditLog } from '../audit/log.js';
import type { Documents, FaultyDocument, LonghaulClient } from '../client.js';
import type { Config } from '../config.js';
import type { DocumentChecks } from './document-checks.js';
import type { Admissions } from './following/admissions.js';
import type { Feeds } from './following/feeds.js';
import type { ServerMetrics } from './metrics.js';
import type { Places } from './following/places.js';
import type { Platforms } from './connections/platforms.js';
import type { Tracing } from '../observability/tracing.js';
import type { Refusals } from './refusals.js';

export interface ServerContext {
  readonly client: LonghaulClient;
  readonly config: Config;
  /** Those of the configuration, by the names of their pipelines. */
  readonly documents: Documents;
  /** Those of the configuration that have faults. */
  readonly faulty: readonly FaultyDocument[];
  readonly authenticator: Authenticator;
  readonly audit: AuditLog;
  readonly refusals: Refusals;
  readonly feeds: Feeds;
  readonly places: Places;
  readonly admissions: Admissions;
  readonly metrics: ServerMetrics;
  readonly platforms: Platforms;
  readonly documentChecks: DocumentChecks;
  /** `null` where there are no traces. */
  readonly tracing: Tracing | null;
  /** Aborts when the server stops: streams end then. */
  readonly stopping: AbortSignal;
}
