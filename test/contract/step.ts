/** One step of driving a simulator. `{name}` stands for what an answer before has kept under that name. */

/** One request, or some seconds that pass. */
export type Step =
  | {
      readonly call: string;
      /** Parameters of the path. */
      readonly at?: Readonly<Record<string, string>>;
      readonly query?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      /** By name: where in the answer. */
      readonly keep?: Readonly<Record<string, string>>;
    }
  | { readonly pass: number };
