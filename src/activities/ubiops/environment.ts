/** The environment step, as plans look at it. */
import type { environment as kind } from '../../steps/ubiops/environment.js';
import { ifThere } from '../effect/known-objects.js';
import { calling, runs } from '../steps/step-effects.js';
import type { UbiOpsEffectsOf } from './effects-of.js';

export const environment: UbiOpsEffectsOf<typeof kind> = {
  unforeseen: { why: 'finds or makes the environment' },
  foresee: async ({ foresee }, effect, spec) => {
    const { answer, endpoints } = await foresee((effects) =>
      effects.ensureEnvironment({ ...effect, ...spec }),
    );
    if (answer === null) return runs(`there is no environment ${spec.name}`, calling(endpoints, spec.name));
    return {
      why: `environment ${answer.environment} is there`,
      calls: calling(endpoints, answer.environment),
      adopts: { kind: 'environment', id: answer.environment },
      output: answer,
    };
  },
  stands: async ({ deps }, { project: projectName, environment: environmentName }) =>
    (await ifThere(deps.ubiops.environments.get({ path: { projectName, environmentName } }))) !== null,
};
