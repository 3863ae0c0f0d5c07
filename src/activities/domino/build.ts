/** The build step, as plans look at it. */
import type { build as kind } from '../../steps/domino/build.js';
import { calling, look, runs } from '../steps/step-effects.js';
import { isUsable } from './revision.js';
import type { DominoEffectsOf } from './effects-of.js';

export const build: DominoEffectsOf<typeof kind> = {
  unforeseen: { why: 'the new revision is built' },
  foresee: async (foresight, effect, { environmentId, revisionId }) => {
    const adopts = { kind: 'revision', id: revisionId } as const;
    const seen = await look(foresight, (effects) =>
      effects.awaitBuild({ connection: effect.connection, environmentId, revisionId }),
    );
    if (seen.state === 'finished')
      return { why: `revision ${revisionId} is built`, calls: [], adopts, output: seen.output };
    if (seen.state === 'under way') return { why: seen.why, calls: [], adopts };
    if (effect.origin.generation === 1) return { why: seen.why, calls: [], adopts, dead: seen.why };
    const { endpoints } = await foresight.foresee((effects) =>
      effects.ensureBuilding({ ...effect, environmentId, revisionId }),
    );
    return runs('it is built once more', calling(endpoints, `revision ${revisionId}`));
  },
  stands: (foresight, { revisionId }, { environmentId }) =>
    isUsable(foresight, { environmentId, revisionId }),
};
