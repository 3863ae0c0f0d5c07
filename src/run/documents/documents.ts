/**
 * Pipelines that people write, checked: plain JSON, which becomes a part of the start of each of their runs. Every name in
 * one is known, and every expression parses.
 */
import type { Overlap } from '../schedules/overlaps.js';
import type { Json } from '../json.js';

/** A JSON Schema, or a part of one. Which keywords there are is checked where a document is read. */
export type JsonSchema = { readonly [keyword: string]: Json };

/** How often a failed step is made again, each time as a new generation. */
export type Tries = {
  /** All of them, the first included. */
  readonly count: number;
  /** How long to wait before the second; then twice as long each time. */
  readonly backoff: string;
  /** No wait is longer. */
  readonly upTo: string;
  /** How long each may take. */
  readonly within?: string;
};

/** One step. */
export type DocumentStep = {
  /** As the table of kinds has it: `domino.job`, `gate`. */
  readonly kind: string;
  /** `null` for a kind that calls no platform. */
  readonly connection: string | null;
  readonly description?: string;
  /** CEL, without `${{ }}`. */
  readonly if?: string;
  /** Steps that it waits for, and without whose success it is skipped: those it names under `needs`, and those it reads. */
  readonly needs: readonly string[];
  /** Steps that it waits for however they end: of these it reads the state, or what may be missing. */
  readonly awaits: readonly string[];
  /** The nearest step above it that can say no; `null` where there is none. */
  readonly heldBy: string | null;
  /** A list, an expression that comes to one, or lists by name, whose product it is. */
  readonly each?: Json;
  readonly atOnce?: number;
  readonly onFailure: 'stop' | 'continue';
  readonly within?: string;
  readonly tries?: Tries;
  /** Its arguments, with expressions in them. */
  readonly with: { readonly [key: string]: Json };
  /** By key of `with`: the step whose output is given there. */
  readonly takes: { readonly [key: string]: string };
  /** Metrics that others name of it: a job is not done before they are there. */
  readonly metrics?: readonly string[];
  /** Of a step that asks for an approval: the deployment below it that the approval is for. */
  readonly approves?: string;
  /** The step whose metrics the approver is shown, where the deployment itself takes none: the gate above judges it. */
  readonly judged?: string;
};

/** A checked document. */
export type PipelineDocument = {
  readonly longhaul: 'pipeline/v1';
  readonly pipeline: string;
  readonly description?: string;
  /** JSON Schema of the input of a run. */
  readonly input: JsonSchema;
  readonly overlap: Overlap;
  /** How long a run may take, without its `finally`. */
  readonly within?: string;
  /** In the order of the file. */
  readonly steps: { readonly [name: string]: DocumentStep };
  readonly finally?: {
    readonly within: string;
    readonly steps: { readonly [name: string]: DocumentStep };
  };
  /** What a run hands over, by name. */
  readonly outputs: { readonly [name: string]: Json };
  /** Outcomes that its `end` steps give. */
  readonly outcomes: readonly string[];
  /** Metrics that it names: jobs keep them before all others. */
  readonly metrics: readonly string[];
  /** Documents that its steps run as runs of their own, by name. */
  readonly children?: { readonly [name: string]: PipelineDocument };
  /** By kind and key of `with`: the schema that a value must fit which an expression comes to. */
  readonly fits: { readonly [kind: string]: { readonly [key: string]: JsonSchema } };
};

/** Every step with its name, those under `finally` last. */
export const allSteps = ({
  steps,
  finally: last,
}: Pick<PipelineDocument, 'steps' | 'finally'>): (readonly [string, DocumentStep])[] => [
  ...Object.entries(steps),
  ...Object.entries(last?.steps ?? {}),
];

/** What of a document is compared with another: without the schemas that follow from its kinds. */
export const asWritten = ({ fits: _, children, ...written }: PipelineDocument): WrittenDocument => ({
  ...written,
  ...(children && {
    children: Object.fromEntries(Object.entries(children).map(([name, child]) => [name, asWritten(child)])),
  }),
});

type WrittenDocument = Omit<PipelineDocument, 'fits' | 'children'> & {
  readonly children?: { readonly [name: string]: WrittenDocument };
};

/** A document, those that its steps run, and theirs. */
export const withChildren = (document: PipelineDocument): readonly PipelineDocument[] => [
  document,
  ...Object.values(document.children ?? {}).flatMap(withChildren),
];

/** Every connection on which a run acts: whoever sees it, or does anything to it, needs a right on each. */
export const usedBy = ({
  connection,
  connections = [connection],
}: {
  readonly connection: string;
  readonly connections?: readonly string[] | undefined;
}): readonly string[] => connections;

/**
 * The connections on which a document does anything, with those on which the runs do that its steps start; its own runs are
 * listed and planned under the first.
 */
export const connectionsOf = (
  document: Pick<PipelineDocument, 'steps' | 'finally' | 'children'>,
): readonly string[] => [
  ...new Set([
    ...allSteps(document).flatMap(([, { connection }]) => connection ?? []),
    ...Object.values(document.children ?? {}).flatMap(connectionsOf),
  ]),
];
