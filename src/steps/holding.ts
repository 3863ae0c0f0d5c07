/** One run at a time per model: what a step does when another run has it. */
import type { Effects, Hold } from '../run/undoing/effects.js';
import { type ModelNames, holdKeyOf } from '../run/ids.js';
import type { StepContext } from './context.js';
import { fail, failureOf } from './failures.js';

/** What a step needs for itself, and what it does while another run has it. */
export interface Needed extends Hold {
  readonly whenBusy: 'wait' | 'skip' | 'replace';
}

/** What an input needs for itself; `undefined` where it trains no model that has a name. */
export function neededBy(
  input: ModelNames & {
    /** Left out by runs of a version before there were holds: they hold nothing. */
    readonly whenBusy?: Needed['whenBusy'] | undefined;
  },
): Needed | undefined {
  const { whenBusy } = input;
  const key = whenBusy === undefined ? null : holdKeyOf(input);
  return key === null || whenBusy === undefined ? undefined : { key, whenBusy };
}

/** What holding asks of a step, on whichever platform. */
type HoldingStep = Pick<StepContext<object>, 'effect' | 'run' | 'sent' | 'waiting'> & {
  readonly effects: Pick<Effects, 'awaitHold'>;
};

/** Performs what refuses as `MODEL_BUSY` while another run has the model, as often as that takes. */
export function holding<T>(
  step: HoldingStep,
  needed: Needed | undefined,
  perform: (hold: Hold | undefined) => Promise<T>,
): Promise<T> {
  return perform(needed && holdOf(step, needed)).catch(async (error: unknown) => {
    const failure = failureOf(error);
    if (failure?.code !== 'MODEL_BUSY' || needed === undefined || needed.whenBusy === 'skip') throw error;
    step.sent(false); // whoever has no hold sends nothing
    step.waiting(failure.message);
    const answer = await awaitHold(step, needed);
    if (!answer.held) throw fail({ code: 'MODEL_BUSY', message: answer.reason });
    step.sent(true);
    return holding(step, needed, perform);
  });
}

/** Waits for the model as the input says. */
export function awaitHold(step: HoldingStep, needed: Needed) {
  const { effect, effects, run } = step;
  const { runId, startedAt } = run;
  const hold = holdOf(step, needed);
  return effects.awaitHold({
    ...{ connection: effect.connection, hold, whenBusy: needed.whenBusy, runId, startedAt },
  });
}

const holdOf = ({ run: { attemptId } }: Pick<HoldingStep, 'run'>, { key }: Needed): Hold => ({
  key,
  ...(attemptId !== undefined && { attemptId }),
});
