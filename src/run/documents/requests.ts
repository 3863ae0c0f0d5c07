/** Requests that a document states itself: their part of the port between workflows and activities. */
import type { Doubt, Effect } from '../undoing/effect.js';
import type { Json } from '../steps.js';

/** The methods that a request to a service may have. */
export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof httpMethods)[number];

/**
 * What a second delivery of a request does: nothing (`safe`); the same again, for the service knows it by its key
 * (`idempotent`); or perhaps something else. Such a one is sent `once`.
 */
export type Delivered = 'safe' | 'idempotent' | 'once';

/** What of an answer is kept, by the name that it is given: JSON Pointers into it. */
export type Selection = Readonly<Record<string, string>>;

/** A request to a service that the configuration names. */
export interface HttpSpec {
  readonly service: string;
  readonly method: HttpMethod;
  /** Encoded, from where the service begins. */
  readonly path: string;
  readonly query: Readonly<
    Record<string, string | number | boolean | readonly (string | number | boolean)[]>
  >;
  /** A text is sent as it is, anything else as JSON; left out, nothing. */
  readonly body?: Json | undefined;
  /** Statuses that are an answer; left out, any 2xx. */
  readonly expect?: readonly number[] | undefined;
  readonly replay: Delivered;
  readonly select?: Selection | undefined;
}

export type HttpOutput = {
  readonly status: number;
  /** JSON where the answer is, else its text; `null` where it is empty. Of a selection, what was selected, by name. */
  readonly body: Json;
};

/** A call of an endpoint of the contract. */
export interface CallSpec {
  /** `<platform>.<group>.<endpoint>`. */
  readonly endpoint: string;
  /** By name of a placeholder of its path. */
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly query?: { readonly [key: string]: Json } | undefined;
  readonly body?: Json | undefined;
  readonly select?: Selection | undefined;
  /** The document and its input alone name what is called; no step before may have made it. */
  readonly given?: true;
}

export type CallOutput = Doubt & {
  /** As far as the contract knows it; `null` where the platform answers nothing. Of a selection, what was selected, by name. */
  readonly body: Json;
};

export interface RequestEffects {
  /**
   * Calls an endpoint, as its `replay` and `found` allow. What creates and cannot be found again is sent once, and fails as
   * `EFFECT_UNKNOWN`.
   */
  callEndpoint(call: Effect & CallSpec): Promise<CallOutput>;
  /**
   * Sends a request to a service. One that is sent once fails as `EFFECT_UNKNOWN` where its answer is lost, and where an
   * attempt before may have sent it.
   */
  sendRequest(request: Effect & HttpSpec): Promise<HttpOutput>;
}
