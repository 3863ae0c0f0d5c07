/**
 * Everything that is true of one simulated platform only. Each platform implements it in a folder beside this file; the
 * server, the ledger, the faults and the clock know no platform.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Contract, Endpoint, NamedEndpoint } from '../contract/endpoint.js';

/** One simulated platform. */
export interface SimulatedWing {
  readonly contract: Contract;
  /** What stands before the paths of its contract; left out, nothing. */
  readonly root?: `/${string}`;
  /** Routes that its contract does not have. */
  readonly extras: readonly ExtraRoute[];
  /** Its OpenAPI description without the paths. */
  readonly description: object;
  /** What `POST /_simulator/<name>` does, for controls that only this platform has. Each throws Refusal. */
  readonly controls: Readonly<Record<string, (body: unknown) => object>>;
  /** The keys in the headers of a request. */
  keysIn(headers: IncomingHttpHeaders): readonly unknown[];
  /** Whether a key beside that of the simulator is one now; left out, none is. */
  isKey?(key: string): boolean;
  /** The address of a request as its routes have it; left out, as it came. */
  rewrite?(url: string): string;
  /** Whether an endpoint needs no key; left out, all need it. */
  isOpen?(endpoint: string): boolean;
  /** Counts a request of an address before it is carried out; left out, there may be any number. */
  admit?(address: string): Admission;
  /** A new id for an answer. */
  requestId(): string;
  /** The body of a refusal, in the platform's error shape. */
  errorBody(refused: Refused): object;
  /**
   * Carries out a request of its contract.
   *
   * @throws Refusal
   */
  carry(endpoint: NamedEndpoint, sent: WireRequest, how: Carrying): Promise<WireAnswer>;
  /** Ends everything that runs, and removes what it wrote. */
  close(): Promise<void>;
}

/** A route that its contract does not have. */
export interface ExtraRoute {
  /** Its name in the ledger and in faults. */
  readonly endpoint: string;
  readonly method: Endpoint['method'];
  /** With placeholders, as a path of the contract. */
  readonly path: `/${string}`;
  /** JSON unless stated. What is `kept` is told as `Stored`. */
  readonly bodyEncoding?: Endpoint['bodyEncoding'] | 'kept' | undefined;
  /**
   * Carries out a request.
   *
   * @throws Refusal
   */
  carry(sent: WireRequest, how: Carrying): Promise<WireAnswer>;
}

/** Whether a request may come now. */
export interface Admission {
  /** Of its answer, whatever that is. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why it may not; it is answered 429. */
  readonly refusal: string | null;
}

/** A request on the wire. Its body is parsed JSON, or bytes or a `Form` where the contract says so. */
export interface WireRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
}

/** An answer on the wire. A body is JSON, or text, bytes or `Stored` ones as they are. */
export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** How a request is carried out. */
export interface Carrying {
  readonly requestId: string;
  /** The keys in its headers. */
  readonly keys: readonly unknown[];
  /** Where the simulator was asked, such as `http://127.0.0.1:8787`. */
  readonly origin: string;
  /** Answers from the state of so many real milliseconds ago; left out, from the present state. */
  readonly agoMs?: number | undefined;
  /** Notes in the ledger what the request changed; the texts may hold its marker. */
  readonly note: (
    change: 'created' | 'changed',
    kind: string,
    id: string,
    ...texts: readonly (string | undefined)[]
  ) => void;
}

/** A request that is refused, with the message. */
export interface Refused {
  readonly path: string;
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
}
