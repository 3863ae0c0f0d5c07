/** Approval: a run waits for a person, shows what is to be decided, reminds once, and expires. */
import { ApplicationFailure } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import { parseDuration } from '../pipeline/durations.js';
import { isSame, knownAs } from '../pipeline/people.js';
import type { Approval } from '../pipeline/retrain-input.js';
import { digestOfSubject } from '../pipeline/deployment-subject.js';
import type { ApprovalDecision, ApprovalOutput, ApprovalRequest } from '../pipeline/retraining.js';
import type { ApprovalEvidence } from '../steps/context.js';
import { approvalUpdate } from './messages.js';
import type { Announce } from './announce.js';

export interface Approvals {
  /** Waits for a decision, or until it is too late for one. */
  ask(question: Question): Promise<ApprovalOutput>;
}

/** What is asked, and of whom. */
export interface Question {
  readonly spec: Approval;
  readonly evidence: ApprovalEvidence;
  /** All that those are known by who have resolved a step of the attempt: they may not decide either. */
  readonly resolvers: readonly string[];
  /** Says what is waited for, and what is to be decided. */
  waiting(waitingFor: string, approval: ApprovalRequest): void;
}

/** What is asked at the moment. */
interface Asked {
  readonly digest: string;
  readonly by: readonly string[] | undefined;
  /** `null`: everybody who may decide may do so. */
  readonly excluded: readonly string[] | null;
}

/**
 * Accepts decisions from now on; one that does not count is refused before it reaches history. Starters are all that
 * those are known by who have brought the run about.
 */
export function createApprovals(starters: readonly string[], announce: Announce): Approvals {
  let asked: Asked | null = null;
  let decided: { readonly decision: ApprovalDecision; readonly at: string } | null = null;

  setHandler(
    approvalUpdate,
    (decision: ApprovalDecision) => {
      decided = { decision, at: new Date().toISOString() };
    },
    {
      validator: (proposed: ApprovalDecision) => refuse(asked, decided?.decision ?? null, proposed),
      description: 'Approves or rejects what the run waits for.',
    },
  );

  const isDecided = (): boolean => decided !== null;
  return {
    ask: async ({ spec, evidence, resolvers, waiting }) => {
      const withinMs = parseDuration(spec.within) ?? 0; // the door has checked it
      const remindMs = spec.remindAfter === undefined ? null : parseDuration(spec.remindAfter);
      const until = new Date(Date.now() + withinMs).toISOString();
      const { by, byStarter } = spec;
      const who = { ...(by && { by }), ...(!byStarter && { byStarter: false as const }) };
      const digest = digestOfSubject(evidence.subject);
      const request: ApprovalRequest = { ...evidence, digest, ...who, until };
      asked = { digest, by, excluded: byStarter ? null : [...starters, ...resolvers] };
      waiting(`${spec.by?.join(' or ') ?? 'an operator'} to approve until ${until}`, request);
      try {
        await announce('run.approval-requested', request);
        if (remindMs !== null && !(await condition(isDecided, remindMs)))
          await announce('run.approval-reminded', request);
        await condition(isDecided, Math.max(1, withinMs - (remindMs ?? 0)));
      } finally {
        asked = null; // a run that was cancelled asks no more
      }
      return { ...outputOf(decided), subject: evidence.subject, digest };
    },
  };
}

function outputOf(
  decided: { readonly decision: ApprovalDecision; readonly at: string } | null,
): ApprovalOutput {
  if (decided === null) return { decision: 'expired', at: new Date().toISOString() };
  const { action, actor, reason } = decided.decision;
  return {
    decision: action === 'approve' ? 'approved' : 'rejected',
    by: actor,
    reason,
    at: decided.at,
  };
}

function refuse(asked: Asked | null, earlier: ApprovalDecision | null, proposed: ApprovalDecision): void {
  const no = (type: 'APPROVAL_NOT_AWAITED' | 'APPROVAL_DENIED', message: string) =>
    ApplicationFailure.nonRetryable(message, type);
  if (earlier !== null)
    throw no('APPROVAL_NOT_AWAITED', `it was decided before: ${earlier.actor} chose to ${earlier.action}`);
  if (asked === null)
    throw no('APPROVAL_NOT_AWAITED', 'the run awaits no approval, or it is too late for one');
  if (proposed.digest !== undefined && proposed.digest !== asked.digest)
    throw no(
      'APPROVAL_NOT_AWAITED',
      'what is to be decided is not what you were shown any more: look at it again',
    );
  if (proposed.actor.trim() === '' || proposed.reason.trim() === '')
    throw no('APPROVAL_DENIED', 'a decision needs an actor and a reason');
  if (asked.by !== undefined && !proposed.names.some((name) => asked.by?.includes(name)))
    throw no('APPROVAL_DENIED', `${proposed.actor} may not decide; ${asked.by.join(', ')} may`);
  const { actor, names, ids = [], resetters = [] } = proposed;
  const excluded = asked.excluded && [...asked.excluded, ...knownAs(undefined, resetters)];
  if (excluded !== null && isSame(knownAs(actor, [...names, ...ids]), excluded))
    throw no(
      'APPROVAL_DENIED',
      `${actor} may not decide: whoever has started, triggered, replayed, reset or resolved the run, or has a name or id in common with them, may not`,
    );
}
