/** What the activities of one connection are made from. */
import type { Attempting } from './effect/attempt.js';
import type { Probe } from '../probes/ask.js';
import type { AnyClient } from '../platform/client.js';
import type { Service } from '../services/send.js';

/** Lines without secrets. */
export interface Redacted {
  readonly lines: readonly string[];
  /** How many lines more may belong to a private key that has begun. */
  readonly open: number;
}

export interface ActivityDependencies extends Attempting {
  /** The client of its platform, for whoever knows an endpoint by its name. */
  readonly client: AnyClient;
  /** The platform of any connection; `null` of one that is not configured here. */
  readonly platformOf: (connection: string) => string | null;
  /** The platform’s host, for links. */
  readonly url: string;
  /** How its API is spelled: one of the dialects of its wing. */
  readonly dialect: string;
  readonly waits: {
    readonly firstLookMs: number;
    readonly lastLookMs: number;
    readonly settleMs: number;
    readonly undoMs: number;
    readonly sweepMs: number;
    readonly patienceMs: number;
  };
  /** The configured probe of this name; `null` when there is none. */
  readonly probe: (name: string) => Probe | null;
  /** The configured service of this name; `null` when there is none. */
  readonly service: (name: string) => Service | null;
  /** Takes secrets out of a text that came from the platform: those configured, and what looks like one. Keeps its lines. */
  readonly redact: (text: string) => string;
  /** The same of lines that come in pieces: what one piece leaves `open` of a private key is given with the next. */
  readonly redactLines: (lines: readonly string[], open: number) => Redacted;
}
