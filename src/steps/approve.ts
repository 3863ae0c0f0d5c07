/** Asks whether what a run has made may be deployed: a decision holds for that very deployment alone. */
import { approvalFault } from '../run/approvals/approvals.js';
import type { Effects, ReadingEffects } from '../run/undoing/effects.js';
import { type Metrics, firstMetrics } from '../run/retraining/metrics.js';
import type { Approval } from '../run/inputs/retrain-input.js';
import type {
  ApprovalOutput,
  ApprovalRequest,
  Decision,
  DeploymentSubject,
  SubjectLine,
} from '../run/retraining/retraining.js';
import type { StepContext } from './context.js';
import { defineStep } from './define.js';

/** What would be deployed, as the kind of the step that deploys it states it. `Calls`: the effects of its wing. */
export interface Deploying<Calls extends object = Effects & ReadingEffects> {
  /** What a decision is on, and what is deployed: whatever is not in it must not decide what goes live. */
  readonly subject: DeploymentSubject;
  readonly lines: readonly SubjectLine[];
  /** Reads what is live, and says what would take its place. */
  readonly compared: (step: Pick<StepContext<Calls>, 'effect' | 'effects'>) => Promise<Compared>;
}

/** What would go live beside what is; `changed` says in words what is different. */
export type Compared = Pick<ApprovalRequest, 'model' | 'version' | 'metrics' | 'live' | 'changed'>;

export interface ApproveSpec extends Deploying {
  readonly asked: Approval;
  /** Why it was trained; left out where no step has decided that. */
  readonly decision?: Decision | undefined;
  /** The step that has decided. */
  readonly decideStep?: string | undefined;
}

/** An approver reads no more metrics, and each receiver of the event is sent all of them. */
const mostMetrics = 100;

/** Those that an approver is shown, the named ones before all others. */
export const shownMetrics = (metrics: Metrics, named: readonly string[]): Metrics =>
  firstMetrics(metrics, named, mostMetrics);

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
  perform: async (step, { asked, subject, lines, compared, decision, decideStep }) => {
    const { run } = step;
    run.record('awaiting-approval');
    const { changed, ...shown } = await compared(step);
    const since = step.again === undefined ? run.continuation?.asksAgain : `${again}: ${step.again}`;
    const supplied = run.supplied();
    const said = supplied.map(({ name, reason }) => `the output of "${name}" was supplied by ${reason}`);
    const isOwn = !supplied.some(({ name }) => name === decideStep); // else its evidence is somebody’s word
    return step.ask(asked, {
      ...shown,
      changed: [
        ...(since === undefined ? [] : [since]),
        ...said,
        ...(isOwn && decision !== undefined ? changesOf(decision) : []),
        ...changed,
      ],
      ...{ subject, lines },
    });
  },
});

/** What a person has supplied may be without evidence. */
const changesOf = ({ evidence = [] }: Partial<Decision>): string[] =>
  evidence
    .filter(({ verdict, condition }) => verdict === 'holds' && condition !== 'always')
    .map(({ condition, value }) => (value === undefined ? condition : `${condition}: ${value}`));
