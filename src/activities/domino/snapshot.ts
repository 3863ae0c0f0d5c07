/** The snapshot step, as plans look at it. */
import type { snapshot as kind } from '../../steps/domino/snapshot.js';
import { snapshotPhase } from './statuses.js';
import { calling, look, runs, taken } from '../steps/step-effects.js';
import { existing } from './environment.js';
import type { DominoEffectsOf } from './effects-of.js';

export const snapshot: DominoEffectsOf<typeof kind> = {
  unforeseen: { why: 'takes a snapshot of the dataset', endpoints: ['datasets.createSnapshot'] },
  foresee: async (foresight, effect, { within: _, ...spec }) => {
    const found = await foresight.foresee((effects) => effects.ensureSnapshot({ ...effect, ...spec }));
    const begun = found.answer;
    if (begun === null)
      return runs('no snapshot carries its tag', calling(found.endpoints, `dataset ${spec.dataset}`));
    const { connection } = effect;
    const seen = await look(foresight, (effects) => effects.awaitSnapshot({ connection, snapshot: begun }));
    const { snapshotId: id } = begun;
    return taken(seen, { kind: 'snapshot', id }, `snapshot ${id} is copied`);
  },
  stands: async ({ deps }, { snapshotId }) => {
    const found = await existing(deps.domino.datasets.getSnapshot({ path: { snapshotId } }));
    return found !== null && !['failed', 'stopped'].includes(snapshotPhase(found.snapshot.status));
  },
};
