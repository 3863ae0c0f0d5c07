/** The new model beside the live one: whether it is better, and what an approver is shown. */
import type { Effects, JobOutput, LiveModel, RegistrationOutput } from '../pipeline/effects.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import type { Comparison, Decision } from '../pipeline/retraining.js';
import type { Evidence } from './approval.js';
import { compareMetrics, missingMetric } from '../pipeline/comparison.js';
import { type Measured, type Metrics, firstMetrics } from '../pipeline/metrics.js';
import { namedMetrics } from '../pipeline/named-metrics.js';
import { fail } from './failures.js';

/** An approver reads no more, and each receiver of the event is sent all of them. */
const shownMetrics = 100;

/** The live model, or `null`. */
const liveModel = (effects: Effects, input: RetrainInput): Promise<LiveModel | null> => {
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

/** What is shown to who must approve. */
export async function evidenceOf(
  effects: Effects,
  input: RetrainInput,
  {
    job,
    registered,
    decision,
  }: { readonly job: JobOutput; readonly registered: RegistrationOutput; readonly decision: Decision },
): Promise<Evidence> {
  const live = await liveModel(effects, input);
  const shown = ({ metrics }: Measured): Metrics => firstMetrics(metrics, namedMetrics(input), shownMetrics);
  return {
    model: registered.model,
    version: registered.version,
    metrics: shown(job),
    live: live && { version: live.modelVersion, metrics: shown(live) },
    changed: [...changesOf(decision), ...commitsOf(job, live)],
  };
}

const changesOf = ({ evidence }: Decision): string[] =>
  evidence
    .filter(({ verdict }) => verdict === 'holds')
    .map(({ condition, value }) => (value === undefined ? condition : `${condition}: ${value}`));

const commitsOf = ({ commitId }: JobOutput, live: LiveModel | null): string[] =>
  live?.commitId && commitId && live.commitId !== commitId
    ? [`trained on commit ${commitId.slice(0, 12)}, the live model on ${live.commitId.slice(0, 12)}`]
    : [];
