/**
 * Everything that is true of one platform only: how it authorizes, how it refuses, and how its API is spelled. Each
 * platform implements it in a folder beside this file; the files in this folder know no platform.
 */
import type { Contract } from '../contract/endpoint.js';
import type { FailureCode } from '../run/failures/errors.js';

/** One platform. Its contract decides which endpoints a client has. */
export interface Wing<C extends Contract = Contract> {
  /** The platform's name in messages. */
  readonly name: string;
  readonly contract: C;
  /** The headers that prove who asks. */
  readonly authorize: (credential: Credential) => Readonly<Record<string, string>>;
  readonly refusals: Refusals;
  /**
   * Where its API begins; left out, at the connection's `url`.
   * @throws LonghaulError `CONFIG_INVALID` for an address that is of another dialect
   */
  readonly rootOf?: (connection: {
    readonly name: string;
    readonly url: string;
    readonly dialect: string;
  }) => string;
  /** Its spellings, by the name that a connection's `dialect` states. */
  readonly dialects: Readonly<Record<string, Dialect>>;
}

/** How to prove who asks. */
export interface Credential {
  readonly kind: 'apiKey' | 'bearer';
  readonly value: string;
}

/** A JSON object that no schema has checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** The headers of an answer. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How a platform refuses a request. */
export interface Refusals {
  /** The 4xx statuses that the platform itself answers. Any other comes from something in between, such as a proxy's 407. */
  readonly statuses: readonly number[];
  /** Whether a body has one of the platform's own error shapes. A proxy's JSON does not. */
  isOwn(body: Fields): boolean;
  /** Reads an error body that is not JSON; left out, none is the platform's. */
  readonly fieldsOf?: (text: string) => Fields | null;
  /** For how many milliseconds the platform asks to be sent nothing, where it says so in a header of its own at `nowMs`. */
  readonly heldMs?: (headers: Headers, nowMs: number) => number | undefined;
  /** Reads the message of an error body, whoever wrote it. */
  said(body: Fields): Said;
  /** The code of a refusal by the platform; `null` where the status means what HTTP says. */
  codeOf(refusal: Refused): FailureCode | null;
}

/** What an error body says. */
export interface Said {
  /** Empty where the body has no message. */
  readonly words: string;
  /** The id of the request in the platform's own logs. */
  readonly requestId?: string | undefined;
}

/** A refusal by the platform itself. */
export interface Refused {
  /** The endpoint's path, with its placeholders. */
  readonly path: string;
  readonly status: number;
  /** The platform's message, cut to a bounded length. */
  readonly reason: string;
}

/** A spelling of a platform's API. A member that is left out means: as in the contract. `name` is `group.endpoint`. */
export interface Dialect {
  /**
   * Translates a request from the contract's spelling into this one.
   * @throws PlatformError `REQUEST_REJECTED` for what this one cannot say
   */
  readonly request?: (name: string, wire: WireRequest) => WireRequest;
  /** Translates an answer from this spelling into the contract's. */
  readonly answer?: (name: string, body: unknown) => unknown;
  /** Endpoints of the contract that this spelling has no words for; left out, none. */
  readonly lacks?: readonly string[];
  /** Whether an answer may be plain text where the contract has JSON, such as a log. `answer` then gets the text. */
  readonly takesText?: boolean;
}

/** The parts of a request that a dialect translates. */
export interface WireRequest {
  readonly body: unknown;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}
