/** Whether a tick retrains, and whether it has the model to itself then. */
import type { Decision, Outcome } from '../../run/retraining/retraining.js';
import type { When } from '../../run/inputs/retrain-input.js';
import type { RunOfStep } from '../context.js';
import { type Needed, awaitHold } from '../holding.js';
import { defineDominoStep } from './effects.js';

export interface DecideSpec {
  readonly project: string;
  readonly modelApi: string;
  /** As `modelOf` names it. */
  readonly model: string;
  readonly when: When;
  readonly needed: Needed | undefined;
}

export const decide = defineDominoStep<DecideSpec, Decision>({
  kind: 'domino.decide',
  holds: { verdict: ['retrain', 'skip', 'undecided', 'busy'], reason: 'a text' },
  mayHold: { evidence: 'a list of objects with condition' },
  decides: true,
  holdsBack: true,
  goesOnIf: 'it decides to retrain',
  recorded: { output: ['decideRetraining'] },
  madeFrom: ({ when }) => ({ when }),
  ends: ({ verdict, reason }) =>
    verdict === 'retrain' ? null : { outcome: outcomeOf(verdict), conclusion: reason, isRecorded: true },
  // Decides, takes the model, and decides again if it had to wait for it: the one who had it may have retrained it.
  perform: async (step, { needed, ...about }) => {
    const { effect, effects, run } = step;
    const asked = { connection: effect.connection, ...about, runId: run.runId };
    for (;;) {
      const decision = await effects.decideRetraining(asked);
      if (decision.verdict !== 'retrain' || needed === undefined) return written(run, decision);
      step.waiting(`${about.model} to be free`);
      const answer = await awaitHold(step, needed);
      if (!answer.held) return written(run, { ...decision, verdict: 'busy', reason: answer.reason });
      if (!answer.waited) return written(run, decision);
    }
  },
});

/** What a tick comes to that does not retrain. */
function outcomeOf(verdict: Exclude<Decision['verdict'], 'retrain'>): Outcome {
  return verdict === 'skip' ? 'skipped' : verdict;
}

function written(run: RunOfStep, decision: Decision): Decision {
  const { verdict, reason } = decision;
  if (verdict === 'retrain') run.record('retraining', { decision });
  else run.record(outcomeOf(verdict), { decision, conclusion: reason });
  return decision;
}
