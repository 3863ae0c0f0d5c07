/** Whether a tick retrains, and whether it has the model to itself then. */
import { workflowInfo } from '@temporalio/workflow';
import type { Effects } from '../pipeline/effects.js';
import { modelOf } from '../pipeline/ids.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import type { Decision, Outcome } from '../pipeline/retraining.js';
import { awaitHold, holdOf } from './holding.js';
import { record } from './ledger.js';
import type { StepContext } from './steps.js';

/** What a tick comes to that does not retrain. */
export function outcomeOf(verdict: Exclude<Decision['verdict'], 'retrain'>): Outcome {
  return verdict === 'skip' ? 'skipped' : verdict;
}

/** Decides, takes the model, and decides again if it had to wait for it: the one who had it may have retrained it. */
export async function decideOn(effects: Effects, step: StepContext, input: RetrainInput): Promise<Decision> {
  const { connection, project, deploy, when, whenBusy } = input;
  const about = {
    connection,
    project,
    modelApi: deploy.modelApi,
    model: modelOf(input) ?? deploy.modelApi,
    runId: workflowInfo().workflowId,
    when,
  };
  const hold = holdOf(input);
  for (;;) {
    const decision = await effects.decideRetraining(about);
    if (decision.verdict !== 'retrain' || hold === undefined) return written(decision);
    step.waiting(`${about.model} to be free`);
    const answer = await awaitHold(effects, { connection, hold, whenBusy });
    if (!answer.held) return written({ ...decision, verdict: 'busy', reason: answer.reason });
    if (!answer.waited) return written(decision);
  }
}

function written(decision: Decision): Decision {
  const { verdict, reason } = decision;
  if (verdict === 'retrain') record('retraining', { decision });
  else record(outcomeOf(verdict), { decision, conclusion: reason });
  return decision;
}
