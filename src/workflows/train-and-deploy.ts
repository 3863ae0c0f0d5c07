/** `train-and-deploy`: environment → revision → build → train → gate → register → deploy. */
import type { Made, Restoring } from '../pipeline/effect.js';
import type { DeploymentStart } from '../pipeline/effects.js';
import type { TrainAndDeployInput } from '../pipeline/inputs.js';
import type { Release } from '../pipeline/pipelines.js';
import type { Run, RunStart } from '../pipeline/steps.js';
import { proxyEffects } from './effects.js';
import { deploy, register, registeredVersion, trainModel } from './model-steps.js';
import { runPipeline } from './run.js';

/** What served before it: told by the answer, or looked for where one that is adopted has taken over already. */
function restoringOf({ modelApiId, previousVersionId: versionId, ...made }: DeploymentStart): {
  readonly restoring?: Restoring;
} {
  if (versionId !== null) return { restoring: { previous: { modelApiId, versionId, number: null } } };
  return made.inDoubt === true && !made.modelApiCreated ? { restoring: {} } : {};
}

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
      const target = { undo: 'stopModelApiVersion', name, project } as const;
      const tell = step.undo('running', target);
      const answered = (made: Made, deployment: DeploymentStart): void =>
        tell(made, deployment, { ...target, ...restoringOf(deployment) });
      return deploy(effects, step, { ...input, deploy: spec, answered }, { ...trained, registered });
    });
    return { ...trained, registered, deployment };
  });
}
