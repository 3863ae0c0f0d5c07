/** The Temporal workflow of `retrain`. */
import type { RetrainInput } from '../run/inputs/inputs.js';
import type { Run, RunStart } from '../run/steps.js';
import { retrain as pipeline } from '../pipelines/retrain.js';
import { runBuiltIn } from './kernel/run-built-in.js';

/** Retrains a model if it should be, and puts it live if it is better, approved and well; else says why not. */
export const retrain = (start: RunStart<RetrainInput>): Promise<Run> => runBuiltIn(pipeline, start);
