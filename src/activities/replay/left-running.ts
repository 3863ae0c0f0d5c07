/** What an earlier attempt has left on the platform: effects that still run, and those that its outputs name. */
import type { Effect, UndoCall } from '../../run/undoing/effect.js';
import { isCutOff } from '../../pipelines/leftovers.js';
import {
  allStepsOf,
  connectionOfStep,
  originOf,
  outputOf,
  specWhenBegun,
  stepOf,
} from '../../pipelines/replay-request.js';
import type { AttemptRecord, PlannedCall } from '../../run/replays/replays.js';
import type { Cleanup } from '../../run/steps.js';
import { performUndo } from '../../run/undoing/undoing.js';
import type { PipelineStep } from '../../steps/define.js';
import type { Foresight } from './foresight.js';
import { undoFactsOf } from '../../steps/undoings.js';
import { effectsOf } from '../rooms.js';

/** Who looks at what an attempt has left, from which connection. */
interface LookingBack {
  readonly record: AttemptRecord;
  readonly foresight: Foresight;
  /** Left out, that of the run. */
  readonly here?: string;
}

/** The requests that stop what a step's effect has running, as undoing it would send them. */
export async function leftRunning(
  { record, foresight, here = record.connection }: LookingBack,
  name: string,
): Promise<readonly PlannedCall[]> {
  const step = stepsIn(record).get(name);
  const spec = step && specWhenBegun(record, step);
  // What a name stands for looks the same when it is done: it is nothing that runs then.
  const isDone = step?.isNamed === true && outputOf(record, name) !== undefined;
  if (!spec || isDone) return [];
  const connection = connectionOfStep(record, name);
  // Another connection is not looked at from here: whatever is there is looked for once the new attempt has begun.
  if (connection !== here) return leftElsewhere(record, step, { name, connection });
  return effectsOf(step).leftRunning?.(foresight, lastEffectOf(record, name), spec) ?? [];
}

/** Of an attempt that has ended by itself, nothing: that has stopped what it had running. */
function leftElsewhere(
  record: AttemptRecord,
  step: PipelineStep,
  { name, connection }: { readonly name: string; readonly connection: string },
): readonly PlannedCall[] {
  const call = cleaningOf(record, name);
  const isLeft = record.status === 'running' || record.status === 'parked' || isCutOff(record);
  if (call === null || !isLeft || outputOf(record, name) !== undefined) return [];
  const { stopsBy = call.target.undo } = effectsOf(step);
  return [{ endpoint: stopsBy, on: `what it has on ${connection}` }];
}

/** What stops it: what `leftRunning` has named; `null` for a step that leaves nothing running. */
export function cleaningOf(record: AttemptRecord, name: string): UndoCall | null {
  const step = stepsIn(record).get(name);
  const spec = step && specWhenBegun(record, step);
  const target = spec ? step.running(spec) : null;
  if (target === null) return null;
  const call = { ...lastEffectOf(record, name), target };
  const { object, isNamed } = undoFactsOf(call);
  const id = stepOf(record, name).references.findLast(({ kind }) => kind === object)?.id;
  return isNamed === true && id !== undefined ? { ...call, made: { id } } : call;
}

const stepsIn = (record: AttemptRecord): ReadonlyMap<string, PipelineStep> => new Map(allStepsOf(record));

/**
 * Stops it. It was there a moment ago: what is not found now is looked for. What is on another connection is stopped by what
 * goes on beside the new attempt.
 */
export async function stopLeft(effects: object, record: AttemptRecord, name: string): Promise<Cleanup> {
  const call = cleaningOf(record, name);
  if (call === null || call.connection !== record.connection) return { undone: [], leftBehind: [] };
  return performUndo(effects, { ...call, untilAsked: true, doubt: 'unanswered' });
}

/** The effect that a step of an attempt has begun last. */
function lastEffectOf(record: AttemptRecord, name: string): Effect {
  const connection = connectionOfStep(record, name);
  return { connection, origin: originOf(record, name), begunBefore: true };
}
