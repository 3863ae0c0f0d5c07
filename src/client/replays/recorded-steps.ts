/** The steps of an attempt whose workflow cannot be asked, as its history shows them. */
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { placedActivities, recordedNames, recordedOutputs } from '../../pipelines/recorded.js';
import type { Continuation, Json, Step, StepState } from '../../run/steps.js';
import { recordedRunOf } from '../histories/history.js';

/** Steps with their outputs; what the workflow computed by itself, such as a gate, is as if it had not been begun. */
export function recordedSteps(history: History, continuation?: Continuation): Step[] {
  const run = recordedRunOf(history);
  if (run === null) return [];
  const outputs = recordedOutputs(run);
  const placed = placedActivities(run);
  const begun = new Map((run.before ?? []).map((step) => [step.name, step]));
  return recordedNames(run).map((name) => {
    const before = begun.get(name);
    const output = outputs[name];
    if (before !== undefined && ('output' in before.state || before.state.status === 'failed')) return before;
    const tries = before?.tries ?? Number(placed.some(({ step, isUndo }) => step === name && !isUndo));
    const renewed = run.recorded.filter(
      (entry) =>
        entry.type === 'resolution' &&
        entry.resolution.step === name &&
        entry.resolution.action === 'retry' &&
        entry.resolution.fresh === true,
    );
    const generation = (before?.generation ?? continuation?.generations[name] ?? 1) + renewed.length;
    return {
      ...{ name, tries, references: before?.references ?? [], state: stateOf(output, tries) },
      ...(before?.items !== undefined && { items: before.items }),
      ...(before?.item !== undefined && { item: before.item }),
      ...(generation > 1 && { generation }),
    };
  });
}

/** When it was is not told. */
function stateOf(output: Json | undefined, tries: number): StepState {
  const at = new Date(0).toISOString();
  if (output !== undefined) return { status: 'succeeded', startedAt: at, endedAt: at, output };
  return tries > 0 ? { status: 'cancelled', startedAt: at, endedAt: at } : { status: 'pending' };
}
