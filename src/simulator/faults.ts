/** Faults: which one strikes a request, by endpoint and occurrence or by a seeded chance. */
import { createHash } from 'node:crypto';
import { type Fault, type FaultTarget, canStrike } from './fault-body.js';

/** A fault in the list, and what it has met so far. */
export type ListedFault = Fault & { readonly id: number; readonly seen: number; readonly struck: number };

/** The faults of one simulator. */
export interface Faults {
  add(fault: Fault): ListedFault;
  list(): ListedFault[];
  clear(): void;
  /** The fault that strikes this request, if any. Every call counts as one occurrence. */
  next(request: FaultTarget): Fault | undefined;
}

interface Armed {
  readonly fault: Fault;
  readonly id: number;
  seen: number;
  struck: number;
  /** Of each endpoint that it matches: chance is decided by the endpoint’s own count. */
  readonly seenOf: Map<string, number>;
}

/** No faults yet. */
export function createFaults(): Faults {
  let armed: Armed[] = [];
  let count = 0;
  return {
    add(fault) {
      count += 1;
      const times = fault.times ?? (fault.probability === undefined ? 1 : undefined);
      const one: Armed = {
        fault: { ...fault, ...(times !== undefined && { times }) },
        ...{ id: count, seen: 0, struck: 0, seenOf: new Map() },
      };
      armed.push(one);
      return listed(one);
    },
    list: () => armed.map(listed),
    clear() {
      armed = [];
    },
    next(request) {
      let striking: Fault | undefined;
      for (const one of armed.filter(({ fault }) => isMet(fault, request))) {
        const strikes = meets(one, request.endpoint);
        if (striking !== undefined || !strikes) continue;
        one.struck += 1;
        striking = one.fault;
      }
      return striking;
    },
  };
}

const listed = ({ fault, id, seen, struck }: Armed): ListedFault => ({ ...fault, id, seen, struck });

/** A shift between pages is met by what reads a later page alone. */
const isMet = (fault: Fault, request: FaultTarget): boolean =>
  canStrike(fault, request) && (fault.kind !== 'page-shift' || isLaterPage(request.query));

/** Whether a query asks for more than the first page of a list. */
export function isLaterPage(query: unknown): boolean {
  const { offset, pageToken } = { ...(query as { offset?: unknown; pageToken?: unknown }) }; // fields of a parsed query
  return Number(offset) > 0 || Number(pageToken) > 0;
}

/** Counts a request that a fault has met, and says whether it strikes. */
function meets(one: Armed, endpoint: string): boolean {
  const { occurrence, times, probability, seed = 1 } = one.fault;
  one.seen += 1;
  const nth = (one.seenOf.get(endpoint) ?? 0) + 1;
  one.seenOf.set(endpoint, nth);
  if (one.seen < occurrence || one.struck >= (times ?? Number.POSITIVE_INFINITY)) return false;
  return probability === undefined || chance(seed, endpoint, nth) < probability;
}

/** A number from 0 up to 1 that the same seed, endpoint and count decide alike. */
function chance(seed: number, endpoint: string, nth: number): number {
  const digest = createHash('sha256').update([seed, endpoint, nth].join(' ')).digest();
  return digest.readUInt32BE(0) / 0x1_0000_0000;
}
