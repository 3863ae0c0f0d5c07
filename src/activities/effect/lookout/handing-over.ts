/**
 * An await hands over what is at work: the lookout is told which activity waits for what, and the activity rests. To Temporal
 * it rests until its next try, a day later, which has three merits over a try that is left open. It can be completed by its
 * id, as an open one can; it needs no heartbeat, and its worker may die; and its cancellation is done at once.
 */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import {
  type HandedOver,
  type LookoutOf,
  type LookoutStart,
  type Wait,
  awaitedSignalName,
  fullMemo,
  lookoutIdOf,
  lookoutWorkflow,
  selfLookMs,
  waitKeyOf,
} from '../../../run/lookouts.js';
import { pipelinesQueue } from '../../../run/ids.js';
import type { Json } from '../../../run/json.js';
import { describedIfKnown } from '../../../client/attempts.js';
import { type Attempting, attempted, withinUsuallyMs } from '../attempt.js';
import { atWorkIn, notYet } from '../failures.js';
import { createSharedLooks } from '../looks.js';
import type { Watching } from './watching.js';

const tellsWithinMs = 10_000;
/** Whether a lookout takes more is asked of Temporal so often at most. */
const fullForMs = 2_000;
const mostShards = 100;
/** Of its argument. A wait that is longer looks by itself. */
const mostCharacters = 100_000;

/** An effect that awaits: it looks, and hands over what is at work. */
export function awaiting<I extends object, O>(
  deps: Attempting,
  watching: Watching<I, O>,
): (input: I) => Promise<O> {
  const isFull = createFullness();
  return attempted(deps, (input: I, attempt) => watching.look(input, attempt), {
    ...(watching.withinMs && { withinMs: watching.withinMs }),
    resting: async (input, failure, { nowMs, elapsedMs }) => {
      const work = atWorkIn(failure);
      const { connection } = deps;
      if (work === null || connection === undefined) return failure;
      const of = { connection: connection.name, effect: watching.effect, scope: watching.scopeOf(input) };
      const restMs = Math.min(selfLookMs, leftMs(watching, input, elapsedMs));
      const wait = waitOf(watching, input, { sinceMs: nowMs - elapsedMs, atMs: nowMs });
      // It looks soon again where nobody else does.
      const lookout = restMs > 0 && wait !== null ? await handOver(of, wait, isFull) : null;
      if (lookout === null || wait === null) return failure;
      const handedOver: HandedOver = { lookout, key: waitKeyOf(wait), what: work.what };
      return notYet(failure.message, restMs, handedOver);
    },
  });
}

/** How long it may go on until the effect itself must look. */
function leftMs<I, O>({ withinMs, looksAfterMs }: Watching<I, O>, input: I, elapsedMs: number): number {
  const ends = [withinMs?.(input) ?? withinUsuallyMs, looksAfterMs?.(input) ?? Infinity];
  return Math.ceil(Math.min(...ends) - elapsedMs);
}

/** `null` for one that no lookout takes. */
function waitOf<I extends object, O>(
  watching: Watching<I, O>,
  input: I,
  times: Pick<Wait, 'sinceMs' | 'atMs'>,
): Wait | null {
  const { workflowExecution, activityId, attempt } = Context.current().info;
  if (workflowExecution === undefined || JSON.stringify(input).length > mostCharacters) return null;
  const list = watching.list?.of(input);
  return {
    run: { workflowId: workflowExecution.workflowId, runId: workflowExecution.runId, activityId },
    ...{ attempt, id: watching.idOf(input) },
    ...(list !== undefined && { list }),
    input: input as Json, // it has come from JSON
    ...times,
  };
}

type IsFull = (client: Client, lookout: string) => Promise<boolean>;

/** Whether lookouts take no more. */
function createFullness(): IsFull {
  const { share } = createSharedLooks();
  return (client, lookout) =>
    share(lookout, fullForMs, async () => {
      const known = await describedIfKnown(client, lookout);
      return known?.status.name === 'RUNNING' && known.memo?.[fullMemo] === true;
    });
}

/** Tells the first lookout that takes it; `null` where Temporal could not be told. */
async function handOver(of: Omit<LookoutOf, 'shard'>, wait: Wait, isFull: IsFull): Promise<string | null> {
  const context = Context.current();
  try {
    const { client } = context;
    return await client.withDeadline(Date.now() + tellsWithinMs, async () => {
      let shard = 0;
      while (shard < mostShards - 1 && (await isFull(client, lookoutIdOf({ ...of, shard })))) shard += 1;
      return tellLookout(client, { ...of, shard }, [wait]);
    });
  } catch (error) {
    context.log.warn('a wait could not be handed over, and looks by itself', { error });
    return null;
  }
}

/** Hands waits to a lookout, which is started where there is none; resolves to its id. */
export async function tellLookout(client: Client, of: LookoutOf, waits: readonly Wait[]): Promise<string> {
  const workflowId = lookoutIdOf(of);
  await client.workflow.signalWithStart(lookoutWorkflow, {
    workflowId,
    taskQueue: pipelinesQueue,
    args: [{ of }] satisfies [LookoutStart],
    signal: awaitedSignalName,
    signalArgs: [waits],
    staticSummary: `looks for all who wait on ${of.connection} (${of.effect})`,
  });
  return workflowId;
}
