/** What the code of a step does, in its order, on the answers that a test names. */
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';

export const effect = {
  connection: 'dev',
  origin: { runId: 'mine.k', firstAttemptId: 'a', step: 'here', generation: 1 },
  begunBefore: false,
};

/** What the run throws when an effect has failed with this code. */
export const failed = (code: string, message = `it was ${code}`): ActivityFailure =>
  new ActivityFailure(
    'failed',
    'effect',
    '1',
    RetryState.NON_RETRYABLE_FAILURE,
    undefined,
    ApplicationFailure.create({ type: code, message }),
  );

interface Given {
  /** By effect, one for each time that it is called; an error is thrown. */
  readonly answers?: Readonly<Record<string, readonly unknown[]>>;
  readonly run?: object;
  readonly [field: string]: unknown;
}

/** A step, and all that its code has done with it: calls of effects with their arguments, and what it has said. */
export function recordedStep({ answers = {}, run = {}, ...given }: Given = {}) {
  const did: unknown[][] = [];
  const note =
    (what: string) =>
    (...said: unknown[]): void =>
      void did.push([what, ...said]);
  const left = new Map(Object.entries(answers).map(([name, all]) => [name, [...all]]));
  const call = (name: string, asked: unknown): Promise<unknown> => {
    note(name)(asked);
    const [answer] = left.get(name)?.splice(0, 1) ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const undo = (...how: unknown[]) => {
    note('undo')(...how);
    return note('answered');
  };
  const step = {
    effect,
    effects: new Proxy({}, { get: (_, name) => call.bind(null, String(name)) }),
    isFirst: true,
    effectOf: (name: string) => ({ ...effect, origin: { ...effect.origin, step: name } }),
    once: (ask: () => unknown) => ask(),
    ask: (...about: unknown[]) => call('ask', about),
    ...{
      waiting: note('waiting'),
      sent: note('sent'),
      acting: note('acting'),
      sweep: note('sweep'),
      undone: note('undone'),
      undo,
    },
    run: {
      ...{ runId: 'mine.k', startedAt: '2026-11-30T00:00:00.000Z' },
      ...{ supplied: () => [], starters: () => ['ada'], record: note('record'), ...run },
    },
    ...given,
  };
  return { did, step: step as never }; // of all of it, what the steps of these tests ask
}
