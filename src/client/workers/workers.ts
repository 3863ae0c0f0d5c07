/** The workers that are there, whether they can do their work, and whether the namespace has what they need. */
import type { Client } from '@temporalio/client';
import { type ConnectionProbe, probePrefix, probeWorkflow } from '../../run/connection-readings.js';
import { activitiesQueue, pipelinesQueue } from '../../run/ids.js';
import type { Fact } from '../../run/run-facts.js';
import { type SearchAttributes, missingOf } from '../../run/search-attributes.js';
import { askWorker } from '../ask-worker.js';
import { shortBuild } from '../attempts.js';
import { type Poller, type Queue, pollersOf } from './pollers.js';

/** What a worker of a connection has answered, and how far the clock of this machine is off. */
export interface Probed {
  readonly probe: Fact<ConnectionProbe>;
  /** The clock of Temporal less that of this machine; `null` where it is not known. */
  readonly temporalAheadMs: number | null;
  /** The clock of the worker less that of this machine; `null` where none has answered. */
  readonly workerAheadMs: number | null;
}

export interface KnownWorkers {
  /** Those that take workflow tasks. */
  pipelines(): Promise<readonly Poller[]>;
  /** Those that serve a connection. */
  of(connection: string): Promise<readonly Poller[]>;
  /** Has a worker of a connection look whether that works; what it answers is as old as a moment. */
  probe(connection: string): Promise<Probed>;
  /**
   * The search attributes that the namespace lacks.
   * @throws LonghaulError `NAMESPACE_UNKNOWN`, `TEMPORAL_UNREACHABLE`
   */
  missingAttributes(): Promise<SearchAttributes>;
}

type Guard = <T>(subject: string, perform: () => Promise<T>, moreMs?: number) => Promise<T>;

/** A worker looks meanwhile. */
const probeMs = 50_000;

/** KnownWorkers by way of a client. */
export const createWorkers = (client: Client, guard: Guard): KnownWorkers => ({
  pipelines: () => guard('of a worker', () => named(client, { name: pipelinesQueue, of: 'workflow' })),
  of: (connection) =>
    guard('of a worker', () => named(client, { name: activitiesQueue(connection), of: 'activity' })),
  probe: (connection) => guard('of a worker', () => probed(client, connection), probeMs),
  missingAttributes: () =>
    guard('of the namespace', async () => {
      const { namespace } = client.options;
      const known = await client.connection.operatorService.listSearchAttributes({ namespace });
      return missingOf(known.customAttributes);
    }),
});

const named = async (client: Client, queue: Queue): Promise<Poller[]> =>
  (await pollersOf(client, queue)).map(({ build = '', ...poller }) => {
    const short = shortBuild(build);
    // One without workflow code names the SDK instead.
    return short === '' || short.startsWith('@') ? poller : { ...poller, build: short };
  });

async function probed(client: Client, connection: string): Promise<Probed> {
  const askedMs = Date.now();
  let startedMs = Promise.resolve<number | null>(null);
  const probe = await askWorker<{ connection: string }, ConnectionProbe>(client, {
    ...{ workflow: probeWorkflow, prefix: probePrefix, asked: { connection } },
    summary: `whether ${connection} works`,
    started: (handle) => {
      const midMs = (askedMs + Date.now()) / 2;
      startedMs = handle.describe().then(
        ({ startTime }) => startTime.getTime() - midMs,
        () => null,
      );
    },
  });
  return {
    probe,
    temporalAheadMs: await startedMs,
    // The answer has been on its way for a moment: what is less than that is no skew.
    workerAheadMs: 'value' in probe ? aheadOf(probe.value.nowMs, askedMs, Date.now()) : null,
  };
}

/** How far a clock is off that was read at some time between two. */
const aheadOf = (readMs: number, fromMs: number, toMs: number): number =>
  readMs > toMs ? readMs - toMs : Math.min(0, readMs - fromMs);
