/** Asks whether what a run has made may be deployed: a decision holds for that very deployment alone. */
import { approvalFault } from '../run/approvals/approvals.js';
import type { JobOutput, LiveModel, RegistrationOutput } from '../run/undoing/effects.js';
import { type Metrics, firstMetrics } from '../run/retraining/metrics.js';
import type { Approval } from '../run/inputs/retrain-input.js';
import type { ApprovalOutput, Decision, DeploymentSubject } from '../run/retraining/retraining.js';
import type { LiveModelSpec } from './compare.js';
import { defineStep } from './define.js';

export interface ApproveSpec {
  readonly asked: Approval;
  readonly subject: DeploymentSubject;
  readonly job: JobOutput;
  readonly registered: RegistrationOutput;
  /** Why it was trained; left out where no step has decided that. */
  readonly decision?: Decision | undefined;
  /** The step that has decided. */
  readonly decideStep?: string | undefined;
  readonly live: LiveModelSpec;
}

/** An approver reads no more metrics, and each receiver of the event is sent all of them. */
const shownMetrics = 100;

const again = 'approval is asked again';

export const approve = defineStep<ApproveSpec, ApprovalOutput>({
  kind: 'approve',
  asks: true,
  holds: { decision: ['approved', 'rejected', 'expired'] },
  holdsBack: true,
  goesOnIf: 'somebody approves',
  again,
  madeFrom: ({ asked }) => asked,
  // What an earlier attempt was decided on counts where it is what would be deployed now.
  fault: (output, spec) => approvalFault(output, spec?.subject),
  ends: ({ decision, by, reason }) => {
    switch (decision) {
      case 'approved':
        return null;
      case 'rejected':
        return { outcome: 'rejected', conclusion: `${by ?? 'somebody'}: ${reason ?? 'no reason'}` };
      case 'expired':
        return { outcome: 'approval-expired', conclusion: 'nobody decided in time' };
    }
  },
  perform: async (step, { asked, subject, job, registered, decision, decideStep, live: of }) => {
    const { effect, effects, run } = step;
    run.record('awaiting-approval');
    const live = await effects.getLiveModel({ connection: effect.connection, ...of });
    const since = step.again === undefined ? run.continuation?.asksAgain : `${again}: ${step.again}`;
    const supplied = run.supplied();
    const said = supplied.map(({ name, reason }) => `the output of "${name}" was supplied by ${reason}`);
    const isOwn = !supplied.some(({ name }) => name === decideStep); // else its evidence is somebody’s word
    const changed = [
      ...(since === undefined ? [] : [since]),
      ...said,
      ...(isOwn && decision !== undefined ? changesOf(decision) : []),
      ...commitsOf(job, live),
    ];
    const shown = (metrics: Metrics): Metrics => firstMetrics(metrics, of.metrics, shownMetrics);
    return step.ask(asked, {
      model: registered.model,
      version: registered.version,
      metrics: shown(job.metrics),
      live: live && { version: live.modelVersion, metrics: shown(live.metrics) },
      changed,
      subject,
    });
  },
});

/** What a person has supplied may be without evidence. */
const changesOf = ({ evidence = [] }: Partial<Decision>): string[] =>
  evidence
    .filter(({ verdict, condition }) => verdict === 'holds' && condition !== 'always')
    .map(({ condition, value }) => (value === undefined ? condition : `${condition}: ${value}`));

const commitsOf = ({ commitId }: JobOutput, live: LiveModel | null): string[] =>
  live?.commitId && commitId && live.commitId !== commitId
    ? [`trained on commit ${commitId.slice(0, 12)}, the live model on ${live.commitId.slice(0, 12)}`]
    : [];
