/** The new model beside the live one: whether it is better. */
import type { Effects, JobOutput, LiveModel } from '../pipeline/effects.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import type { Comparison } from '../pipeline/retraining.js';
import { compareMetrics, missingMetric } from '../pipeline/comparison.js';
import { namedMetrics } from '../pipeline/named-metrics.js';
import { fail } from './failures.js';

/** The live model, or `null`. */
export const liveModel = (effects: Effects, input: RetrainInput): Promise<LiveModel | null> => {
  const { connection, project, deploy } = input;
  return effects.getLiveModel({
    connection,
    project,
    modelApi: deploy.modelApi,
    metrics: namedMetrics(input),
  });
};

/** Compares by one metric. Without a live model there is nothing to beat. */
export async function compareWithLive(
  effects: Effects,
  input: RetrainInput,
  spec: NonNullable<RetrainInput['compare']>,
  job: JobOutput,
): Promise<Comparison> {
  const missing = missingMetric(spec, job);
  if (missing !== null) throw fail(missing);
  const compared = compareMetrics(spec, job, await liveModel(effects, input));
  if ('code' in compared) throw fail(compared);
  return compared;
}

/** In one line. */
export function sayComparison({ metric, value, live, bound }: Comparison): string {
  return `${metric} ${value} against ${live ?? 'nothing'} of the live model${bound === live ? '' : ` (needed ${bound ?? 0})`}`;
}
