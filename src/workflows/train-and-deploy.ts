/** `train-and-deploy`: environment → revision → build → train → gate → register → deploy. */
import type { TrainAndDeployInput } from '../pipeline/inputs.js';
import type { Release } from '../pipeline/pipelines.js';
import type { Run, RunStart } from '../pipeline/steps.js';
import { proxyEffects } from './effects.js';
import { deploy, register, registeredVersion, trainModel } from './model-steps.js';
import { runPipeline } from './run.js';

/** Trains a model in an environment built for it and, if it is good enough, puts it live. */
export function trainAndDeploy(start: RunStart<TrainAndDeployInput>): Promise<Run<Release>> {
  const { input } = start;
  const effects = proxyEffects(input.connection);

  return runPipeline('train-and-deploy', start, async (steps) => {
    const trained = await trainModel(steps, effects, input);
    const registered = await steps.runIf(
      'register',
      input.register,
      (spec, step) => register(effects, step, spec, trained.job),
      registeredVersion,
    );
    const deployment = await steps.runIf('deploy', input.deploy, (spec, step) => {
      const { modelApi: name } = spec;
      const { project } = input;
      const answered = step.undo('running', { undo: 'stopModelApiVersion', name, project });
      return deploy(effects, step, { ...input, deploy: spec, answered }, { ...trained, registered });
    });
    return { ...trained, registered, deployment };
  });
}
