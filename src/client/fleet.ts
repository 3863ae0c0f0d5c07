/** What the whole fleet has to do, counted by Temporal's visibility and its queues: for metrics, cheap enough to be asked often. */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { deliveryWorkflow, pipelinesQueue } from '../run/ids.js';
import { quote } from '../run/search-attributes.js';
import { partlyParked } from '../run/standing.js';
import { type Backlog, standingOf } from './workers/pollers.js';

/** What is counted one by one; everything else counts as `other`. */
export interface FleetScope {
  readonly pipelines: readonly string[];
  readonly queues: readonly string[];
}

export interface FleetCounts {
  /** Open runs. A run of which a step is parked is `parked`, also while other steps go on. */
  readonly runs: readonly {
    readonly pipeline: string;
    readonly status: 'running' | 'parked';
    readonly count: number;
  }[];
  /** Parked runs by the code of the failure. */
  readonly parked: Readonly<Record<string, number>>;
  readonly approvals: number;
  /** Deliveries of events that go on. */
  readonly deliveries: number;
  readonly queues: readonly QueueCounts[];
}

export interface QueueCounts {
  readonly queue: string;
  /** Processes that have asked for tasks lately. */
  readonly workers: number;
  /** Tasks that wait for a worker, and for how long the oldest has. */
  readonly backlog: Backlog;
}

export interface Fleet {
  /** @throws LonghaulError `TEMPORAL_UNREACHABLE` */
  count(scope: FleetScope): Promise<FleetCounts>;
}

type Guard = <T>(subject: string, perform: () => Promise<T>) => Promise<T>;

const open = `ExecutionStatus = 'Running' AND LonghaulPipeline IS NOT NULL`;
const parked = `${open} AND LonghaulStatus IN ('parked', ${quote(partlyParked)})`;
/** So many parked runs are told apart by their codes; more of them need the same person. */
const mostParked = 1_000;
const other = 'other';
const failureKey = defineSearchAttributeKey('LonghaulFailure', 'KEYWORD');

/** One after the other: what is asked of visibility at once is limited. */
export const createFleet = (client: Client, guard: Guard): Fleet => ({
  count: (scope) =>
    guard('of the fleet', async () => ({
      ...(await countRuns(client, scope.pipelines)),
      approvals: await countOf(client, `${open} AND LonghaulOutcome = 'awaiting-approval'`),
      deliveries: await countOf(
        client,
        `ExecutionStatus = 'Running' AND WorkflowType = ${quote(deliveryWorkflow)}`,
      ),
      queues: await Promise.all(scope.queues.map((queue) => countQueue(client, queue))),
    })),
});

const countOf = async (client: Client, query: string): Promise<number> =>
  (await client.workflow.count(query)).count;

async function countRuns(
  client: Client,
  pipelines: readonly string[],
): Promise<Pick<FleetCounts, 'runs' | 'parked'>> {
  const all = { open: await countOf(client, open), parked: await countOf(client, parked) };
  const rest = { ...all };
  const runs: FleetCounts['runs'][number][] = [];
  for (const pipeline of pipelines) {
    const ofPipeline = ` AND LonghaulPipeline = ${quote(pipeline)}`;
    const counts = {
      open: all.open === 0 ? 0 : await countOf(client, open + ofPipeline),
      parked: all.parked === 0 ? 0 : await countOf(client, parked + ofPipeline),
    };
    runs.push(...rowsOf(pipeline, counts));
    rest.open -= counts.open;
    rest.parked -= counts.parked;
  }
  runs.push(...rowsOf(other, rest));
  return { runs, parked: all.parked === 0 ? {} : await codesOf(client, all.parked) };
}

/** Runs change while they are counted: no count is below 0. */
const rowsOf = (pipeline: string, counts: { readonly open: number; readonly parked: number }) => [
  { pipeline, status: 'running' as const, count: Math.max(0, counts.open - counts.parked) },
  { pipeline, status: 'parked' as const, count: Math.max(0, counts.parked) },
];

async function codesOf(client: Client, all: number): Promise<Record<string, number>> {
  const codes: Record<string, number> = {};
  let read = 0;
  for await (const { typedSearchAttributes } of client.workflow.list({
    query: parked,
    pageSize: mostParked,
  })) {
    const code = typedSearchAttributes.get(failureKey) ?? other; // parked runs have one
    codes[code] = (codes[code] ?? 0) + 1;
    read += 1;
    if (read >= mostParked) break;
  }
  if (all > read) codes[other] = (codes[other] ?? 0) + all - read;
  return codes;
}

async function countQueue(client: Client, queue: string): Promise<QueueCounts> {
  const of = queue === pipelinesQueue ? 'workflow' : 'activity';
  const { pollers, backlog } = await standingOf(client, { name: queue, of });
  return { queue, workers: new Set(pollers.map(({ identity }) => identity)).size, backlog };
}
