/** What workflows report of runs to the metrics of their worker. Times are in milliseconds. */
export interface RunMeters {
  runEnded(run: {
    readonly pipeline: string;
    readonly status: string;
    readonly code: string | undefined;
    readonly lastedMs: number;
  }): void;
  stepEnded(step: {
    readonly pipeline: string;
    readonly step: string;
    readonly status: string;
    readonly lastedMs: number;
  }): void;
  stepParked(step: { readonly pipeline: string; readonly step: string; readonly code: string }): void;
  ticked(tick: { readonly pipeline: string; readonly decision: string }): void;
}
