/**
 * The lookout: one durable workflow that looks for all who wait for something of one kind in one place, such as the jobs of
 * a project. Its words, for those who hand over, for its workflow and activity, and for those who tell what a run waits for.
 */
import type { Json } from './json.js';
import { quote } from './search-attributes.js';

/** Its Temporal workflow type, and the signal by which waits are handed to it. */
export const lookoutWorkflow = 'lookout';
export const awaitedSignalName = 'awaited';

/** Where its activity is taken, beside the effects of the connection: it lasts, and must not hold their slots. */
export const lookoutsQueue = (connection: string): string => `lookouts.${connection}`;

/** What one lookout looks for. */
export interface LookoutOf {
  readonly connection: string;
  /** The effect that waits, such as `awaitJob`. */
  readonly effect: string;
  /** Where: the id of a project, or the same for all of the connection. */
  readonly scope: string;
  /** From 0: another one where those before it have as many waits as they can carry. */
  readonly shard: number;
}

const prefix = 'lookout.';

/** How the ids of all lookouts of a connection begin. */
const lookoutsOf = (connection: string): string => `${prefix}${connection}.`;

/** Those of a connection that stand in one of these ways, as a visibility query. */
export const lookoutsQuery = (connection: string, ...statuses: readonly string[]): string =>
  `WorkflowType = ${quote(lookoutWorkflow)} AND WorkflowId STARTS_WITH ${quote(lookoutsOf(connection))} AND ExecutionStatus IN (${statuses.map(quote).join(', ')})`;

export const lookoutIdOf = ({ connection, effect, scope, shard }: LookoutOf): string =>
  `${lookoutsOf(connection)}${effect}.${encodeURIComponent(scope)}.${shard}`;

/** An await that was handed over: the activity of a run, which rests until it is completed, woken, or looks by itself. */
export interface Wait {
  readonly run: { readonly workflowId: string; readonly runId: string; readonly activityId: string };
  /** The try that has handed it over, from 1. */
  readonly attempt: number;
  /** What is awaited, by its id on the platform. */
  readonly id: string;
  /** The list in which it is, where there is one. */
  readonly list?: string;
  /** The argument of the effect. */
  readonly input: Json;
  /** When the waiting began and when it was handed over, in milliseconds of Temporal’s clock. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** A wait by name: a later try of the same activity takes its place. The id of a run begins with its time, and ends at random. */
export const waitNameOf = ({ run: { runId, activityId } }: Pick<Wait, 'run'>): string =>
  `${runId.slice(-12)}.${activityId}`;

/** The same, with its try. */
export const waitKeyOf = (wait: Pick<Wait, 'run' | 'attempt'>): string =>
  `${waitNameOf(wait)}/${wait.attempt}`;

/** The waits of a lookout, by name. */
export type Waits = Map<string, Wait>;

export function addWaits(waits: Waits, more: readonly Wait[]): void {
  for (const wait of more) waits.set(waitNameOf(wait), wait);
}

/** Takes those out that have ended; one that was handed over anew meanwhile stays. */
export function dropWaits(waits: Waits, ended: readonly string[]): void {
  const keys = new Set(ended);
  for (const [name, wait] of waits) if (keys.has(waitKeyOf(wait))) waits.delete(name);
}

/** What the activity says at its end, and the next one goes on from. */
export interface LookoutStandpoint {
  /** When anything was last seen, and since when the platform has given no usable answer. */
  readonly lookedAtMs?: number | undefined;
  readonly failingSinceMs?: number | undefined;
}

/** The argument of the workflow. */
export interface LookoutStart extends LookoutStandpoint {
  readonly of: LookoutOf;
  /** Of the execution before. */
  readonly waits?: readonly Wait[];
  readonly lasted?: readonly number[];
}

/** The memo of a lookout that takes no more: whoever hands over goes to the next shard. */
export const fullMemo = 'full';

/** What one lookout needs of the workers of its connection. */
export interface LookoutEffects {
  /** Looks for all who wait, until none does, or for some minutes; answers whose wait is over, and how long the last waits took. */
  keepLookout(
    of: { readonly of: LookoutOf; readonly lasted: readonly number[] } & LookoutStandpoint,
  ): Promise<{ readonly ended: readonly string[]; readonly lasted: readonly number[] } & LookoutStandpoint>;
}

/** A run that ends, is reset, or looks by itself is heard of within this time: a wait of which nothing is heard is over. */
export const selfLookMs = 24 * 3_600_000;

/** What an await that was handed over says of it, in the details of its failure. */
export interface HandedOver {
  /** The lookout’s id. */
  readonly lookout: string;
  readonly key: string;
  /** What is awaited, in words: `job 7`. */
  readonly what: string;
}

/** What the lookout tells by its heartbeat. Times are of Temporal’s clock. */
export interface LookoutWord {
  readonly lookedAtMs: number;
  readonly nextLookMs: number;
  /** The status of all but the others; left out, where none is known. */
  readonly usual?: string;
  /** Keys by their status; those of '' have not been looked at. */
  readonly others: Readonly<Record<string, readonly string[]>>;
  /** Since when the platform has given no usable answer, and what it gave. */
  readonly failing?: {
    readonly sinceMs: number;
    readonly message: string;
    /** Until when it has asked to be sent nothing. */
    readonly heldUntilMs?: number;
  };
  /** The same of single waits, by their keys, where the platform answers for others; and when one was last looked at. */
  readonly unanswered?: Readonly<
    Record<string, { readonly sinceMs: number; readonly message: string; readonly lookedAtMs: number }>
  >;
  /** Whose wait is over, since the activity was scheduled. */
  readonly ended: readonly string[];
}

/** As it comes back from a heartbeat; `null` for anything else. */
export function lookoutWordOf(value: unknown): LookoutWord | null {
  if (typeof value !== 'object' || value === null) return null;
  const isWord = 'lookedAtMs' in value && 'nextLookMs' in value && 'others' in value && 'ended' in value;
  return isWord ? (value as LookoutWord) : null; // only a lookout writes these
}
