/** placeholder */
export interface WireRequest {
  readonly body: unknown;
  readonly query: Readonly<Record<string, string>>;
}
export const toReference = (_name: string, wire: WireRequest): WireRequest => wire;
export const fromReference = (_name: string, body: unknown): unknown => body;
