/** What the state of a connection needs of its workers: whether its credential is accepted, and its parked runs going on. */
import { Context } from '@temporalio/activity';
import {
  type Client,
  type WorkflowExecutionInfo,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { update } from '../client/updating.js';
import { LonghaulError } from '../run/failures/errors.js';
import { type ConnectionEffects, type Resumption, credentialCodes } from '../run/connections.js';
import { quote } from '../run/search-attributes.js';
import { partlyParked } from '../run/standing.js';
import type { Resolution } from '../run/steps.js';
import { askTemporal } from './asking-temporal.js';
import { asLongAsItTakes, attempted } from './effect/attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { type WhoAmI, refusalOf } from './effect/elsewhere.js';
import { notYet } from './effect/failures.js';
import { nextLookMs } from './effect/looks.js';

/** So many runs go on in one try; the next one takes more. */
const atOnce = 200;
/** So many of them are told at the same time. */
const besides = 10;
/** A run whose worker is gone does not answer, and must not keep the others waiting. */
const answersWithinMs = 5_000;
/** Well within the time of one try. */
const tellsForMs = 30_000;
/** Lists lag, and a run may park in the moment in which the connection opens: it is over when so many looks found none. */
const quietLooks = 5;

type Dependencies = Pick<ActivityDependencies, 'waits' | 'connection'> & {
  readonly whoAmI: WhoAmI;
};

/** Builds them for one connection. */
export function createConnectionActivities({ waits, ...given }: Dependencies): ConnectionEffects {
  // No person is asked: what they wait for is what a person was asked for, and it may be hidden by an outage for a while.
  const deps = { ...given, waits: { ...waits, patienceMs: Infinity } };
  const tellings = createTellings();
  return {
    checkCredential: attempted(deps, async () => {
      const refusal = await refusalOf(deps.whoAmI);
      return refusal === null ? { accepted: true } : { accepted: false, ...refusal };
    }),
    awaitCredential: attempted(
      deps,
      async (_, { elapsedMs }) => {
        const refusal = await refusalOf(deps.whoAmI);
        if (refusal === null) return { accepted: true };
        throw notYet(refusal.message, nextLookMs(elapsedMs, deps.waits));
      },
      asLongAsItTakes,
    ),
    resumeRuns: attempted(
      deps,
      async ({ connection, once, ...why }, attempt) => {
        // What goes on before the workers have heard that the connection is open would be refused once more.
        if (attempt.number === 1 && once !== true) throw notYet('workers are told', deps.waits.firstLookMs);
        const { client, info } = Context.current();
        const telling = tellings(`${info.activityId} ${info.workflowExecution?.runId}`);
        const parked = await askTemporal('say which runs are parked', () =>
          parkedOn(client, connection, telling.isOpen),
        );
        const tellsUntilMs = performance.now() + tellsForMs;
        await askTemporal('tell parked runs to go on', () =>
          eachOf(parked, tellsUntilMs, async (run) =>
            telling.count(run, (await retry(client, run, why)) && once === true ? toldAtMost : 1),
          ),
        );
        const looks = parked.length > 0 ? 0 : (attempt.unsettled?.looks ?? 0) + 1;
        if (looks >= quietLooks) return null;
        attempt.remember({ looks });
        throw notYet(`${parked.length} runs were parked`, deps.waits.firstLookMs * 2 ** looks);
      },
      asLongAsItTakes,
    ),
  };
}

/**
 * A run is told again only because it parked once more while workers had not heard that the connection is open, or because
 * it has not answered. Where one endpoint may refuse it once more, it is told once.
 */
const toldAtMost = 3;
const rememberedAtMost = 10;

interface Telling {
  /** Whether a run is to be told, still. */
  isOpen(run: Parked): boolean;
  /** That it was told so often. */
  count(run: Parked, times: number): void;
}

/** Counts how often each run has been told, by resumption: the latest ones. */
function createTellings(): (resumption: string) => Telling {
  const resumptions = new Map<string, Map<string, number>>();
  const keyOf = ({ attemptId, step }: Parked): string => `${attemptId} ${step}`;
  return (resumption) => {
    const told = resumptions.get(resumption) ?? new Map<string, number>();
    resumptions.set(resumption, told);
    const [oldest = ''] = resumptions.keys();
    if (resumptions.size > rememberedAtMost) resumptions.delete(oldest);
    return {
      isOpen: (run) => (told.get(keyOf(run)) ?? 0) < toldAtMost,
      count: (run, times) => void told.set(keyOf(run), (told.get(keyOf(run)) ?? 0) + times),
    };
  };
}

interface Parked {
  readonly runId: string;
  readonly attemptId: string;
  readonly step: string;
}

const stepKey = defineSearchAttributeKey('LonghaulStep', 'KEYWORD');

/** Runs of the connection that are parked for its credential and are wanted, the first so many. */
async function parkedOn(
  client: Client,
  connection: string,
  isWanted: (run: Parked) => boolean,
): Promise<Parked[]> {
  const query = [
    `LonghaulConnection = ${quote(connection)}`,
    `ExecutionStatus = 'Running'`,
    `LonghaulStatus IN ('parked', ${quote(partlyParked)})`,
    `LonghaulFailure IN (${credentialCodes.map(quote).join(', ')})`,
  ].join(' AND ');
  const parked: Parked[] = [];
  for await (const execution of client.workflow.list({ query })) {
    const run = parkedIn(execution);
    if (isWanted(run) && parked.push(run) >= atOnce) break;
  }
  return parked;
}

const parkedIn = ({ workflowId, runId, typedSearchAttributes }: WorkflowExecutionInfo): Parked => ({
  runId: workflowId,
  attemptId: runId,
  step: typedSearchAttributes.get(stepKey) ?? '',
});

/** Some at a time; what has not begun by then is left to the next try. */
async function eachOf(
  runs: readonly Parked[],
  untilMs: number,
  perform: (run: Parked) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < runs.length && performance.now() < untilMs; from += besides)
    await Promise.all(runs.slice(from, from + besides).map(perform));
}

/** Those of workflows may fail at one run, and must not keep the others waiting. */
const isOfWorkers = (error: unknown): boolean =>
  error instanceof LonghaulError && error.code === 'WORKER_SILENT';

/** Whether it has answered. One that has gone on meanwhile, or has ended, is left as it is. */
async function retry(
  client: Client,
  { runId, attemptId, step }: Parked,
  { actor, reason }: Resumption,
): Promise<boolean> {
  const resolution: Resolution = { step, action: 'retry', actor, reason };
  const handle = client.workflow.getHandle(runId, attemptId);
  try {
    await update(handle, 'resolve', resolution, { withinMs: answersWithinMs }); // a deadline around it would not count
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isOfWorkers(error)) return false;
    if (!(error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError)) throw error;
  }
  return true;
}
