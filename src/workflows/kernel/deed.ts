/** A step, or an item of one, from its beginning to its end: how far it has come, and how long it may still take. */
import type { Failure } from '../../run/failures/errors.js';
import type { OpenDeed } from '../../run/legs.js';
import type { Preflight } from '../../run/inputs/preflight.js';
import type { PipelineStep } from '../../steps/define.js';
import type { Journal } from '../legs/journal.js';

/** A step, or an item of one, from its beginning to its end. */
export interface Deed {
  readonly name: string;
  readonly step: PipelineStep;
  readonly startedAt: string;
  readonly preflight: Preflight | undefined;
  /** What it is made from, once that is known. */
  spec?: object;
  /** Why what it came to in an earlier attempt does not hold any more. */
  again?: string;
  /** How often it was made, since a person has said something at last. */
  made: number;
  /** How long it may still take; left out, as long as it does. */
  leftMs?: number | undefined;
  /** When it was begun that is under way. */
  sinceMs: number;
  /** Of one that has begun. */
  stage?: Stage;
}

/** How far a deed has come. */
export type Stage =
  | { readonly at: 'performing'; readonly journal: Journal }
  | { readonly at: 'parked' }
  | { readonly at: 'waiting'; readonly untilMs: number; readonly failure: Failure };

/** The deed as the next leg is to know it. */
export function openDeed({ startedAt, made, again, leftMs, sinceMs, stage }: Deed): OpenDeed {
  const written =
    stage?.at === 'performing'
      ? { at: 'performing' as const, journal: stage.journal.written() }
      : (stage ?? { at: 'parked' as const });
  return {
    ...{ startedAt, made, sinceMs, stage: written },
    ...(again !== undefined && { again }),
    ...(leftMs !== undefined && { leftMs }),
  };
}

/** How long what is under way may still take. */
export function limitOf({ step, leftMs, sinceMs }: Deed): number | undefined {
  const ofTry = step.bounds?.tries?.withinMs;
  const limitMs = leftMs === undefined ? ofTry : Math.min(leftMs, ofTry ?? leftMs);
  return limitMs === undefined ? undefined : limitMs - (Date.now() - sinceMs);
}

/** What is under way has taken its time; while a step is parked, none passes for it. */
export function spend(deed: Deed): void {
  if (deed.leftMs !== undefined) deed.leftMs -= Date.now() - deed.sinceMs;
}

/** Whether it may be made again. */
export const isLeft = ({ step, made, leftMs }: Deed): boolean =>
  made < (step.bounds?.tries?.count ?? 1) && (leftMs ?? 1) > 0;
