/**
 * What an endpoint is, and the few types derived from a table of them.
 *
 * A contract is plain data, exactly two levels deep (group → endpoint), so that the derived types stay flat and
 * compile fast. Everything that knows the platforms' wire is derived from these tables: the typed client, the
 * simulator's routes, `docs/reference/endpoints.md`.
 */
import type { z } from 'zod';

/** How an answer's body is read: JSON, text, raw bytes, or not at all (`204`). */
export type Encoding = 'json' | 'text' | 'bytes' | 'none';

/**
 * How what an endpoint has created is found again after its answer was lost: by a text of the request that carries a marker,
 * and that a list shows. Places within an item are names with dots between them.
 */
export interface Found {
  /** The list, of the same group, in which it stands; it takes the parameters of the path of the creation. */
  readonly in: string;
  /** Where the items are in its answer; left out, the answer is the list. */
  readonly items?: string;
  /** Whether it pages by offset. */
  readonly pages?: true;
  /** By name of a field of its query: where in the body of the creation its value is. */
  readonly within?: Readonly<Record<string, string>>;
  /** Where an item says when it was made, of a list that begins with the newest. */
  readonly since?: string;
  /** The field of the body that carries the marker. */
  readonly by: string;
  /** Where that text is in an item, unless it is there under the same name. */
  readonly as?: string;
  /** What answers as the creation did, of the same group. */
  readonly get: string;
  /** By name of a parameter of its path, beside those of the creation: where an item has its value. */
  readonly id: Readonly<Record<string, string>>;
}

/** How a list tells where its next page begins. */
export type Paging = {
  /** Where the items are in the answer, names with dots between them; empty: the answer is the list. */
  readonly items: string;
} & (
  | { readonly by: 'none' }
  /** `offset` and `limit` of the query. */
  | { readonly by: 'offset' }
  /** The number of the page, in the query or in the path: a parameter of this name. */
  | { readonly by: 'page'; readonly ask: string; readonly first: number }
  /** A token or a cursor: the parameter of the query that takes it, and where the answer has the next one, or a link with it. */
  | { readonly by: 'token'; readonly ask: string; readonly answer: string }
);

/**
 * How what an endpoint has created under a name of the caller's is found again: nothing else can have that name, and what has it
 * may still be another's.
 */
export interface Named {
  /** By name of a parameter of the path of `get`, beside those of the creation: the field of the body with its value. */
  readonly named: Readonly<Record<string, string>>;
  /** What reads it, of the same group. */
  readonly get: string;
  /** The fields of the body that it shows as they were sent, if it is the same. */
  readonly same: readonly string[];
}

/** The endpoint that shows what was created. */
export const readerOf = (found: Found | Named): string => ('named' in found ? found.get : found.in);

/** One endpoint of a platform, stated once. `replay`: what a second delivery does: nothing, the same again, or another object. */
export type Endpoint = EndpointFacts &
  (
    | { readonly replay: 'safe' | 'idempotent'; readonly found?: never }
    /** `none`: no list shows a text of the request, and it has no name of its own. */
    | { readonly replay: 'creates'; readonly found: Found | Named | 'none' }
  );

interface EndpointFacts {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path from the host's root, with `{name}` placeholders; `{+name}` at the end keeps its slashes (RFC 6570). */
  readonly path: `/${string}`;
  /** The dialects that have it; left out, all. */
  readonly dialects?: readonly string[];
  /** By dialect: fields of its query and its body that this one has no words for, and what says it instead. */
  readonly lacks?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** One sentence, for the generated reference. */
  readonly summary: string;
  /** The document and heading that this entry was taken from. */
  readonly source: string;
  readonly query?: z.ZodType;
  /** Strict: a field that the platform does not know is our mistake. */
  readonly body?: z.ZodType;
  /**
   * How the body is written: JSON unless stated. Bytes may be given as a `Blob`, such as a file that is read while it is sent. Fields
   * of `multipart` are text, or a `FilePart`. `plain` is JSON, but for a text, which is sent as it is.
   */
  readonly bodyEncoding?: 'json' | 'bytes' | 'multipart' | 'plain';
  /** Loose: only the fields that are used are required. */
  readonly response: z.ZodType;
  /** `json` unless stated. Bytes may be elsewhere: the answer is then a redirection, which is followed without a credential. */
  readonly encoding?: Encoding;
  /** How its list is read page by page, where that does not follow from its query and its answer; `null`: it is no list. */
  readonly pages?: Paging | null;
  /** Success status as documented; 200 unless stated. Any 2xx is accepted. */
  readonly status?: 200 | 201 | 204;
  /** Whether its request or its answer holds a secret: neither may reach a history or a log. */
  readonly secret?: true;
}

/** A platform's endpoints by group and name. */
export type Contract = Readonly<Record<string, Readonly<Record<string, Endpoint>>>>;

/** Declares one endpoint, keeping its literal path and its schemas' types. */
export const endpoint = <const E extends Endpoint>(spec: E): E => spec;

/** The names of the `{placeholders}` of a path. */
export type PathParameters<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `+${infer Plain}` ? Plain : Name) | PathParameters<Rest>
  : never;

type PathInput<E extends Endpoint> = [PathParameters<E['path']>] extends [never]
  ? object
  : { readonly path: Readonly<Record<PathParameters<E['path']>, string>> };
type QueryInput<E extends Endpoint> = E extends { query: infer Q extends z.ZodType }
  ? { readonly query?: z.input<Q> }
  : object;
type BodyInput<E extends Endpoint> = E extends { body: infer B extends z.ZodType }
  ? { readonly body: z.input<B> | (E extends { bodyEncoding: 'bytes' } ? Blob : never) }
  : object;

/** What a caller passes to an endpoint: its path parameters, query and body, where it has them. */
export type Input<E extends Endpoint> = PathInput<E> & QueryInput<E> & BodyInput<E>;

/** What an endpoint answers, decoded. */
export type Output<E extends Endpoint> = z.output<E['response']>;

/** An endpoint with its place in the contract. */
export interface NamedEndpoint {
  readonly group: string;
  readonly name: string;
  readonly endpoint: Endpoint;
}

/** Every endpoint of a contract, in the order of its tables. */
export function walk(contract: Contract): NamedEndpoint[] {
  return Object.entries(contract).flatMap(([group, endpoints]) =>
    Object.entries(endpoints).map(([name, spec]) => ({ group, name, endpoint: spec })),
  );
}
