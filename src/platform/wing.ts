/**
 * What this layer must be told of a platform: how it is asked, how it refuses, and how its API is spelled. One folder
 * beside this file implements it for one platform; no other file of this layer knows any.
 */
import type { Contract } from '../contract/endpoint.js';
import type { FailureCode } from '../pipeline/errors.js';

/** A platform, with the endpoints that a client of it has. */
export interface Wing<C extends Contract = Contract> {
  /** As messages name it. */
  readonly name: string;
  readonly contract: C;
  /** The headers that prove who asks. */
  authorize(credential: Credential): Readonly<Record<string, string>>;
  readonly refusals: Refusals;
  /** Its spellings, by the word that a connection states as its `dialect`. */
  readonly dialects: Readonly<Record<string, Dialect>>;
}

/** How to prove who asks. */
export interface Credential {
  readonly kind: 'apiKey' | 'bearer';
  readonly value: string;
}

/** The fields of a JSON object that is not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** How a platform refuses a request. */
export interface Refusals {
  /** By which it refuses. Others are of something in between, such as 407, or 499 of a client that has gone. */
  readonly statuses: readonly number[];
  /** Whether a body has one of the platform's own error shapes; the JSON of a proxy has not. */
  isOwn(body: Fields): boolean;
  /** What an error body says, whoever wrote it. */
  said(body: Fields): Said;
  /** What a refusal of its own means where that is not what HTTP says of the status; else `null`. */
  codeOf(refusal: Refused): FailureCode | null;
}

/** What an error body says: the words for people, and by which id the platform's own log knows the request. */
export interface Said {
  readonly words: string;
  readonly requestId?: string | undefined;
}

/** A request that the platform has refused. */
export interface Refused {
  /** Of the endpoint, with its placeholders. */
  readonly path: string;
  readonly status: number;
  /** What the platform says is wrong. */
  readonly reason: string;
}

/** A spelling of a platform's API. Without a member it is that of the contract. `name` is `group.endpoint`. */
export interface Dialect {
  /** A request of the contract in this spelling. */
  readonly request?: (name: string, wire: WireRequest) => WireRequest;
  /** An answer in this spelling as the contract has it. */
  readonly answer?: (name: string, body: unknown) => unknown;
  /** Whether a `text/plain` that is no JSON is an answer, as a log may be: `answer` is given the text. */
  readonly takesText?: boolean;
}

/** What is sent, as far as dialects differ in it. */
export interface WireRequest {
  readonly body: unknown;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}
