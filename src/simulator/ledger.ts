/** The ledger: every request, in the order of arrival, and what it really changed. */

/** One thing that a request created or changed. */
export interface LedgerEffect {
  readonly change: 'created' | 'changed';
  /** The kind of object on its platform, such as `job`. */
  readonly kind: string;
  /** The id of the object. A registered model's is its name, a version's `<name>/<number>`. */
  readonly id: string;
  /** What stood in brackets in its title, summary or description, such as `lh:k3f9x2m7qa`. */
  readonly marker?: string;
}

/** One request. */
export interface LedgerEntry {
  /** 1 for the first request. */
  readonly seq: number;
  /** Real time of arrival, ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** `group.endpoint` of the contract, the name of a route beside it (`predictions.predict`), or `null` for an unknown route. */
  readonly endpoint: string | null;
  /** What was answered, or would have been if the answer had not been lost; `null` before and without one. */
  readonly status: number | null;
  readonly effects: readonly LedgerEffect[];
  /** The fault that struck the request. */
  readonly fault?: string;
  /** When it was carried out, if that was later than it arrived: the commit was late. Real time, ISO 8601. */
  readonly committed?: string;
}

/** A row that is still being written. */
export interface OpenRow {
  status: number | null;
  fault?: string;
  committed?: string;
  readonly effects: LedgerEffect[];
}

/** The ledger of one simulator. */
export interface Ledger {
  /** Writes the row of a request that has arrived; the answer is filled in later. */
  open(request: {
    readonly method: string;
    readonly path: string;
    readonly endpoint: string | null;
  }): OpenRow;
  /** The rows after a sequence number, oldest first. */
  entries(since?: number): LedgerEntry[];
  /** Forgets all rows; the next one is the first again. */
  clear(): void;
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const rows: (OpenRow & LedgerEntry)[] = [];
  return {
    open(request) {
      const row = {
        seq: rows.length + 1,
        time: new Date().toISOString(),
        ...request,
        status: null,
        effects: [],
      };
      rows.push(row);
      return row;
    },
    entries: (since = 0) => structuredClone(rows.slice(since)),
    clear: () => void rows.splice(0),
  };
}

const markerPattern = /\[([a-z]+:[a-z0-9]{6,})\]/;

/** The first marker in the first text that has one. */
export function markerIn(texts: readonly (string | undefined)[]): string | undefined {
  for (const text of texts) {
    const marker = markerPattern.exec(text ?? '')?.[1];
    if (marker !== undefined) return marker;
  }
  return undefined;
}
