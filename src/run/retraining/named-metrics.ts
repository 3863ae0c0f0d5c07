/** The metrics that an input names: they are kept where not all can be. */
import { metricOf } from './comparison.js';
import { metricsNamed } from './gate.js';
import type { RetrainInput, TrainAndDeployInput } from '../inputs/inputs.js';
import { experimentRunStat } from './metrics.js';
import type { ConditionOrGroup } from '../inputs/retrain-input.js';

/** The parts of an input that name metrics. */
export type Naming = Partial<Pick<RetrainInput, 'gate' | 'compare' | 'when'>>;

/** Each metric once: of the gate, of the comparison, of the conditions by which a retraining is decided. */
export function namedMetrics({ gate, compare, when }: Naming): string[] {
  const decisive = [...(when?.all ?? []), ...(when?.any ?? [])].flatMap(textsIn);
  const names = [
    ...metricsNamed([...(gate?.conditions ?? []), ...decisive]),
    ...(compare ? [metricOf(compare)] : []),
  ];
  return [...new Set(names)];
}

/** What a run needs of what its training writes: metrics, and where its model is, unless the input says so. */
export function neededStats({
  register,
  ...naming
}: Naming & Pick<TrainAndDeployInput, 'register'>): string[] {
  const holdsModel = register !== undefined && register.experimentRunId === undefined;
  return [...namedMetrics(naming), ...(holdsModel ? [experimentRunStat] : [])];
}

function textsIn(one: ConditionOrGroup): string[] {
  if ('any' in one) return one.any.flatMap(textsIn);
  if ('all' in one) return one.all.flatMap(textsIn);
  return 'metric' in one ? [one.metric] : [];
}
