/** What an earlier attempt has left on the platform: effects that still run, and those that its outputs name. */
import type { UndoCall } from '../pipeline/effect.js';
import type { Effect, Effects } from '../pipeline/effects.js';
import { specBefore, stepOf, stepsOf } from '../pipelines/replay-request.js';
import type { AttemptRecord, PlannedAction, PlannedCall, PlannedStep } from '../pipeline/replays.js';
import type { Cleanup } from '../pipeline/steps.js';
import { keyOf } from '../pipeline/undoing.js';
import type { PipelineStep } from '../steps/define.js';
import type { Foresight } from './foresight.js';
import { effectsOf } from './rooms.js';

/** The requests that stop what a step's effect has running, as undoing it would send them. */
export async function leftRunning(
  foresight: Foresight,
  record: AttemptRecord,
  name: string,
): Promise<readonly PlannedCall[]> {
  const step = stepsIn(record).get(name);
  const spec = step && specBefore(record, step);
  if (!spec) return [];
  return effectsOf(step).leftRunning?.(foresight, lastEffectOf(record, name), spec) ?? [];
}

/** What stops it: what `leftRunning` has named; `null` for a step that leaves nothing running. */
export function cleaningOf(record: AttemptRecord, name: string): UndoCall | null {
  const step = stepsIn(record).get(name);
  const spec = step && specBefore(record, step);
  const target = spec ? step.running(spec) : null;
  if (target === null) return null;
  const id = stepOf(record, name).references.findLast(({ kind }) => kind === 'job')?.id;
  const made = target.undo === 'stopJobs' && id !== undefined ? { made: { id } } : {};
  return { ...lastEffectOf(record, name), target, ...made };
}

const stepsIn = (record: AttemptRecord): ReadonlyMap<string, PipelineStep> => new Map(stepsOf(record));

/**
 * What goes on beside a new attempt: what was asked to stop is looked at until it has, and of what was unsettled, what
 * belongs to a generation that the plan leaves behind. Nobody adopts that, and a request for it may still be carried out.
 */
export function goingOn(
  record: AttemptRecord,
  steps: readonly PlannedStep[],
  unsettled: readonly UndoCall[],
): readonly UndoCall[] {
  const generations = new Map(steps.map(({ name, generation }) => [name, generation] as const));
  const known = new Map(unsettled.map((call) => [keyOf(call), call] as const));
  const behind = [...known.values()].filter(
    ({ origin: { step, generation } }) => generation < (generations.get(step) ?? 0),
  );
  const stopping = steps.flatMap(({ name, cleans }) =>
    cleans.length > 0 ? (cleaningOf(record, name) ?? []) : [],
  );
  const kinds = stepsIn(record);
  const before = steps.slice(
    0,
    steps.findIndex(({ name }) => kinds.get(name)?.replaces === true),
  );
  // Before anything else that is still to be done has come to its end, nothing is deployed, and perhaps never.
  const isDeployingSoon = before.every(({ action }) => taken.includes(action));
  const isAmong = (calls: readonly UndoCall[], { origin }: UndoCall): boolean =>
    calls.some(
      ({ origin: { step, generation } }) => step === origin.step && generation === origin.generation,
    );
  return [
    ...stopping.map((call) => (isAmong(behind, call) ? { ...call, doubt: 'perhaps' as const } : call)),
    ...behind
      .filter((call) => !isAmong(stopping, call))
      .map((call) => ({ told: [], ...(isDeployingSoon ? withoutRestoring(call) : call) })),
  ];
}

/** What is not done again. */
const taken: readonly PlannedAction[] = ['reused', 'supplied', 'skipped'];

/** Where the new attempt deploys soon, what served before is not started again. */
const withoutRestoring = (call: UndoCall): UndoCall => {
  const { target, keep } = call;
  if (target.undo !== 'takeBackModelApiVersion' || keep === true) return call;
  return { ...call, target: { ...target, undo: 'stopModelApiVersion' } };
};

/** Stops it. It was there a moment ago: what is not found now is looked for. */
export async function stopLeft(
  effects: Pick<Effects, 'cancelBuild' | 'stopJobs' | 'stopModelApiVersion'>,
  record: AttemptRecord,
  name: string,
): Promise<Cleanup> {
  const call = cleaningOf(record, name);
  if (call === null) return { undone: [], leftBehind: [] };
  const { target, ...effect } = call;
  const undoing = { ...effect, untilAsked: true, doubt: 'unanswered' } as const;
  switch (target.undo) {
    case 'cancelBuild':
      return effects.cancelBuild({ ...undoing, environmentId: target.environmentId });
    case 'stopJobs':
      return effects.stopJobs({ ...undoing, project: target.project });
    case 'stopModelApiVersion':
      return effects.stopModelApiVersion({ ...undoing, project: target.project, name: target.name });
    default:
      throw new TypeError(`no step of a replay is cleaned by ${target.undo}`);
  }
}

/** The effect that a step of an attempt has begun last. */
function lastEffectOf(record: AttemptRecord, name: string): Effect {
  const { connection, runId, firstAttemptId } = record;
  const generation = stepOf(record, name).generation ?? 1;
  return { connection, origin: { runId, firstAttemptId, step: name, generation }, begunBefore: true };
}
