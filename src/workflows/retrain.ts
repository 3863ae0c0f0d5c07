/** `retrain`: decide → train as `train-and-deploy` does → compare → register → approve → deploy → watch. */
import { workflowInfo } from '@temporalio/workflow';
import type { DeploymentOutput } from '../pipeline/effects.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import { startersOf } from '../pipeline/people.js';
import type { Retraining } from '../pipeline/pipelines.js';
import type { Outcome } from '../pipeline/retraining.js';
import type { Run, RunStart } from '../pipeline/steps.js';
import { createApprovals } from './approval.js';
import { approveDeployment, requireApproved } from './approving.js';
import { compareWithLive, sayComparison } from './comparing.js';
import { decideOn, outcomeOf } from './deciding.js';
import { proxyEffects } from './effects.js';
import { record } from './ledger.js';
import { register, registeredVersion, trainModel } from './model-steps.js';
import { deployGuarded, servingBefore, watchOrTakeBack } from './promoting.js';
import { runPipeline } from './run.js';

/** Retrains a model if it should be, and puts it live if it is better, approved and well; else says why not. */
export function retrain(start: RunStart<RetrainInput>): Promise<Run<Retraining>> {
  const { input } = start;
  const effects = proxyEffects(input.connection);
  const approvals = createApprovals(startersOf(start, workflowInfo().workflowId));
  const before = servingBefore(effects, input, start.continuation?.replaced);

  return runPipeline('retrain', start, async (steps, announce) => {
    const decision = await steps.run('decide', (step) => decideOn(effects, step, input));
    const came = { decision, comparison: null, approval: null, release: null };
    const { verdict, reason } = decision;
    if (verdict !== 'retrain') {
      steps.skipRest(reason);
      return { ...came, outcome: outcomeOf(verdict), conclusion: reason };
    }
    const end = (outcome: Outcome, conclusion: string, to: Partial<Retraining>): Retraining => {
      steps.skipRest(conclusion);
      record(outcome, { conclusion });
      return { ...came, ...to, outcome, conclusion };
    };

    const trained = await trainModel(steps, effects, input);
    const release = { ...trained, registered: null, deployment: null };
    const comparison = await steps.runIf('compare', input.compare, (spec) =>
      compareWithLive(effects, input, spec, trained.job),
    );
    if (comparison?.better === false)
      return end('not-better', sayComparison(comparison), { comparison, release });

    const registered = await steps.run(
      'register',
      (step) => register(effects, step, input.register, trained.job),
      registeredVersion,
    );
    const made = { ...trained, registered };
    const asking = { effects, approvals, announce, decision, continuation: start.continuation };
    const approval = await approveDeployment(steps, input, made, asking);
    const judged = { comparison, approval, release: { ...release, registered } };
    if (approval?.decision === 'rejected')
      return end('rejected', `${approval.by ?? 'somebody'}: ${approval.reason ?? 'no reason'}`, judged);
    if (approval?.decision === 'expired') return end('approval-expired', 'nobody decided in time', judged);

    const { previous = null, ...deployment } = await steps.run('deploy', (step) => {
      requireApproved(input, made, approval);
      return deployGuarded(effects, step, input, { ...made, before });
    });
    await steps.run('watch', (step) => watchOrTakeBack(effects, step, input, { deployment, previous }));
    return end('deployed', sayDeployed(deployment), {
      ...judged,
      release: { ...made, deployment },
    });
  });
}

const sayDeployed = ({ number, versionId }: DeploymentOutput): string =>
  `version ${number ?? versionId} serves`;
