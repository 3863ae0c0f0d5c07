/** `train-and-deploy`: trains a model in an environment built for it and, if it is good enough, puts it live. */
import type { DeploymentOutput, RegistrationOutput } from '../run/undoing/effects.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { TrainAndDeployInput } from '../run/inputs/inputs.js';
import { preflightOf } from '../run/inputs/preflight.js';
import { definePipeline } from '../steps/define.js';
import { deploy } from '../steps/domino/deploy.js';
import { register } from '../steps/domino/register.js';
import type { Release } from './release.js';
import { type TrainingOutputs, deployOf, registerOf, trainedOf, trainingSteps } from './training.js';

type Outputs = TrainingOutputs & { register: RegistrationOutput; deploy: DeploymentOutput };

export const trainAndDeploy = definePipeline<TrainAndDeployInput, Outputs, Release>({
  name: 'train-and-deploy',
  workflow: 'trainAndDeploy',
  overlap: 'skip',
  preflights: (input) => [preflightOf(input)],
  steps: (place) => ({
    ...trainingSteps(place),
    register: place(register, {
      needs: ['train'],
      if: (input) => input.register !== undefined,
      on: (input) => input.register?.model ?? '',
      with: (input, { train }) => registerOf(input, train),
    }),
    deploy: place(deploy, {
      needs: ['environment', 'train', 'register'],
      if: (input) => input.deploy !== undefined,
      on: (input) => input.deploy?.modelApi ?? '',
      projectOf: ({ project }) => project,
      with: deployOf,
    }),
  }),
  result: (input, outputs) => {
    const trained = trainedOf(input, outputs);
    if (trained === null) throw new LonghaulError('INTERNAL', 'the run has trained nothing'); // its steps see to it
    return { ...trained, registered: outputs.register ?? null, deployment: outputs.deploy ?? null };
  },
});
