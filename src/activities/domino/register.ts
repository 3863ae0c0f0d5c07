/** The register step, as plans look at it. */
import { LonghaulError } from '../../run/failures/errors.js';
import type { register as kind } from '../../steps/domino/register.js';
import { calling, runs } from '../steps/step-effects.js';
import type { DominoEffectsOf } from './effects-of.js';

export const register: DominoEffectsOf<typeof kind> = {
  unforeseen: { why: 'registers what the steps above make', endpoints: ['registeredModels.register'] },
  foresee: async ({ foresee }, effect, { job, experimentRunId, ...spec }) => {
    if (experimentRunId === null)
      throw new LonghaulError(
        'REPLAY_INVALID',
        `register: job ${job.number} named no MLflow run; name it with --set register.experimentRunId=…, or train anew with --from train`,
      );
    const { answer, endpoints } = await foresee((effects) =>
      effects.ensureModelVersion({ ...effect, ...spec, experimentRunId }),
    );
    if (answer === null)
      return runs('the registry has no version of this training', calling(endpoints, spec.model));
    return {
      why: `version ${answer.version} is registered`,
      calls: [],
      adopts: { kind: 'modelVersion', id: `${answer.model}/${answer.version}` },
      output: answer,
    };
  },
};
