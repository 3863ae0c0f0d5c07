/** A snapshot of a dataset: taken once, awaited until it is copied. */
import type { SnapshotOutput, SnapshotSpec } from './snapshots.js';
import { parseDuration } from '../../run/schedules/durations.js';
import { type DominoUndoTarget, defineDominoStep } from './effects.js';

export interface SnapshotStepSpec extends SnapshotSpec {
  /** How long copying may take, such as `6h`. */
  readonly within?: string | undefined;
}

export const snapshot = defineDominoStep<SnapshotStepSpec, SnapshotOutput>({
  kind: 'domino.snapshot',
  holds: { datasetId: 'an id', snapshotId: 'an id' },
  mayHold: { project: 'a text', dataset: 'a text', created: 'true or false', createdAt: 'a text' },
  sameBy: ['snapshotId'],
  renewable: true,
  recorded: { ends: ['awaitSnapshot'], output: ['awaitSnapshot'], undo: ['sweepSnapshots'] },
  madeFrom: ({ within: _, ...spec }) => spec,
  lasting: ({ datasetId: parent, snapshotId: id, created, ...of }) =>
    created ? { target: sweepOf(of), made: { id, parent } } : null,
  leaves: {
    unfinished: (spec, { cleanup }) => (cleanup ? [{ target: sweepOf(spec) }] : []),
    twin: ({ datasetId: parent, snapshotId: id }, spec) => ({ target: sweepOf(spec), made: { id, parent } }),
  },
  refersTo: ({ snapshotId: id }) => [{ kind: 'snapshot', id }],
  perform: async (step, { within, ...spec }) => {
    const { effect, effects } = step;
    const { connection } = effect;
    const { project, dataset } = spec;
    const withinMs = within === undefined ? undefined : (parseDuration(within) ?? undefined);
    // By what was there before, one is known that is there after a lost answer. What an attempt of before has begun is not.
    const newest = await step.once(async () =>
      effect.begunBefore ? undefined : await effects.getNewestSnapshot({ connection, project, dataset }),
    );
    const answered = step.undo('lasting', sweepOf(spec));
    const taken = await effects.ensureSnapshot({ ...effect, ...spec, newest });
    const { snapshotId: id, datasetId: parent } = taken;
    answered({ id, parent }, taken);
    step.waiting(`snapshot ${id} of ${dataset} to be copied`, { kind: 'snapshot', id });
    await effects.ensureSnapshotTag({ ...effect, snapshot: taken });
    return effects.awaitSnapshot({ connection, snapshot: taken, withinMs });
  },
});

/** Nothing deletes a snapshot: what may be of the run is listed, and its tag taken away. */
const sweepOf = ({ project, dataset }: Pick<SnapshotSpec, 'project' | 'dataset'>): DominoUndoTarget => ({
  undo: 'sweepSnapshots',
  project,
  dataset,
});
