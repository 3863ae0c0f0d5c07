/** `retrain`: decides, trains as `train-and-deploy` does, and puts the model live if it is better, approved and well. */
import { digestOfSubject, subjectOf } from '../run/approvals/deployment-subject.js';
import type { RegistrationOutput, WatchOutput } from '../run/undoing/effects.js';
import { LonghaulError } from '../run/failures/errors.js';
import { modelOf } from '../run/ids.js';
import type { RetrainInput } from '../run/inputs/inputs.js';
import { namedMetrics } from '../run/retraining/named-metrics.js';
import { preflightOf } from '../run/inputs/preflight.js';
import {
  type ApprovalOutput,
  type Comparison,
  type Decision,
  type DeploymentSubject,
  isOutcome,
} from '../run/retraining/retraining.js';
import { approve } from '../steps/approve.js';
import { type LiveModelSpec, compare } from '../steps/compare.js';
import { type Before, definePipeline } from '../steps/define.js';
import { deployingModel } from '../steps/domino/approving.js';
import { decide } from '../steps/domino/decide.js';
import { type Deployed, deploy } from '../steps/domino/deploy.js';
import { register } from '../steps/domino/register.js';
import { watch } from '../steps/domino/watch.js';
import { neededBy } from '../steps/holding.js';
import type { Retraining } from './release.js';
import { type TrainingOutputs, deployOf, registerOf, trainedOf, trainingSteps } from './training.js';

type Outputs = TrainingOutputs & {
  decide: Decision;
  compare: Comparison;
  register: RegistrationOutput;
  approve: ApprovalOutput;
  deploy: Deployed;
  watch: WatchOutput;
};

export const retrain = definePipeline<RetrainInput, Outputs, Retraining>({
  name: 'retrain',
  workflow: 'retrain',
  overlap: 'allow-all',
  preflights: (input) => [preflightOf(input)],
  steps: (place) => ({
    decide: place(decide, {
      with: (input) => ({
        project: input.project,
        modelApi: input.deploy.modelApi,
        model: modelOf(input) ?? input.deploy.modelApi,
        when: input.when,
        needed: neededBy(input),
      }),
    }),
    ...trainingSteps(place),
    compare: place(compare, {
      needs: ['train'],
      if: (input) => input.compare !== undefined,
      with: (input, { train: measured }) =>
        input.compare && measured ? { by: input.compare, measured, live: liveModelOf(input) } : null,
    }),
    register: place(register, {
      needs: ['train'],
      on: (input) => input.register.model,
      with: (input, { train }) => registerOf(input, train),
    }),
    approve: place(approve, {
      needs: ['train', 'register'],
      reads: ['decide', 'environment', 'build'],
      if: (input) => input.approval !== undefined,
      with: (input, outputs) => {
        const { decide: decision, train: job, register: registered } = outputs;
        const subject = subjectIn(input, outputs);
        if (input.approval === undefined || !subject || !decision || !job || !registered) return null;
        const deploying = deployingModel({ subject, job, registered, live: liveModelOf(input) });
        return { asked: input.approval, ...deploying, decision, decideStep: 'decide' };
      },
    }),
    deploy: place(deploy, {
      needs: ['environment', 'train', 'register'],
      reads: ['build'],
      allowedBy: ['approve'],
      on: (input) => input.deploy.modelApi,
      projectOf: ({ project }) => project,
      with: (input, outputs) => {
        const spec = deployOf(input, outputs);
        return spec && { ...spec, serveWithin: input.watch.serveWithin, restores: true as const };
      },
      refusal: (input, outputs) => {
        const { approve: approval } = outputs;
        const subject = subjectIn(input, outputs);
        const isApproved =
          subject !== null &&
          approval?.decision === 'approved' &&
          approval.digest === digestOfSubject(subject);
        if (input.approval === undefined || isApproved) return null;
        return { code: 'APPROVAL_MISSING', message: 'what would be deployed is not what was approved' };
      },
    }),
    watch: place(watch, {
      needs: ['deploy'],
      isLast: true,
      with: (input, { deploy: deployed }) => {
        if (deployed === null) return null;
        const { previous, ...deployment } = deployed;
        const { serveWithin: _, ...spec } = input.watch;
        const {
          project,
          deploy: { modelApi: name },
        } = input;
        return { ...spec, deployment, promoted: { name, project, previous, deployStep: 'deploy' } };
      },
    }),
  }),
  end: ({ deploy: deployed }) => ({
    outcome: 'deployed',
    conclusion: `version ${deployed?.number ?? deployed?.versionId ?? ''} serves`,
  }),
  result: (input, outputs, ending) => {
    const { decide: decision, compare: comparison = null, approve: approval = null } = outputs;
    if (!decision || ending === null) throw new LonghaulError('INTERNAL', 'the run has decided nothing'); // its steps see to it
    const trained = trainedOf(input, outputs);
    const { previous: _, ...deployment } = outputs.deploy ?? { previous: null };
    const isDeployed = 'versionId' in deployment;
    const release = trained && {
      ...trained,
      registered: outputs.register ?? null,
      deployment: isDeployed ? deployment : null,
    };
    const { outcome, conclusion } = ending;
    if (!isOutcome(outcome)) throw new LonghaulError('INTERNAL', `no step of it comes to ${outcome}`);
    return { outcome, conclusion, decision, comparison, approval, release };
  },
});

/** What is live, as far as a comparison or an approver is shown it. */
const liveModelOf = (input: RetrainInput): LiveModelSpec => ({
  project: input.project,
  modelApi: input.deploy.modelApi,
  metrics: namedMetrics(input),
});

/** What an approval is for. */
function subjectIn(
  input: RetrainInput,
  {
    environment,
    build,
    train,
    register,
  }: Pick<Before<Outputs>, 'environment' | 'build' | 'train' | 'register'>,
): DeploymentSubject | null {
  if (train === null) return null;
  const made = { environment, revisionId: build?.revisionId ?? null, job: train, registered: register };
  return subjectOf(input, made);
}
