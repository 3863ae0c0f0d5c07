/** The Temporal workflow of `train-and-deploy`. */
import type { TrainAndDeployInput } from '../run/inputs/inputs.js';
import type { Run, RunStart } from '../run/steps.js';
import { trainAndDeploy as pipeline } from '../pipelines/train-and-deploy.js';
import { runBuiltIn } from './kernel/run-built-in.js';

/** Trains a model in an environment built for it and, if it is good enough, puts it live. */
export const trainAndDeploy = (start: RunStart<TrainAndDeployInput>): Promise<Run> =>
  runBuiltIn(pipeline, start);
