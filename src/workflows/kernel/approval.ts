/** Approval: a run waits for a person, shows what is to be decided, reminds once, and expires. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import { parseDuration } from '../../run/schedules/durations.js';
import { isSame, knownAs } from '../../run/approvals/people.js';
import type { Approval } from '../../run/inputs/retrain-input.js';
import { digestOfSubject } from '../../run/approvals/deployment-subject.js';
import type { ApprovalDecision, ApprovalOutput, ApprovalRequest } from '../../run/retraining/retraining.js';
import type { ApprovalEvidence } from '../../steps/context.js';
import { approvalUpdate } from './messages.js';
import type { OpenQuestion } from '../../run/legs.js';
import type { Announce } from './announce.js';

export interface Approvals {
  /** Accepts decisions from now on; one that does not count is refused before it reaches history. */
  listen(): void;
  /** Those that are awaited, by step, for the next leg. */
  open(): Readonly<Record<string, OpenQuestion>>;
  /** Whether somebody has decided on what the run has not gone on by yet. */
  isSpokenTo(): boolean;
  /** Waits for a decision, or until it is too late for one. Several may be asked for at once. */
  ask(question: Question): Promise<ApprovalOutput>;
  /** Nobody is asked any more: the run comes to its end. Every wait ends as if it had been cancelled. */
  giveUp(): void;
}

/** What is asked, and of whom. */
export interface Question {
  /** The step that asks. */
  readonly step: string;
  readonly spec: Approval;
  readonly evidence: ApprovalEvidence;
  /** All that those are known by who have resolved a step of the attempt, also while this waits: they may not decide either. */
  resolvers(): readonly string[];
  /** Says what is waited for, and what is to be decided. */
  waiting(waitingFor: string, approval: ApprovalRequest): void;
}

/** What a step has asked in this attempt. */
interface Asked {
  readonly step: string;
  readonly digest: string;
  readonly by: readonly string[] | undefined;
  /** `null`: everybody who may decide may do so. */
  readonly excluded: (() => readonly string[]) | null;
  decided: { readonly decision: ApprovalDecision; readonly at: string } | null;
  /** Whether it is too late to decide. */
  isOver: boolean;
  isReminded: boolean;
  readonly request: ApprovalRequest;
}

/**
 * Nothing is accepted yet. Starters are all that those are known by who have brought the run about; what the leg before has asked
 * is not asked again.
 */
export function createApprovals(
  starters: readonly string[],
  announce: Announce,
  before: Readonly<Record<string, OpenQuestion>> = {},
): Approvals {
  const askedBefore = new Map(Object.entries(before));
  const questions = new Map<string, Asked>();
  let isGivenUp = false;
  const listen = (): void =>
    setHandler(
      approvalUpdate,
      (decision: ApprovalDecision) => {
        const asked = meantBy(decision, [...questions.values()]);
        if (asked !== null) asked.decided = { decision, at: new Date().toISOString() };
      },
      {
        validator: (proposed: ApprovalDecision) => refuse([...questions.values()], proposed),
        description: 'Approves or rejects what the run waits for.',
      },
    );

  const endIfGivenUp = (): void => {
    if (isGivenUp) throw new CancelledFailure('the run comes to its end');
  };
  const remind = async (asked: Asked, leftMs: number): Promise<void> => {
    if (await condition(() => asked.decided !== null || isGivenUp, Math.max(1, leftMs))) return;
    asked.isReminded = true;
    await announce('run.approval-reminded', asked.request);
  };
  return {
    listen,
    open: () => {
      const awaited = [...questions.values()].filter(isOpen);
      return Object.fromEntries(
        awaited.map(({ step, request, isReminded }) => [step, { request, isReminded }]),
      );
    },
    isSpokenTo: () => [...questions.values()].some(({ decided, isOver }) => decided !== null && !isOver),
    giveUp: () => {
      isGivenUp = true;
    },
    ask: async ({ step, spec, evidence, resolvers, waiting }) => {
      endIfGivenUp();
      const known = askedBefore.get(step);
      askedBefore.delete(step);
      const withinMs = parseDuration(spec.within) ?? 0; // the door has checked it
      const remindMs = spec.remindAfter === undefined ? null : parseDuration(spec.remindAfter);
      const { subject } = evidence;
      const digest = digestOfSubject(subject);
      const until = known?.request.until ?? new Date(Date.now() + withinMs).toISOString();
      const request = known?.request ?? { ...evidence, digest, ...whoOf(spec), until };
      const excluded = spec.byStarter ? null : () => [...starters, ...resolvers()];
      const isReminded = known?.isReminded === true;
      const asked: Asked = {
        ...{ step, digest, by: spec.by, excluded, decided: null, isOver: false, isReminded, request },
      };
      questions.set(step, asked);
      const leftMs = (): number => Date.parse(until) - Date.now();
      try {
        if (known === undefined) {
          waiting(`${spec.by?.join(' or ') ?? 'an operator'} to approve until ${until}`, request);
          await announce('run.approval-requested', request);
        }
        if (remindMs !== null && !isReminded) await remind(asked, leftMs() - withinMs + remindMs);
        await condition(() => asked.decided !== null || isGivenUp, Math.max(1, leftMs()));
      } finally {
        asked.isOver = true; // a run that was cancelled asks no more
      }
      if (asked.decided === null) endIfGivenUp();
      return { ...outputOf(asked.decided), subject, digest };
    },
  };
}

const whoOf = ({ by, byStarter }: Approval): Pick<ApprovalRequest, 'by' | 'byStarter'> => ({
  ...(by && { by }),
  ...(!byStarter && { byStarter: false }),
});

/** The question that a decision is on: of the step that it names, or the one that is open; `null` where that is none. */
function meantBy({ step, digest }: ApprovalDecision, questions: readonly Asked[]): Asked | null {
  if (step !== undefined) return questions.find((asked) => asked.step === step) ?? null;
  const open = questions.filter(isOpen);
  if (open.length > 1) return open.find((asked) => asked.digest === digest) ?? null;
  return open[0] ?? questions.at(-1) ?? null;
}

const isOpen = ({ isOver, decided }: Asked): boolean => !isOver && decided === null;

function outputOf(decided: Asked['decided']): ApprovalOutput {
  if (decided === null) return { decision: 'expired', at: new Date().toISOString() };
  const { action, actor, reason } = decided.decision;
  return {
    decision: action === 'approve' ? 'approved' : 'rejected',
    by: actor,
    reason,
    at: decided.at,
  };
}

function refuse(questions: readonly Asked[], proposed: ApprovalDecision): void {
  const no = (type: 'APPROVAL_NOT_AWAITED' | 'APPROVAL_DENIED', message: string) =>
    ApplicationFailure.nonRetryable(message, type);
  const asked = meantBy(proposed, questions);
  const open = questions.filter(isOpen);
  if (asked === null && open.length > 1)
    throw no('APPROVAL_NOT_AWAITED', `the run awaits several: name the step, ${sayNames(open)}`);
  const earlier = asked?.decided?.decision;
  if (earlier !== undefined)
    throw no('APPROVAL_NOT_AWAITED', `it was decided before: ${earlier.actor} chose to ${earlier.action}`);
  if (asked === null || asked.isOver)
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
  const excluded = asked.excluded && [...asked.excluded(), ...knownAs(undefined, resetters)];
  if (excluded !== null && isSame(knownAs(actor, [...names, ...ids]), excluded))
    throw no(
      'APPROVAL_DENIED',
      `${actor} may not decide: whoever has started, triggered, replayed, reset or resolved the run, or has a name or id in common with them, may not`,
    );
}

const sayNames = (questions: readonly Asked[]): string =>
  questions.map(({ step }) => `"${step}"`).join(' or ');
