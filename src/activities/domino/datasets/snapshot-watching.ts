/** How a snapshot is awaited until it is copied. */
import type { SnapshotEffects, SnapshotOutput } from '../../../steps/domino/snapshots.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { type Watching, everywhere } from '../../effect/lookout/watching.js';
import { nextLookMs } from '../../effect/looks.js';
import { sayStatus } from '../../effect/phases.js';
import type { DominoDependencies } from '../dependencies.js';
import { snapshotPhase } from '../statuses.js';
import { listSnapshots } from './snapshots.js';

type Waiting = Parameters<SnapshotEffects['awaitSnapshot']>[0];

/** Builds it. */
export const createSnapshotWatching = (deps: DominoDependencies): Watching<Waiting, SnapshotOutput> => ({
  effect: 'awaitSnapshot',
  look: ofKnown((of: Waiting, attempt: Attempt) => lookAtSnapshot(deps, of, attempt)),
  idOf: ({ snapshot }) => snapshot.snapshotId,
  scopeOf: () => everywhere,
  list: {
    of: ({ snapshot }) => snapshot.datasetId,
    read: async function* (datasetId, goesOn) {
      for await (const { id, status } of listSnapshots(deps.domino, datasetId, { goesOn }))
        yield { id, status: sayStatus(status), isAtWork: isAtWork(status) };
    },
  },
  withinMs: ({ withinMs }) => withinMs,
});

const isAtWork = (status: string): boolean => ['waiting', 'unknown'].includes(snapshotPhase(status));

async function lookAtSnapshot(
  { domino, waits }: DominoDependencies,
  { snapshot: taken }: Waiting,
  { elapsedMs }: Attempt,
): Promise<SnapshotOutput> {
  const path = { snapshotId: taken.snapshotId };
  const { status, createdAt } = (await domino.datasets.getSnapshot({ path })).snapshot;
  const phase = snapshotPhase(status);
  if (phase === 'succeeded') return { ...taken, createdAt };
  const work = { what: `snapshot ${taken.snapshotId} of ${taken.dataset}`, status: sayStatus(status) };
  if (phase === 'failed' || phase === 'stopped')
    throw ended('SNAPSHOT_FAILED', `${work.what} is ${work.status}`);
  throw atWork(work, nextLookMs(elapsedMs, waits));
}
