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
import { PlatformError } from '../../platform/errors.js';
import { isOwnOf } from './attempt.js';
import { notYet } from './failures.js';
import { type Shared, found, heldForCreation, heldForRun, keyIn, open, release } from './holds.js';
import { nextLookMs } from './looks.js';
import type { Standing } from './undoing.js';

const rememberedAtMost = 10_000;

type Asking = Pick<Effect, 'connection' | 'origin'>;

export interface Adoptions {
  /**
   * Writes down that a run goes on with what another one has made.
   * @throws ApplicationFailure, benign and retryable, while that is being undone
   */
  adopt(effect: Asking, of: Shared): Promise<void>;
  /**
   * Undoes what was made, unless it was taken over. What is undone, or may be, nobody takes over for minutes, in which lists
   * may still show it.
   */
  undoAlone(effect: Asking, of: Shared, undo: () => Promise<Standing>): Promise<Standing>;
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
  // What was taken over stays so for longer than a worker lives.
  const taken = new Set<string>();
  return {
    adopt: async (effect, of) => {
      const { client, info } = Context.current();
      const workflowId = idOf(effect, of);
      if (taken.has(workflowId)) return;
      const by = { runId: effect.origin.runId };
      const keeper = await take(client, { workflowId, by, heldFor: heldForRun });
      if (typeof keeper === 'string' || !isUndoing(keeper)) {
        if (taken.size >= rememberedAtMost) taken.clear();
        taken.add(workflowId);
        return;
      }
      const elapsedMs = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
      const why = `${runOf(keeper)} undoes the ${of.kind} ${JSON.stringify(of.name)}, which it has made`;
      throw notYet(why, nextLookMs(elapsedMs, waits));
    },
    undoAlone: async (effect, of, undo) => {
      const { client } = Context.current();
      const workflowId = idOf(effect, of);
      const by = { runId: effect.origin.runId, isUndoing: true };
      const keeper = await take(client, { workflowId, by, heldFor: heldForCreation });
      if (typeof keeper !== 'string' && !isUndoing(keeper)) {
        const reason = `${runOf(keeper)} has taken it over`;
        return { state: 'left', left: { kind: of.kind, id: of.name, reason, lasting: true } };
      }
      const keeperId = typeof keeper === 'string' ? keeper : keeper.runId;
      const offer = () => release(client, { workflowId, keeperId }, 'it stays');
      try {
        const standing = await undo();
        if (standing.state === 'left' && standing.left.lasting === true) await offer();
        return standing;
      } catch (error) {
        // A try before, which has left it closed, may have undone it.
        const isFirst = typeof keeper === 'string';
        if (isFirst && error instanceof PlatformError && !error.ambiguous) await offer();
        throw error;
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
