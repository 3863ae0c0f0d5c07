/** What a run can undo, last made first. */
import { CancellationScope } from '@temporalio/workflow';
import type { Cleanup, RemoteReference } from '../pipeline/steps.js';
import { failureOf } from './failures.js';

/**
 * `running`: it uses the platform until it is stopped (a job, a build, a deployment on its way).
 * `lasting`: it stays and costs little (an environment), and goes only when the input asks for `cleanup`.
 */
export type UndoKind = 'running' | 'lasting';

export interface Undo {
  readonly step: string;
  readonly kind: UndoKind;
  readonly object: RemoteReference['kind'];
  readonly perform: () => Promise<Cleanup>;
}

export interface UndoStack {
  /** Registers before the effect is sent, so that one whose answer is lost is undone too. */
  add(undo: Undo): void;
  /** Forgets what a finished step had running: it runs no more. */
  settle(step: string): void;
  /** Undoes in reverse order, of all steps or of one, also when the run was cancelled; reports what is left. */
  perform(kinds: readonly UndoKind[], step?: string): Promise<Cleanup>;
}

/** An empty stack. */
export function createUndoStack(): UndoStack {
  let stack: readonly Undo[] = [];
  return {
    add: (undo) => {
      stack = [undo, ...stack];
    },
    settle: (step) => {
      stack = stack.filter((undo) => undo.step !== step || undo.kind !== 'running');
    },
    perform: (kinds, step) => {
      const chosen = stack.filter(
        (undo) => kinds.includes(undo.kind) && (step === undefined || undo.step === step),
      );
      return CancellationScope.nonCancellable(() => performAll(chosen));
    },
  };
}

async function performAll(stack: readonly Undo[]): Promise<Cleanup> {
  let [undone, leftBehind]: [Cleanup['undone'], Cleanup['leftBehind']] = [[], []];
  for (const undo of stack) {
    const outcome = await perform(undo);
    undone = [...undone, ...outcome.undone];
    leftBehind = [...leftBehind, ...outcome.leftBehind];
  }
  return { undone, leftBehind };
}

async function perform(undo: Undo): Promise<Cleanup> {
  try {
    return await undo.perform();
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { undone: [], leftBehind: [{ kind: undo.object, reason: failure.message }] };
  }
}
