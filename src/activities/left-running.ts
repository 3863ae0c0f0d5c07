/** What an earlier attempt has left on the platform: effects that still run, and those that its outputs name. */
import type { UndoCall, UndoTarget } from '../pipeline/effect.js';
import type { Effect, Effects } from '../pipeline/effects.js';
import { isCutOff } from '../pipelines/leftovers.js';
import {
  allStepsOf,
  connectionOfStep,
  originOf,
  outputOf,
  specWhenBegun,
  stepOf,
} from '../pipelines/replay-request.js';
import type { AttemptRecord, PlannedCall } from '../pipeline/replays.js';
import type { Cleanup } from '../pipeline/steps.js';
import type { PipelineStep } from '../steps/define.js';
import type { Foresight } from './foresight.js';
import { effectsOf } from './rooms.js';

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
  if (!spec) return [];
  const connection = connectionOfStep(record, name);
  // Another connection is not looked at from here: whatever is there is looked for once the new attempt has begun.
  if (connection !== here) return leftElsewhere(record, name, connection);
  return effectsOf(step).leftRunning?.(foresight, lastEffectOf(record, name), spec) ?? [];
}

/** Of an attempt that has ended by itself, nothing: that has stopped what it had running. */
function leftElsewhere(record: AttemptRecord, name: string, connection: string): readonly PlannedCall[] {
  const call = cleaningOf(record, name);
  const isLeft = record.status === 'running' || record.status === 'parked' || isCutOff(record);
  if (call === null || !isLeft || outputOf(record, name) !== undefined) return [];
  return [{ endpoint: stoppedBy[call.target.undo] ?? call.target.undo, on: `what it has on ${connection}` }];
}

/** The request that each sends. */
const stoppedBy: Partial<Record<UndoTarget['undo'], string>> = {
  stopJobs: 'jobs.stop',
  cancelBuild: 'environments.cancelBuild',
  stopModelApiVersion: 'modelApis.stopVersion',
  cancelChildRun: 'run.cancel',
};

/** What stops it: what `leftRunning` has named; `null` for a step that leaves nothing running. */
export function cleaningOf(record: AttemptRecord, name: string): UndoCall | null {
  const step = stepsIn(record).get(name);
  const spec = step && specWhenBegun(record, step);
  const target = spec ? step.running(spec) : null;
  if (target === null) return null;
  const id = stepOf(record, name).references.findLast(({ kind }) => kind === 'job')?.id;
  const made = target.undo === 'stopJobs' && id !== undefined ? { made: { id } } : {};
  return { ...lastEffectOf(record, name), target, ...made };
}

const stepsIn = (record: AttemptRecord): ReadonlyMap<string, PipelineStep> => new Map(allStepsOf(record));

/**
 * Stops it. It was there a moment ago: what is not found now is looked for. What is on another connection is stopped by what
 * goes on beside the new attempt.
 */
export async function stopLeft(
  effects: Pick<Effects, 'cancelBuild' | 'cancelChildRun' | 'stopJobs' | 'stopModelApiVersion'>,
  record: AttemptRecord,
  name: string,
): Promise<Cleanup> {
  const call = cleaningOf(record, name);
  if (call === null || call.connection !== record.connection) return { undone: [], leftBehind: [] };
  const { target, ...effect } = call;
  const undoing = { ...effect, untilAsked: true, doubt: 'unanswered' } as const;
  switch (target.undo) {
    case 'cancelBuild':
      return effects.cancelBuild({ ...undoing, environmentId: target.environmentId });
    case 'stopJobs':
      return effects.stopJobs({ ...undoing, project: target.project });
    case 'stopModelApiVersion':
      return effects.stopModelApiVersion({ ...undoing, project: target.project, name: target.name });
    case 'cancelChildRun':
      return effects.cancelChildRun({ ...undoing, pipeline: target.pipeline });
    default:
      throw new TypeError(`no step of a replay is cleaned by ${target.undo}`);
  }
}

/** The effect that a step of an attempt has begun last. */
function lastEffectOf(record: AttemptRecord, name: string): Effect {
  const connection = connectionOfStep(record, name);
  return { connection, origin: originOf(record, name), begunBefore: true };
}
