/** One run at a time per model: what is done when another run has it. */
import { workflowInfo } from '@temporalio/workflow';
import type { Effects, Hold } from '../pipeline/effects.js';
import { holdKeyOf } from '../pipeline/ids.js';
import type { TrainAndDeployInput } from '../pipeline/inputs.js';
import { fail, failureOf } from './failures.js';
import type { StepContext } from './steps.js';

type Input = Pick<TrainAndDeployInput, 'connection' | 'project' | 'register' | 'deploy'> & {
  /** Left out by runs of a version before there were holds: they hold nothing. */
  readonly whenBusy?: TrainAndDeployInput['whenBusy'] | undefined;
};

/** What an input needs for itself; `undefined` when it trains no model that has a name. */
export function holdOf(input: Input): Hold | undefined {
  const key = input.whenBusy === undefined ? null : holdKeyOf(input);
  return key === null ? undefined : { key };
}

/** Performs what refuses as `MODEL_BUSY` while another run has the model, as often as that takes. */
export function holding<T>(
  effects: Effects,
  step: StepContext,
  input: Input,
  perform: (hold: Hold | undefined) => Promise<T>,
): Promise<T> {
  const hold = holdOf(input);
  return perform(hold).catch(async (error: unknown) => {
    const failure = failureOf(error);
    if (failure?.code !== 'MODEL_BUSY' || hold === undefined || input.whenBusy === 'skip') throw error;
    step.sent(false); // whoever has no hold sends nothing
    step.waiting(failure.message);
    const { whenBusy = 'wait' } = input;
    const answer = await awaitHold(effects, { connection: input.connection, hold, whenBusy });
    if (!answer.held) throw fail({ code: 'MODEL_BUSY', message: answer.reason });
    step.sent(true);
    return holding(effects, step, input, perform);
  });
}

/** Waits for the model as the input says. */
export function awaitHold(
  effects: Effects,
  of: Pick<Parameters<Effects['awaitHold']>[0], 'connection' | 'hold' | 'whenBusy'>,
) {
  const { workflowId: runId, startTime } = workflowInfo();
  return effects.awaitHold({ ...of, runId, startedAt: startTime.toISOString() });
}
