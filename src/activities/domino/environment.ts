/** The environment step, as plans look at it. */
import { PlatformError } from '../../platform/errors.js';
import type { environment as kind } from '../../steps/domino/environment.js';
import { calling, runs } from '../steps/step-effects.js';
import type { DominoEffectsOf } from './effects-of.js';

export const environment: DominoEffectsOf<typeof kind> = {
  unforeseen: { why: 'finds or makes the environment' },
  foresee: async ({ foresee }, effect, spec) => {
    if ('id' in spec) {
      const { connection } = effect;
      const found = await foresee((effects) =>
        effects.getEnvironment({ connection, environmentId: spec.id }),
      );
      return {
        why: `environment ${spec.id} is there`,
        calls: [],
        ...(found.answer && {
          adopts: { kind: 'environment', id: found.answer.environmentId },
          output: found.answer,
        }),
      };
    }
    const { answer, endpoints } = await foresee((effects) =>
      effects.ensureEnvironment({ ...effect, ...spec }),
    );
    if (answer === null) return runs(`there is no environment ${spec.name}`, calling(endpoints, spec.name));
    return {
      why: `environment ${spec.name} is there`,
      calls: calling(endpoints, spec.name),
      adopts: { kind: 'environment', id: answer.environmentId },
      output: answer,
    };
  },
  stands: async ({ deps }, { environmentId }) => {
    const found = await existing(deps.domino.environments.get({ path: { environmentId } }));
    return found !== null && !found.environment.archived;
  },
};

/** What is read by its id; `null` where there is none any more. */
export async function existing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
