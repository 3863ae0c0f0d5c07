/** The build step, as plans look at it. */
import type { build as kind } from '../../steps/ubiops/build.js';
import { calling, look, runs } from '../steps/step-effects.js';
import type { UbiOpsEffectsOf } from './effects-of.js';
import { isUsable } from './revision.js';

export const build: UbiOpsEffectsOf<typeof kind> = {
  unforeseen: { why: 'the new revision is built' },
  foresee: async ({ foresee, ...foresight }, effect, revision) => {
    const { connection } = effect;
    const adopts = { kind: 'build', id: revision.buildId } as const;
    const seen = await look({ foresee, ...foresight }, (effects) =>
      effects.awaitBuild({ connection, revision }),
    );
    if (seen.state === 'finished')
      return { why: `build ${revision.buildId} is done`, calls: [], adopts, output: seen.output };
    if (seen.state === 'under way') return { why: seen.why, calls: [], adopts };
    if (effect.origin.generation === 1) return { why: seen.why, calls: [], adopts, dead: seen.why };
    const { endpoints } = await foresee(async (effects) => {
      const before = await effects.getBuilds({ ...revision, connection });
      return effects.ensureBuild({ ...effect, revision, before });
    });
    return runs('it is built once more', calling(endpoints, `environment ${revision.environment}`));
  },
  stands: isUsable,
};
