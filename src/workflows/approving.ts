/** The step that asks whether what a run has made may be deployed: a decision holds for that very deployment alone. */
import { approvalFault } from '../pipeline/approvals.js';
import { digestOfSubject, subjectOf } from '../pipeline/deployment-subject.js';
import type { Effects, JobOutput, LiveModel, RegistrationOutput } from '../pipeline/effects.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import { type Metrics, firstMetrics } from '../pipeline/metrics.js';
import { namedMetrics } from '../pipeline/named-metrics.js';
import type { ApprovalOutput, Decision, DeploymentSubject } from '../pipeline/retraining.js';
import type { Continuation } from '../pipeline/steps.js';
import type { Approvals, Evidence } from './approval.js';
import { liveModel } from './comparing.js';
import { fail } from './failures.js';
import { record } from './ledger.js';
import type { Trained } from './model-steps.js';
import type { Announce } from './run.js';
import type { Steps } from './steps.js';

type Made = Trained & { readonly registered: RegistrationOutput };

interface Asking {
  readonly effects: Effects;
  readonly approvals: Approvals;
  readonly announce: Announce;
  readonly decision: Decision;
  readonly continuation: Continuation | undefined;
}

/**
 * Asks for an approval, if the input wants one. What an earlier attempt was decided on counts where it is what would be
 * deployed now; anything else is asked again.
 */
export function approveDeployment(
  steps: Steps,
  input: RetrainInput,
  made: Made,
  { effects, approvals, announce, decision, continuation }: Asking,
): Promise<ApprovalOutput | null> {
  const subject = subjectIn(input, made);
  const earlier = steps.carried('approve') as ApprovalOutput | null | undefined; // the output of this very step
  const fault = earlier ? approvalFault(earlier, subject) : null;
  if (fault !== null) steps.discard('approve');
  const again = fault === null ? continuation?.asksAgain : `approval is asked again: ${fault}`;
  return steps.runIf('approve', input.approval, async (spec, step) => {
    record('awaiting-approval');
    const live = await liveModel(effects, input);
    const since = again === undefined ? [] : [again];
    const supplied = steps.supplied();
    const said = supplied.map(({ name, reason }) => `the output of "${name}" was supplied by ${reason}`);
    const isOwn = !supplied.some(({ name }) => name === 'decide'); // else its evidence is somebody’s word
    const evident = isOwn ? changesOf(decision) : [];
    const changed = [...since, ...said, ...evident, ...commitsOf(made.job, live)];
    const shown = (metrics: Metrics): Metrics => firstMetrics(metrics, namedMetrics(input), shownMetrics);
    const evidence = evidenceOf(made, subject, { live, changed, shown });
    return approvals.ask(step, { spec, evidence, resolvers: steps.resolvers(), announce });
  });
}

/**
 * Refuses to deploy what nobody has approved, where the input wants an approval.
 * @throws ApplicationFailure `APPROVAL_MISSING`
 */
export function requireApproved(input: RetrainInput, made: Made, approval: ApprovalOutput | null): void {
  if (input.approval === undefined) return;
  const isApproved =
    approval?.decision === 'approved' && approval.digest === digestOfSubject(subjectIn(input, made));
  if (!isApproved)
    throw fail({ code: 'APPROVAL_MISSING', message: 'what would be deployed is not what was approved' });
}

function subjectIn(input: RetrainInput, { revision, ...made }: Made): DeploymentSubject {
  const subject = subjectOf(input, { ...made, revisionId: revision?.id ?? null });
  if (subject !== null) return subject;
  throw fail({ code: 'INTERNAL', message: 'the run has nothing to deploy' }); // the check at the door makes sure of it
}

/** An approver reads no more metrics, and each receiver of the event is sent all of them. */
const shownMetrics = 100;

interface Shown {
  readonly live: LiveModel | null;
  readonly changed: readonly string[];
  /** Those metrics that are shown. */
  readonly shown: (metrics: Metrics) => Metrics;
}

const evidenceOf = (
  { job, registered }: Made,
  subject: DeploymentSubject,
  { live, changed, shown }: Shown,
): Evidence => ({
  model: registered.model,
  version: registered.version,
  metrics: shown(job.metrics),
  live: live && { version: live.modelVersion, metrics: shown(live.metrics) },
  changed,
  subject,
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
