/** Performs a step as a run does: each of its effects is tried as a worker tries it, until it has an end. */
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { UndoCall } from '../../src/run/undoing/effect.js';
import type { Effects, ReadingEffects } from '../../src/run/undoing/effects.js';
import type { Origin } from '../../src/run/ids.js';
import type { StepContext } from '../../src/steps/context.js';
import { tried } from './retraining-stage.js';

export interface Performing {
  readonly origin: Origin;
  /** Whether an attempt of the run before this one may have sent. */
  readonly begunBefore?: boolean;
  /** Whether it is known that nothing was sent; unless stated, it is where nothing was begun before. */
  readonly isFirst?: boolean;
  /** Above 1, the tries before it were cut off with their worker, and have left no word. */
  readonly firstTry?: number;
  /** Told of each try of an effect that is to be tried again, and lets time pass. */
  readonly between: (effect: string) => Promise<void>;
}

/** What a step has said about itself. */
export interface Said {
  readonly waitingFor: string[];
  /** What it has registered, before each effect and after its answer. */
  readonly undo: Partial<UndoCall>[];
  /** How long it has paused, in milliseconds. */
  readonly pauses: number[];
}

/** A run that started long ago, for what asks Temporal for that. */
export const longAgo = {
  workflow: { getHandle: () => ({ describe: () => Promise.resolve({ startTime: new Date(0) }) }) },
} as unknown as Client; // of all of it, what effects ask

/** The context of one try of a step, over activities that act on the simulator. */
export function contextOf<Calls extends object = Effects & ReadingEffects>(
  activities: Partial<NoInfer<Calls>>,
  { origin, begunBefore = false, isFirst = !begunBefore, firstTry = 1, between }: Performing,
): { readonly step: StepContext<Calls>; readonly said: Said } {
  const said: Said = { waitingFor: [], undo: [], pauses: [] };
  const effect = { connection: 'domino-test', origin, begunBefore };
  const absent = (): never => {
    throw new Error('no step of these tests asks for it');
  };
  const step: StepContext<Calls> = {
    effect,
    effects: effectsOver<Calls>(activities, { firstTry, between }),
    run: {
      ...{ runId: origin.runId, startedAt: new Date(0).toISOString(), continuation: undefined },
      attemptId: undefined,
      ...{ supplied: () => [], starters: () => ['ada'], notify: undefined, record: absent },
    },
    ...{ preflight: undefined, again: undefined, isFirst },
    effectOf: (name) => ({ ...effect, origin: { ...origin, step: name } }),
    waiting: (waitingFor) => said.waitingFor.push(waitingFor),
    ask: absent,
    pause: (forMs) => {
      said.pauses.push(forMs);
      return Promise.resolve(new Date(forMs).toISOString());
    },
    once: (ask) => ask(),
    undo: (_, target) => {
      said.undo.push({ target });
      return (made, { inDoubt }) => said.undo.push({ target, made, ...(inDoubt && { doubt: 'perhaps' }) });
    },
    ...{ acting: () => undefined, sent: absent, sweep: absent, undone: absent },
  };
  return { step, said };
}

/** Effects as a step calls them: each is tried as a worker tries it. */
export function effectsOver<Calls extends object>(
  activities: Partial<Calls>,
  { firstTry, between }: Required<Pick<Performing, 'firstTry' | 'between'>>,
): Calls {
  const known = activities as Readonly<Record<string, ((input: unknown) => Promise<unknown>) | undefined>>;
  return new Proxy({} as Calls, {
    get: (_, name: string) => async (input: unknown) => {
      let details: unknown;
      for (let number = firstTry; ; number += 1) {
        const heartbeat = (left: unknown): void => void (details = left);
        const perform = async (): Promise<unknown> => known[name]?.(input);
        const outcome = await tried({ number, details, heartbeat, client: longAgo }, perform);
        if (!(outcome instanceof ApplicationFailure)) return outcome;
        if (outcome.nonRetryable === true) throw outcome;
        await between(name);
      }
    },
  }); // whichever effect it is, its argument is passed on as it is
}
