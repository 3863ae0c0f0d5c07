/** What an attempt has left to undo, told by how its steps stood: for whoever asks when its workflow is gone. */
import type { UndoCall, Undoing } from '../run/undoing/effect.js';
import { madeIn } from '../steps/undoings.js';
import type { AttemptRecord } from '../run/replays/replays.js';
import { keyOf } from '../run/undoing/undoing.js';
import type { PipelineStep } from '../steps/define.js';
import type { LeavingAttempt, Leftover } from '../steps/leaving.js';
import { pipelineOfRun } from './definition.js';
import {
  allStepsOf,
  connectionOfStep,
  originOf,
  outputOf,
  partOf,
  specWhenBegun,
  stepOf,
} from './replay-request.js';

/**
 * What the attempt has running or half made, and what is in doubt beside what it has adopted. Of one that has
 * succeeded, only that. What lasts is none of it unless the input asks for `cleanup`.
 */
export function leftoversOf(record: AttemptRecord): UndoCall[] {
  const sweeps = sweepsOf(record);
  const stops = record.status === 'succeeded' ? [] : stopsOf(record);
  const swept = sweeps.map(keyOf);
  const stopped = stops.map(keyOf);
  return [
    ...sweeps.filter((call) => !stopped.includes(keyOf(call))),
    ...stops.map((call) => (swept.includes(keyOf(call)) ? { ...call, doubt: 'perhaps' as const } : call)),
  ];
}

/** Whether Temporal has ended it: it could undo nothing itself, nor look for what may still appear. */
export const isCutOff = ({ status }: Pick<AttemptRecord, 'status'>): boolean =>
  status === 'terminated' || status === 'timed-out';

/** What is in doubt beside what the attempt has adopted, also where that is undone: another attempt may go on with it. */
export const sweepsOf = (record: AttemptRecord): UndoCall[] =>
  allStepsOf(record).flatMap(([name, step]) => {
    const output = outputOf(record, name) ?? null;
    const spec = partOf(output, 'inDoubt') === true ? specWhenBegun(record, step) : null;
    const twin = spec === null ? null : step.twin(output, spec, attemptOf(record));
    return twin === null ? [] : [{ ...undoing(record, name, twin), keep: true, doubt: 'perhaps' }];
  });

const stopsOf = (record: AttemptRecord): UndoCall[] =>
  allStepsOf(record).flatMap(([name, step]) => {
    const output = outputOf(record, name) ?? null;
    if (output === null) return unfinishedOf(record, name, step);
    const lasting = attemptOf(record).cleanup ? step.lasting(output) : null;
    const left = lasting ?? step.beside(output);
    return left === null ? [] : [undoing(record, name, left)];
  });

/** What a step has running or half made that has begun and come to no output. */
function unfinishedOf(record: AttemptRecord, name: string, step: PipelineStep): UndoCall[] {
  const { tries, state, references } = stepOf(record, name);
  const spec = tries > 0 && state.status !== 'skipped' ? specWhenBegun(record, step) : null;
  if (spec === null) return [];
  const doubt = isCutOff(record) ? ('unanswered' as const) : ('perhaps' as const);
  return step.unfinished(spec, attemptOf(record)).map((left) => {
    const { made = madeIn(references) } = left;
    return { ...undoing(record, name, left), ...(made === undefined ? { doubt } : { made }) };
  });
}

const attemptOf = (record: AttemptRecord): LeavingAttempt => ({
  cleanup: pipelineOfRun(record).cleansUp(record.input),
  replaced: record.replaced,
});

function undoing(
  record: AttemptRecord,
  name: string,
  { madeBy: step = name, ...left }: Leftover,
): Undoing & Omit<Leftover, 'madeBy'> {
  const connection = connectionOfStep(record, step);
  return { connection, origin: originOf(record, step), begunBefore: true, ...left };
}
