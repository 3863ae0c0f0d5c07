/**
 * What a run has made under a name, and others go on with: whoever takes it over writes that down, and its maker leaves it then.
 * Temporal keeps it, by an id that is open once: while something is being undone, nobody can take it over, and once it was
 * taken over, it is not undone.
 */
import { Context } from '@temporalio/activity';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { Effect } from '../../run/undoing/effects.js';
import { holdPrefix } from '../../run/ids.js';
import { anyMarker } from '../../client/markers.js';
import type { ActivityDependencies } from '../dependencies.js';
import { isOwnOf } from './attempt.js';
import { notYet } from './failures.js';
import { type Shared, found, heldForCreation, heldForRun, keyIn, open, release } from './holds.js';
import { nextLookMs } from './looks.js';

type Asking = Pick<Effect, 'connection' | 'origin'>;

export interface Adoptions {
  /**
   * Writes down that a run goes on with what another one has made.
   * @throws ApplicationFailure, benign and retryable, while that is being undone
   */
  adopt(effect: Asking, of: Shared): Promise<void>;
  /** Undoes what was made while nobody takes it over; answers by which run it was taken over where that is so. */
  undoAlone<T>(
    effect: Asking,
    of: Shared,
    undo: () => Promise<T>,
  ): Promise<{ readonly undone: T } | { readonly adoptedBy: string }>;
}

/** Whether a description names the run: another step of it may have made what has that. */
const saysRun = (text: string, { runId }: Effect['origin']): boolean =>
  text.split(/[\s(),]+/).some((word) => [runId, `${runId}.`, runId.slice(0, 60)].includes(word));

/** Whether another run has made what has this description, and may undo it. */
export const isOfAnotherRun = (
  { origin }: Pick<Effect, 'origin'>,
  description: string | null | undefined,
): boolean => {
  const text = description ?? '';
  return anyMarker.test(text) && !isOwnOf(origin, text) && !saysRun(text, origin);
};

/** Those of one connection's worker. */
export function createAdoptions({ waits }: Pick<ActivityDependencies, 'waits'>): Adoptions {
  return {
    adopt: async (effect, of) => {
      const { client, info } = Context.current();
      const workflowId = idOf(effect, of);
      const by = { runId: effect.origin.runId };
      const keeper = await take(client, { workflowId, by, heldFor: heldForRun });
      if (typeof keeper === 'string' || !isUndoing(keeper)) return;
      const elapsedMs = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
      const why = `${runOf(keeper)} undoes the ${of.kind} ${JSON.stringify(of.name)}, which it has made`;
      throw notYet(why, nextLookMs(elapsedMs, waits));
    },
    undoAlone: async (effect, of, undo) => {
      const { client } = Context.current();
      const workflowId = idOf(effect, of);
      const by = { runId: effect.origin.runId, isUndoing: true };
      const keeper = await take(client, { workflowId, by, heldFor: heldForCreation });
      if (typeof keeper !== 'string' && !isUndoing(keeper)) return { adoptedBy: runOf(keeper) };
      const keeperId = typeof keeper === 'string' ? keeper : keeper.runId;
      try {
        return { undone: await undo() };
      } finally {
        await release(client, { workflowId, keeperId }, 'it is undone, or stays');
      }
    },
  };
}

const idOf = ({ connection }: Asking, of: Shared): string =>
  `${holdPrefix}${keyIn(connection, `adopted-${of.kind}`, of)}`;

/** The execution that was opened, or the one that was there. */
async function take(
  client: Client,
  taking: Parameters<typeof open>[1],
): Promise<string | WorkflowExecutionDescription> {
  for (;;) {
    const opened = await open(client, taking);
    if (opened !== null) return opened;
    const keeper = await found(client.workflow.getHandle(taking.workflowId).describe());
    if (keeper?.status.name === 'RUNNING') return keeper;
  }
}

const isUndoing = ({ memo }: WorkflowExecutionDescription): boolean => memo?.['isUndoing'] === true;
const runOf = ({ memo }: WorkflowExecutionDescription): string => String(memo?.['runId']);
