/** Faults, chosen by endpoint and occurrence. */
import { z } from 'zod';

const counting = {
  endpoint: z.string(),
  /** Strikes the nth matching request, counted from now. */
  occurrence: z.number().int().positive().default(1),
  /** How many requests in a row it strikes. */
  times: z.number().int().positive().default(1),
};

/** The body of `POST /_simulator/faults`. */
export const FaultBody = z.discriminatedUnion('kind', [
  /** The request is carried out; its answer never arrives. */
  z.strictObject({ ...counting, kind: z.literal('lose-answer') }),
  /** The connection breaks before anything is carried out. */
  z.strictObject({ ...counting, kind: z.literal('lose-request') }),
  /** The request is carried out; its answer comes after `ms` real milliseconds. */
  z.strictObject({ ...counting, kind: z.literal('hold-answer'), ms: z.number().int().nonnegative() }),
  /** Nothing is carried out; this is answered. */
  z.strictObject({
    ...counting,
    kind: z.literal('status'),
    status: z.number().int().min(200).max(599),
    headers: z.record(z.string(), z.string()).optional(),
    /** An object is sent as JSON, a string as it is. */
    body: z.unknown().optional(),
  }),
]);

/** What a fault does to a request. */
export type Fault = z.output<typeof FaultBody>;

/** A fault in the list, and what it has met so far. */
export type ListedFault = Fault & { readonly id: number; readonly seen: number; readonly struck: number };

/** The faults of one simulator. */
export interface Faults {
  add(fault: Fault): ListedFault;
  list(): ListedFault[];
  clear(): void;
  /** The fault that strikes this request, if any. Every call counts as one occurrence. */
  next(endpoint: string): Fault | undefined;
}

/** No faults yet. */
export function createFaults(): Faults {
  let faults: (Fault & { id: number; seen: number; struck: number })[] = [];
  let count = 0;
  return {
    add(fault) {
      count += 1;
      const listed = { ...fault, id: count, seen: 0, struck: 0 };
      faults.push(listed);
      return { ...listed };
    },
    list: () => faults.map((fault) => ({ ...fault })),
    clear() {
      faults = [];
    },
    next(endpoint) {
      let striking: Fault | undefined;
      for (const fault of faults.filter((one) => one.endpoint === endpoint)) {
        fault.seen += 1;
        if (striking !== undefined || fault.seen < fault.occurrence || fault.struck >= fault.times) continue;
        fault.struck += 1;
        striking = fault;
      }
      return striking;
    },
  };
}
