/** What `POST /_simulator/faults` accepts: which requests a fault strikes, and what it does to them. */
import { z } from 'zod';

const ms = z.number().int().nonnegative();

const choosing = {
  /** `group.endpoint` of the contract. Either part may be `*`, and `*` alone is every endpoint. */
  endpoint: z.string(),
  /** Strikes from the nth matching request on, counted from now. */
  occurrence: z.number().int().positive().default(1),
  /** How many requests it strikes at most: 1 unless stated, and no limit where there is a `probability`. */
  times: z.number().int().positive().optional(),
  /** Strikes a request with this chance. `seed`, endpoint and the number of the request decide, nothing else. */
  probability: z.number().positive().max(1).optional(),
  seed: z.number().int().optional(),
  /** Only what reads (`GET`), or only what does not. */
  requests: z.enum(['reads', 'writes']).optional(),
};

const kind = <const K extends string, S extends z.ZodRawShape>(name: K, shape: S) =>
  z.strictObject({ ...choosing, kind: z.literal(name), ...shape });

/** The body of `POST /_simulator/faults`. */
export const FaultBody = z
  .discriminatedUnion('kind', [
    /** The request is carried out; its answer never arrives. */
    kind('lose-answer', {}),
    /** The connection breaks before anything is carried out. */
    kind('lose-request', {}),
    /**
     * The connection breaks at once, or a gateway that has lost patience answers `status`; the request is carried out `ms`
     * real milliseconds later, or `ms` after it was sent once more: never, if it is not.
     */
    kind('late-commit', {
      ...{ ms, after: z.enum(['break', 'repeat']).default('break') },
      status: z.number().int().min(400).max(599).optional(),
    }),
    /** The connection breaks, and none is accepted for `ms` real milliseconds. */
    kind('refuse-connection', { ms }),
    /** The request is carried out; its answer comes after `ms` real milliseconds. */
    kind('hold-answer', { ms }),
    /** The request is carried out; the head of its answer comes at once, the body drips for `ms`. */
    kind('slow-body', { ms }),
    /** The request is carried out; the connection breaks after half of the body, or after `bytes` of it. */
    kind('truncate', { bytes: z.number().int().nonnegative().optional() }),
    /** The request is carried out; the body of its answer cannot be decoded, although it arrives whole. */
    kind('garble', { into: z.enum(['half', 'nothing', 'page', 'gzip']).default('half') }),
    /** This is answered, as by a proxy; nothing is carried out unless `carryOut`. */
    kind('status', {
      status: z.number().int().min(200).max(599),
      headers: z.record(z.string(), z.string()).optional(),
      /** An object is sent as JSON, a string as it is. */
      body: z.unknown().optional(),
      carryOut: z.boolean().optional(),
    }),
    /** What is read is what was there `ms` real milliseconds ago. */
    kind('stale', { ms }),
    /** From the second page on, a list is read as if `count` items had come or gone before it since the first. */
    kind('page-shift', {
      items: z.enum(['twice', 'missing']),
      count: z.number().int().positive().default(1),
    }),
  ])
  .refine((fault) => fault.seed === undefined || fault.probability !== undefined, {
    path: ['seed'],
    message: 'decides a probability, and there is none',
  });

/** What a fault does to a request. */
export type Fault = z.output<typeof FaultBody>;

/** A request, as far as faults are chosen by it. */
export interface FaultTarget {
  readonly endpoint: string;
  readonly method: string;
  readonly query?: unknown;
}

/** Whether a fault of its kind, with what it says about requests, can strike such a request. */
export function canStrike(fault: Fault, { endpoint, method }: FaultTarget): boolean {
  const isRead = method === 'GET';
  if (!isNamedBy(fault.endpoint, endpoint)) return false;
  if (fault.requests !== undefined && isRead !== (fault.requests === 'reads')) return false;
  if (fault.kind === 'stale' || fault.kind === 'page-shift') return isRead;
  return fault.kind !== 'late-commit' || !isRead;
}

/** Whether a pattern of `endpoint` names an endpoint. */
export function isNamedBy(pattern: string, endpoint: string): boolean {
  if (pattern === '*') return true;
  const wanted = pattern.split('.');
  const parts = endpoint.split('.');
  return wanted.length === parts.length && wanted.every((part, at) => part === '*' || part === parts[at]);
}
