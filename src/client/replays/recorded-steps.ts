/** The steps of an attempt whose workflow cannot be asked, as its history shows them. */
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { placedActivities, recordedNames, recordedOutputs } from '../../pipelines/recorded.js';
import type { Continuation, Step, StepState } from '../../pipeline/steps.js';
import { recordedRunOf } from '../histories/history.js';

/** Steps with their outputs; what the workflow computed by itself, such as a gate, is as if it had not been begun. */
export function recordedSteps(history: History, continuation: Continuation | undefined): Step[] {
  const run = recordedRunOf(history);
  if (run === null) return [];
  const outputs = recordedOutputs(run);
  const placed = placedActivities(run);
  const at = new Date(0).toISOString(); // when it was is not told
  return recordedNames(run).map((name) => {
    const tries = Number(placed.some(({ step, isUndo }) => step === name && !isUndo));
    const renewed = run.recorded.filter(
      (entry) =>
        entry.type === 'resolution' &&
        entry.resolution.step === name &&
        entry.resolution.action === 'retry' &&
        entry.resolution.fresh === true,
    );
    const generation = (continuation?.generations[name] ?? 1) + renewed.length;
    const output = outputs[name];
    const state: StepState =
      output !== undefined
        ? { status: 'succeeded', startedAt: at, endedAt: at, output }
        : tries > 0
          ? { status: 'cancelled', startedAt: at, endedAt: at }
          : { status: 'pending' };
    return { name, tries, references: [], state, ...(generation > 1 && { generation }) };
  });
}
