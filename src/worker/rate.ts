/** One worker process keeps to its share of the rate of a connection, whoever comes and goes. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { asyncLocalStorage } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { unlessAborted } from '../client/connections/following.js';
import type { Logger } from '../observability/logger.js';
import { type Turns, createTurns } from '../platform/turns.js';
import { activitiesQueue } from '../run/ids.js';
import { type ListedWorker, type Share, type Shares, beatEveryMs, createShares } from './shares.js';

/** An answer that comes later is none: until then nobody notices that a share is over. */
const answersWithinMs = 1_000;
/**
 * A worker that starts is listed within seconds; where it is not, an operator must know why it is slow. Looks are counted and
 * not the time between them: one that was frozen has not looked.
 */
const listedWithinLooks = 60_000 / beatEveryMs;

/** What an activity has whose workflow says nothing of it. */
const usualPriority = 3;

/** How urgent the requests of an activity are, by its priority: `workflows/kernel/policy.ts` says what comes first. */
export const urgencyOf = (priorityKey: number | undefined): number =>
  priorityKey === undefined || priorityKey === 0 ? usualPriority : priorityKey; // Temporal says 0 for none

/**
 * By which Temporal lists the workers of this process, and no others. It is one for all of them: what they say to Temporal
 * together bears the identity of the first.
 */
export const newIdentity = (): string => `${process.pid}@${hostname()} ${randomUUID().slice(0, 8)}`;

interface Joining {
  /** Of this process. */
  readonly identity: string;
  readonly client: Client;
  readonly logger: Logger;
  /** Requests of all workers together. */
  readonly perSecond: number;
  /** Told once of each worker that is missed, by its identity. */
  readonly missed: (identity: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Takes its share of the rate of a connection from now on; that of a worker which nobody knows yet is small.
 * @returns the turns of all its requests: those of urgent activities come first
 */
export function joinRate(connection: string, joining: Joining): Turns {
  const shares = createShares(joining);
  const turns = createTurns({
    perSecond: shares.share().perSecond,
    urgency: () => urgencyOf(asyncLocalStorage.getStore()?.info.priority?.priorityKey),
  });
  void keepToShare(connection, { ...joining, shares, turns });
  return turns;
}

interface Sharing extends Joining {
  readonly shares: Shares;
  readonly turns: Turns;
}

/** Until it is told to end. Where Temporal does not answer, it goes on with what is known until that is too old. */
async function keepToShare(connection: string, sharing: Sharing): Promise<void> {
  const { shares, turns, signal, logger } = sharing;
  let before: Share = shares.share();
  let [unlisted, isWarned] = [0, false];
  let missed: readonly string[] = [];
  while (!signal.aborted) {
    const listed = await listWorkers(connection, sharing).catch(() => null);
    if (listed !== null) shares.hear(listed);
    const missing = shares.missed();
    for (const identity of missing) if (!missed.includes(identity)) sharing.missed(identity);
    missed = missing;
    const share = shares.share();
    if (share.perSecond !== before.perSecond) {
      turns.setRate(share.perSecond);
      logger.debug({ connection, ...share }, 'another share of the rate of the connection');
    }
    before = share;
    unlisted = share.isKnown ? 0 : unlisted + 1;
    if (unlisted > listedWithinLooks && !isWarned) {
      isWarned = true;
      logger.warn({ connection, ...share }, notListed);
    }
    await delay(beatEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

const notListed =
  'Temporal does not list this worker, so it keeps to a tenth of the rate of the connection: that needs Temporal 1.30 or newer, with frontend.WorkerHeartbeatsEnabled; where it has both, restart this worker, which may have started while Temporal did not answer';

async function listWorkers(connection: string, { client, signal }: Sharing): Promise<ListedWorker[]> {
  const query = `TaskQueue = '${activitiesQueue(connection)}'`;
  const { namespace } = client.options;
  const { workersInfo, workers } = await unlessAborted(client, signal, () =>
    client.withDeadline(Date.now() + answersWithinMs, () =>
      client.workflowService.listWorkers({ namespace, query }),
    ),
  );
  // Temporal will leave the heartbeats out one day; whoever is listed then counts as there, for some minutes more.
  const beats = new Map(
    workersInfo.map(({ workerHeartbeat }) => [
      workerHeartbeat?.workerInstanceKey ?? '',
      workerHeartbeat?.heartbeatTime,
    ]),
  );
  const said =
    workers.length > 0 ? workers : workersInfo.map(({ workerHeartbeat }) => ({ ...workerHeartbeat }));
  return said.map(({ workerInstanceKey, workerIdentity }) => {
    const time = beats.get(workerInstanceKey ?? '');
    const beat = time ? `${String(time.seconds)}.${time.nanos ?? 0}` : undefined;
    return { key: workerInstanceKey ?? '', identity: workerIdentity ?? '', beat };
  });
}
