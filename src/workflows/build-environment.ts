/** The Temporal workflow of `build-environment`. */
import type { BuildEnvironmentInput } from '../run/inputs/build-environment-input.js';
import type { Run, RunStart } from '../run/steps.js';
import { buildEnvironment as pipeline } from '../pipelines/build-environment.js';
import { runBuiltIn } from './kernel/run-built-in.js';

/** Finds or creates an environment, adds a revision and waits for its build, on the platform of the connection. */
export const buildEnvironment = (start: RunStart<BuildEnvironmentInput>): Promise<Run> =>
  runBuiltIn(pipeline, start);
