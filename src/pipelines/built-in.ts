/** The pipelines that Longhaul brings along. */
import type { PipelineName } from '../run/inputs/inputs.js';
import type { Pipeline } from '../steps/define.js';
import { buildEnvironment } from './build-environment.js';
import { retrain } from './retrain.js';
import { trainAndDeploy } from './train-and-deploy.js';

export const pipelines: Readonly<Record<PipelineName, Pipeline>> = {
  'train-and-deploy': trainAndDeploy,
  retrain,
  'build-environment': buildEnvironment,
};

/** Whether a string names a pipeline. */
export const isPipeline = (name: string): name is PipelineName => Object.hasOwn(pipelines, name);
