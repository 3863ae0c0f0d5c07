/** Steps of a replay on another connection than that of its run: a worker there plans them, which alone can look at them. */
import type { Client } from '@temporalio/client';
import { askWorker } from '../../client/ask-worker.js';
import { LonghaulError } from '../../run/failures/errors.js';
import {
  type Planned,
  type StepPlanAsked,
  type StepPlanOutcome,
  planStepPrefix,
  planStepWorkflow,
} from '../../run/replays/replays.js';
import type { Fact } from '../../run/run-facts.js';
import type { AskElsewhere, StepPlanning } from './step-plan.js';

/** Asks through Temporal. Where nobody has answered once, nobody is waited for again. */
export function createAskElsewhere(client: Client): AskElsewhere {
  const silent = new Map<string, Fact<StepPlanOutcome>>();
  return async (asked) => {
    const { connection, step, request } = asked;
    const known = silent.get(connection);
    if (known !== undefined) return known;
    const answer = await askWorker<StepPlanAsked, StepPlanOutcome>(client, {
      ...{ workflow: planStepWorkflow, prefix: planStepPrefix, asked },
      summary: `what "${step}" of a replay of ${request.runId} would do on ${connection}`,
    });
    if ('missing' in answer) silent.set(connection, answer);
    return answer;
  };
}

/**
 * The step as it is planned there; where nobody does, as far as it can be told without a look.
 * @throws LonghaulError what stands in the way of the replay there; `WORKER_SILENT` where only a look could confirm a file
 */
export async function planElsewhere(
  planning: StepPlanning,
  connection: string,
  plan: (planning: StepPlanning) => Promise<Planned>,
): Promise<Planned> {
  const { record, request, name, kind, planned, elsewhere } = planning;
  const known = [...kind.needs, ...kind.reads].flatMap((other) => {
    const { output, changed } = planned.get(other) ?? {};
    return changed === undefined ? [] : [[other, { output, changed }] as const];
  });
  const { attemptId } = record;
  const asked = { connection, request, attemptId, step: name, before: Object.fromEntries(known) };
  const answer = (await elsewhere?.(asked)) ?? { missing: 'nobody looks there' };
  if ('missing' in answer) {
    if (request.exported !== undefined) throw new LonghaulError('WORKER_SILENT', answer.missing);
    const warning = `"${name}" is planned without a look at ${connection}: ${answer.missing}`;
    return { warning, ...(await plan(planning)) };
  }
  const outcome = answer.value;
  if ('planned' in outcome) return outcome.planned;
  const { code, message, fields } = outcome.refused;
  throw new LonghaulError(code, message, fields && { fields });
}
